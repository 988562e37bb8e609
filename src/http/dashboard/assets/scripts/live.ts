/** Puts what is new into the page as it comes, without touching what stayed the same: focus and open details remain. */
export const live: string = String.raw /* js */`
const root = document.documentElement;
const button = document.querySelector("button[data-live-switch]");
const path = document.querySelector("main")?.dataset.live;
const kept = "umbel-live-off";

/** @type {EventSource | undefined} */
let source;
/** Whether nothing will be new any more. */
let isOver = false;
let isOff = sessionStorage.getItem(kept) === "1";

/** @param {Element} old @param {Element} fresh */
function sameAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    const isOwn = name === "open" && old.localName === "details" || name === "title" && old.localName === "time";
    if (!fresh.hasAttribute(name) && !isOwn) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/** @param {Node} node */
const keyOf = (node) => node instanceof Element ? node.id || node.getAttribute("data-key") || "" : "";

/** @param {Node} one @param {Node} other */
const alike = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

/** Makes one node like another. @param {Node} old @param {Node} fresh */
function morph(old, fresh) {
  if (!(old instanceof Element && fresh instanceof Element)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  const isSameTime = old.localName === "time" && old.getAttribute("datetime") === fresh.getAttribute("datetime");
  if (old.isEqualNode(fresh) || isSameTime) return;
  sameAttributes(old, fresh);
  let place = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    let found = place;
    if (keyOf(next)) while (found && !alike(found, next)) found = found.nextSibling;
    if (found && alike(found, next)) {
      if (found === place) place = place.nextSibling;
      else old.insertBefore(found, place);
      morph(found, next);
    } else {
      old.insertBefore(document.importNode(next, true), place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

/** @param {MessageEvent<string>} event */
function take(event) {
  const template = document.createElement("template");
  for (const [id, html] of Object.entries(JSON.parse(event.data))) {
    const old = document.getElementById(id);
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    if (old && fresh) morph(old, fresh);
  }
  document.dispatchEvent(new CustomEvent("umbel:live"));
}

/** @param {"on" | "off" | "lost"} state */
function tell(state) {
  if (!(button instanceof HTMLButtonElement)) return;
  button.hidden = false;
  button.dataset.state = state;
  button.setAttribute("aria-pressed", String(state === "off"));
  button.title = (state === "off" ? button.dataset.resume : button.dataset.pause) ?? "";
  const label = button.querySelector("[data-label]");
  if (label) label.textContent = button.dataset[state] ?? "";
}

function close() {
  source?.close();
  source = undefined;
}

/** Nobody is told what they do not look at: a hidden page costs the broker nothing. */
function connect() {
  close();
  if (isOff) return tell("off");
  if (document.hidden || !path || isOver) return;
  source = new EventSource(path);
  source.addEventListener("open", () => tell("on"));
  source.addEventListener("parts", take);
  source.addEventListener("end", () => {
    isOver = true;
    close();
    if (button instanceof HTMLButtonElement) button.hidden = true;
  });
  source.addEventListener("error", () => {
    tell("lost");
    // It comes again by itself unless it was answered by an error.
    if (source?.readyState === EventSource.CLOSED) setTimeout(again, 5000);
  });
}

/** Whoever has to log in again is shown where. */
async function again() {
  const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => undefined);
  if (answer?.type === "opaqueredirect") location.reload();
  else connect();
}

if (path) {
  tell(isOff ? "off" : "lost");
  connect();
  document.addEventListener("visibilitychange", connect);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  button?.addEventListener("click", () => {
    isOff = !isOff;
    sessionStorage.setItem(kept, isOff ? "1" : "0");
    connect();
  });
}
root.dataset.script = "on";
`;
