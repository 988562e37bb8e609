/** The page: sends a form, and shows what becomes of the task, line by line. */
import { Client, TaskRevoked } from "@umbel/umbel/client";
import { document } from "./dom.ts";
import type { album } from "./tasks.ts";

const template = document.querySelector("template");
const albums = document.querySelector("#albums");
const input = document.querySelector("input");

document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void make(String(input.value));
});

async function make(title: string): Promise<void> {
  const response = await fetch("albums", { method: "POST", body: JSON.stringify({ title }) });
  const { id, token } = await response.json();
  const section = template.content.cloneNode(true).querySelector("section");
  const [status, bar, lines, button] = ["[role=status]", "progress", "pre", "button"].map((selector) =>
    section.querySelector(selector)
  ) as [typeof section, typeof section, typeof section, typeof section];
  section.querySelector("h2").textContent = title;
  albums.prepend(section);

  // The token opens this task alone.
  const sent = new Client("api", { token }).task<typeof album>("make_album").result(id);
  button.addEventListener("click", () => void sent.revoke());
  for await (const update of sent.updates()) {
    switch (update.kind) {
      case "state":
        status.textContent = update.state;
        break;
      case "progress":
        bar.max = update.total ?? 1;
        bar.value = update.current;
        break;
      case "log":
        lines.textContent += `${update.message}\n`;
    }
  }
  try {
    const { pictures } = await sent.get();
    bar.value = bar.max;
    lines.textContent += `${pictures} pictures`;
  } catch (error) {
    if (!(error instanceof TaskRevoked)) throw error;
  }
  button.remove();
}
