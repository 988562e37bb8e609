/** Tells the figures of a chart where the pointer is, out of the table below it, and leads where its rows lead. */
export const charts: string = String.raw /* js */`
const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("aria-hidden", "true");

/** @template {Element} T @param {T} tag @param {string} text */
function part(tag, text) {
  tag.textContent = text;
  return tag;
}

/** @param {Element} chart @param {number} index */
function fill(chart, index) {
  const headings = [...chart.querySelectorAll("thead th")].slice(1);
  const row = chart.querySelectorAll("tbody tr")[index];
  if (!row) return false;
  const list = document.createElement("dl");
  for (const [at, cell] of [...row.querySelectorAll("td")].entries()) {
    list.append(
      part(document.createElement("dt"), headings[at]?.textContent ?? ""),
      part(document.createElement("dd"), cell.textContent ?? ""),
    );
  }
  tip.replaceChildren(part(document.createElement("strong"), row.querySelector("th")?.textContent ?? ""), list);
  return true;
}

/** @param {SVGSVGElement} svg @param {number} index @param {number} count */
function point(svg, index, count) {
  let pointer = svg.querySelector(".pointer");
  if (!pointer) {
    pointer = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    pointer.setAttribute("class", "pointer");
    svg.append(pointer);
  }
  const { width, height } = svg.viewBox.baseVal;
  pointer.setAttribute("x", String(index * width / count));
  pointer.setAttribute("width", String(width / count));
  pointer.setAttribute("height", String(height));
}

function leave() {
  tip.remove();
  for (const pointer of document.querySelectorAll(".plot .pointer")) pointer.remove();
}

/** Where a chart is pointed at. @param {MouseEvent} event */
function pointed(event) {
  const svg = event.target instanceof Element ? event.target.closest(".plot svg") : null;
  const chart = svg?.closest("[data-chart]");
  const plot = svg?.parentElement;
  if (!(svg instanceof SVGSVGElement) || !(chart instanceof HTMLElement) || !plot) return undefined;
  const count = Number(chart.dataset.chart);
  const box = svg.getBoundingClientRect();
  const index = Math.min(count - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * count)));
  return { svg, chart, plot, count, index };
}

document.addEventListener("pointermove", (event) => {
  const at = pointed(event);
  if (!at || !fill(at.chart, at.index)) return leave();
  const { svg, plot, count, index } = at;
  point(svg, index, count);
  plot.append(tip);
  const frame = plot.getBoundingClientRect();
  const left = event.clientX - frame.left + 12;
  tip.style.left = Math.min(left, frame.width - tip.offsetWidth) + "px";
  tip.style.top = "0";
});
document.addEventListener("click", (event) => {
  const at = pointed(event);
  const link = at?.chart.querySelectorAll("tbody tr")[at.index]?.querySelector("a");
  if (link instanceof HTMLAnchorElement) location.assign(link.href);
});
document.addEventListener("pointerleave", leave);
document.addEventListener("umbel:live", leave);
`;
