/** Asks before a form that cannot be taken back is sent: in the page's one dialog. */
export const confirm: string = String.raw /* js */`
const dialog = document.getElementById("confirm");

/** @type {HTMLFormElement | undefined} */
let asked;
/** @type {HTMLElement | null} */
let submitter = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !(dialog instanceof HTMLDialogElement) || form === asked) return;
  // A button may ask for itself, where its form has others that do no harm.
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question) return;
  event.preventDefault();
  submitter = event.submitter;
  const sentence = dialog.querySelector("[data-sentence]");
  if (sentence) sentence.textContent = question;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    asked = form;
    form.requestSubmit(submitter);
    asked = undefined;
  };
  dialog.showModal();
});
`;
