/**
 * Ticks all boxes of a form at once, and says on its own box whether some or all are ticked. Buttons that are for what is
 * ticked wait until something is.
 */
export const select: string = String.raw /* js */`
for (const label of document.querySelectorAll("[data-select-all]")) {
  const all = label.querySelector("input");
  if (!(label instanceof HTMLElement) || !all) continue;
  const form = label.dataset.selectAll ?? "";
  const boxes = () => [...document.querySelectorAll('input[type="checkbox"][name]')]
    .filter((box) => box instanceof HTMLInputElement)
    .filter((box) => box.getAttribute("form") === form);
  const show = () => {
    const ticked = boxes().filter(({ checked }) => checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && ticked < boxes().length;
    for (const button of document.getElementById(form)?.querySelectorAll("[data-for-ticked] button") ?? []) {
      if (button instanceof HTMLButtonElement) button.disabled = ticked === 0;
    }
  };
  label.hidden = false;
  show();
  // What was ticked before one went on and came back still is.
  addEventListener("pageshow", show);
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    show();
  });
  document.addEventListener("change", (event) => {
    if (event.target !== all) show();
  });
}
`;
