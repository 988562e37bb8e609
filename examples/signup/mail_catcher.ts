/**
 * A mail server for development: it accepts every mail, delivers none, and shows them on a page.
 *
 * smtp-server speaks SMTP (by the maker of nodemailer, as well kept as that); postal-mime reads the mails: it has no
 * dependencies, where mailparser brings eight packages for attachments and HTML that are of no use here.
 */
import { Hono } from "hono";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { inboxPage } from "./pages.ts";

/** A mail that arrived. */
export interface CaughtMail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  /** When it was accepted, by `performance.now()` of this process. */
  readonly acceptedAt: number;
  /** The same as wall clock time. */
  readonly date: Date;
}

/** How the catcher behaves. */
export interface MailCatcherOptions {
  /** The port; another one if that is taken. */
  readonly port: number;
  /** How long it takes to accept a mail (ms): a real server looks for spam and viruses meanwhile. */
  readonly delay: number;
  /** Ends the streams of inbox pages that are open: a web server that stops waits for them. */
  readonly signal: AbortSignal;
}

/** A mail server that keeps what it gets. */
export class MailCatcher implements AsyncDisposable {
  /** What arrived, the oldest first. */
  readonly mails: CaughtMail[] = [];
  /** The inbox as a page, and its news as server-sent events. */
  readonly inbox: Hono = new Hono();
  /** For `SMTP_URL`. */
  readonly url: string;
  readonly #server: SMTPServer;
  readonly #arrivals = new EventTarget();

  private constructor(server: SMTPServer, port: number, signal: AbortSignal) {
    this.#server = server;
    this.url = `smtp://127.0.0.1:${port}`;
    this.inbox.get("/", (c) => c.html(inboxPage(this.mails)));
    this.inbox.get("/events", () => this.#events(signal));
  }

  /** Starts one. */
  static async start({ port, delay, signal }: MailCatcherOptions): Promise<MailCatcher> {
    const server = new SMTPServer({
      name: "localhost",
      disabledCommands: ["AUTH", "STARTTLS"],
      disableReverseLookup: true,
      onData(stream, session, done) {
        const chunks: Uint8Array<ArrayBuffer>[] = [];
        stream.on("data", (chunk: Uint8Array<ArrayBuffer>) => chunks.push(chunk));
        stream.on("error", done);
        stream.on("end", async () => {
          try {
            const mail = await PostalMime.parse(new Blob(chunks));
            const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : "";
            const to = session.envelope.rcptTo.map(({ address }) => address).join(", ");
            // A connection that closes, or a catcher that stops, must not be kept waiting.
            await new Promise((accept) => setTimeout(accept, delay));
            catcher.#accept(mail, from, to);
            done();
          } catch (error) {
            done(error as Error);
          }
        });
      },
    });
    const catcher = new MailCatcher(server, await listen(server, port), signal);
    return catcher;
  }

  /** Resolves when the next mail has arrived. @throws The reason of the signal. */
  arrival(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#arrivals.addEventListener("mail", () => resolve(), { once: true, signal });
    });
  }

  #accept({ subject = "", text = "", messageId = "" }: Email, from: string, to: string): void {
    this.mails.push({ from, to, subject, text, messageId, acceptedAt: performance.now(), date: new Date() });
    this.#arrivals.dispatchEvent(new Event("mail"));
  }

  #events(signal: AbortSignal): Response {
    const left = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        const encoder = new TextEncoder();
        const over = AbortSignal.any([signal, left.signal]);
        const tell = () => stream.enqueue(encoder.encode(`data: ${this.mails.length}\n\n`));
        this.#arrivals.addEventListener("mail", tell, { signal: over });
        signal.addEventListener("abort", () => stream.close(), { signal: left.signal });
        stream.enqueue(encoder.encode(": hello\n\n"));
      },
      cancel: () => left.abort(),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
  }

  /** Stops it; the mails stay readable. */
  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((closed) => this.#server.close(() => closed()));
  }
}

/** Listens on the port, or on a free one if it is taken; returns which. */
async function listen(server: SMTPServer, port: number): Promise<number> {
  const attempt = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  try {
    await attempt(port);
  } catch (error) {
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    await attempt(0);
  }
  return (server.server.address() as { port: number }).port;
}
