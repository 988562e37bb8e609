/** What `--once` does: signs three people up over HTTP, waits for their mails, and compares. */
import type { MailCatcher } from "./mail_catcher.ts";

const people = ["Ada Lovelace", "Grace Hopper", "Radia Perlman"];

/** Returns the exit code: 0 once the three mails have arrived. */
export async function signUpThree(url: string, catcher: MailCatcher, seconds: number): Promise<number> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), seconds * 1000);
  const signups: { name: string; email: string; started: number; withTask: number }[] = [];
  await open(`${url}/`);
  for (const name of people) {
    const email = `${name.split(" ")[0]!.toLowerCase()}@example.org`;
    signups.push({ name, email, started: performance.now(), withTask: await register(`${url}/register`, name, email) });
  }
  const waitingFor = () => signups.filter(({ email }) => !catcher.mails.some(({ to }) => to === email));
  try {
    while (waitingFor().length > 0) await catcher.arrival(deadline.signal);
  } catch {
    const missing = waitingFor().map(({ name }) => name).join(", ");
    console.error(`No mail has arrived within ${seconds} s for ${missing}.`);
    return 1;
  } finally {
    clearTimeout(timer);
  }

  console.log(row("", "answer with", "answer", "mail"));
  console.log(row("", "the task", "without it", "arrived after"));
  for (const { name, email, started, withTask } of signups) {
    const mail = catcher.mails.find(({ to }) => to === email)!;
    const without = await register(`${url}/register?inline`, name, email);
    console.log(row(name, ms(withTask), ms(without), ms(mail.acceptedAt - started)));
  }
  return 0;
}

/** Opens the page, as each of them does first. */
async function open(url: string): Promise<void> {
  const response = await fetch(url);
  await response.body?.cancel();
}

/** Registers somebody; returns how long the answer took. */
async function register(url: string, name: string, email: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(url, { method: "POST", body: new URLSearchParams({ name, email }), redirect: "manual" });
  await response.body?.cancel();
  if (response.status !== 303) throw new Error(`${url} answered ${response.status}`);
  return performance.now() - started;
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}

function row(first: string, ...cells: string[]): string {
  return first.padEnd(16) + cells.map((cell) => cell.padStart(14)).join("");
}
