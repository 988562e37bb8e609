/** Buttons that copy what is in the element they name. */
export const copy: string = String.raw /* js */`
function show() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (button instanceof HTMLButtonElement) button.hidden = !navigator.clipboard;
  }
}

show();
document.addEventListener("umbel:live", show);

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-copy]") : null;
  if (!(button instanceof HTMLButtonElement)) return;
  const source = document.getElementById(button.dataset.copy ?? "");
  await navigator.clipboard.writeText(button.dataset.text ?? source?.textContent ?? "");
  const before = button.textContent;
  button.textContent = button.dataset.done ?? before;
  setTimeout(() => { button.textContent = before; }, 1500);
});
`;
