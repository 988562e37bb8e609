/** The web app: `POST /register` leaves the mail to a worker; `POST /register?inline` sends it within the request. */
import { Hono } from "hono";
import { sendWelcomeMail } from "./mail.ts";
import { signupPage, thanksPage } from "./pages.ts";
import { welcome } from "./tasks.ts";

/** Called after each registration, with how long it took (ms). */
export type OnAnswer = (inline: boolean, milliseconds: number) => void;

/** Makes the web app. */
export function webApp(onAnswer: OnAnswer): Hono {
  const web = new Hono();

  web.onError((error, c) => {
    console.error(`${c.req.method} ${c.req.path}: ${error.message}`);
    return c.html(signupPage({ name: "", email: "", error: "That did not work. Please try again in a moment." }), 503);
  });

  web.get("/", (c) => c.html(signupPage()));

  web.post("/register", async (c) => {
    const started = performance.now();
    const inline = c.req.query("inline") !== undefined;
    const form = await c.req.formData();
    const person = { name: String(form.get("name") ?? "").trim(), email: String(form.get("email") ?? "").trim() };
    const error = problem(person);
    if (error) return c.html(signupPage({ ...person, error }), 422);

    if (inline) await sendWelcomeMail(person, crypto.randomUUID());
    else await welcome.delay(person);

    const took = performance.now() - started;
    onAnswer(inline, took);
    const query = new URLSearchParams({ name: person.name, ms: took.toFixed(1), ...(inline ? { inline: "" } : {}) });
    return c.redirect(`/thanks?${query}`, 303);
  });

  web.get("/thanks", (c) => {
    const { name = "", ms = "?", inline } = c.req.query();
    return c.html(thanksPage(name, ms, inline !== undefined));
  });

  return web;
}

function problem({ name, email }: { name: string; email: string }): string {
  if (name.length < 1 || name.length > 100) return "Please tell us your name, in at most 100 characters.";
  if (!/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(email) || email.length > 200) {
    return `“${email}” is not an e-mail address.`;
  }
  return "";
}
