/** Shows times in the zone of whoever looks, and keeps telling how long ago they were. */
export const times: string = String.raw /* js */`
const locale = document.documentElement.lang;
const { min, h, d, s } = JSON.parse(document.documentElement.dataset.units ?? "{}");
const ago = document.documentElement.dataset.ago ?? "{}";
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" });

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/** @param {Date} time */
function localText(time) {
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return day + " " + [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
}

/** @param {number} ms */
function agoText(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [value, unit] = seconds < 60
    ? [seconds, s]
    : seconds < 3600
    ? [Math.floor(seconds / 60), min]
    : seconds < 86_400
    ? [Math.floor(seconds / 3600), h]
    : [Math.floor(seconds / 86_400), d];
  return ago.replace("{}", value + " " + unit);
}

/** The difference of the server's clock to this one (ms), so that a wrong one here does no harm. */
const offset = Number(document.documentElement.dataset.now) - Date.now();

/** @param {HTMLTimeElement} element */
function show(element) {
  const time = new Date(element.dateTime);
  if (Number.isNaN(time.getTime())) return;
  const isAgo = element.dataset.time === "ago";
  const passed = Date.now() + offset - time.getTime();
  const shown = { clock: localText(time).slice(11, 16), day: localText(time).slice(5, 10) };
  const kind = element.dataset.time;
  const text = kind === "clock" || kind === "day"
    ? shown[kind]
    : !isAgo
    ? localText(time)
    : passed < 0 && element.textContent ? element.textContent : agoText(passed);
  if (element.textContent !== text) element.textContent = text;
  const title = full.format(time);
  if (element.title !== title) element.title = title;
}

/** @param {ParentNode} root @param {string} selector */
function showAll(root, selector) {
  for (const element of root.querySelectorAll(selector)) {
    if (element instanceof HTMLTimeElement) show(element);
  }
}

showAll(document, "time[data-time]");
setInterval(() => showAll(document, "time[data-time=ago]"), 1000);
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (target instanceof HTMLTimeElement) show(target);
    else if (target instanceof Element) showAll(target, "time[data-time]");
  }
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ["datetime"] });
`;
