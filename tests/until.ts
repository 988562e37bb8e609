/** Looks again and again whether something is so, and lets everybody else have their turns between. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 0));
}
