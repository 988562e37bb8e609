/** As much of a browser's document as the page uses. In a project of your own, `"lib": ["dom"]` has all of it. */
export interface PageElement {
  textContent: string | null;
  value: number | string;
  max: number;
  querySelector(selector: string): PageElement;
  addEventListener(type: string, listener: (event: Event) => void): void;
  prepend(element: PageElement): void;
  cloneNode(deep: boolean): PageElement;
  remove(): void;
  readonly content: PageElement;
}

export const { document } = globalThis as unknown as { readonly document: PageElement };
