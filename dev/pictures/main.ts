/**
 * Makes the pictures of the dashboard in docs/pictures anew: `deno run -A dev/pictures/main.ts`.
 *
 * With `--to FOLDER [PATH …]` pages are taken at two widths, light and dark, to be looked at.
 */
import { Site } from "../../tests/http/dashboard/browser/browser.ts";
import { openShop } from "./shop.ts";

const [, to, ...asked] = Deno.args[0] === "--to" ? Deno.args : [];
const folder = to ?? new URL("../../docs/pictures", import.meta.url).pathname;
await Deno.mkdir(folder, { recursive: true });

/** A picture of docs/: a path of the dashboard, how it looks, and how much of it is shown. */
const pictures = [
  { name: "overview", path: "/?period=hour", dark: false, height: 980 },
  { name: "overview_dark", path: "/?period=month", dark: true, height: 980 },
  { name: "tasks", path: "/tasks", dark: false, height: 800 },
  { name: "task", path: "task", dark: false, height: 1000 },
  { name: "statistics", path: "/statistics?period=day", dark: false, height: 440 },
  { name: "queues", path: "/queues", dark: true, height: 600 },
  { name: "dead_letters", path: "/dead", dark: false, height: 800 },
] as const;

const shop = await openShop();
const letter = (await shop.app.deadLetters.list({ limit: 1 })).letters[0]!;
const pathOf = (path: string) => path === "task" ? `/tasks/${letter.id}` : path;

const site = await Site.open({ app: shop.app, dashboard: { open: true } });
const { page } = site;
async function take(file: string, path: string, width: number, height: number, dark: boolean, fullPage = false) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
  await site.visit(pathOf(path));
  await page.waitForTimeout(700);
  await page.screenshot({ path: `${folder}/${file}.png`, fullPage });
  console.log(`${folder}/${file}.png`);
}
if (to === undefined) {
  for (const { name, path, dark, height } of pictures) await take(name, path, 1360, height, dark);
} else {
  const paths = asked.length > 0 ? asked : pictures.map(({ path }) => path);
  for (const path of new Set(paths)) {
    const name = path.replaceAll(/\W+/g, "_") || "start";
    await take(`${name}_light`, path, 1440, 900, false, true);
    await take(`${name}_dark`, path, 1440, 900, true, true);
    await take(`${name}_phone`, path, 390, 844, false, true);
    await take(`${name}_phone_dark`, path, 390, 844, true, true);
  }
}
site.assertQuiet();
await shop[Symbol.asyncDispose]();
await site[Symbol.asyncDispose]();
