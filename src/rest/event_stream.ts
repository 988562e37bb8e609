/**
 * A stream of server-sent events whose reader may be slow, or gone.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** What a stream needs. */
export interface EventStreamOptions {
  /** How often it shows a sign of life (ms). */
  readonly heartbeat: number;
  /** So many bytes may wait for the reader. */
  readonly mostPending: number;
}

const comment = Buffer.from(": alive\n\n");

/** One reader's stream. */
export class EventStream {
  /** The body of the answer. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #mostPending: number;
  readonly #beat: ReturnType<typeof setInterval>;
  readonly #watchers: (() => void)[] = [];
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isEnded = false;

  constructor({ heartbeat, mostPending }: EventStreamOptions) {
    this.#mostPending = mostPending;
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#over(),
    }, { highWaterMark: 0, size: (chunk) => chunk.length });
    this.#beat = setInterval(() => this.send(comment), heartbeat);
  }

  /** Whether nothing more will be sent, since the server ended it or the reader left. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Calls back once, when it is over; at once when it is already. */
  onEnd(watcher: () => void): void {
    if (this.#isEnded) watcher();
    else this.#watchers.push(watcher);
  }

  /** Sends an event that `event()` made. */
  send(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    if (bytes.length - (this.#controller.desiredSize ?? 0) > this.#mostPending) {
      // A reader that is far behind is cut off, and what waits for it let go: it will come back, and must not fill the
      // memory.
      this.#controller.error("A reader of events was too slow, and was cut off");
      this.#over();
    } else this.#controller.enqueue(bytes);
  }

  /** Ends it: the reader gets what was sent, and then its end. */
  end(): void {
    if (this.#isEnded) return;
    this.#controller.close();
    this.#over();
  }

  #over(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#beat);
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}

const prefix = Buffer.from("data: ");
const [newLine, end] = [Buffer.from("\n"), Buffer.from("\n\n")];

/** The bytes of an event. A line break in it becomes a further `data:` line: else whoever publishes could forge events. */
export function event(...parts: readonly (string | Buffer)[]): Buffer {
  const data = Buffer.concat(parts.map((part) => typeof part === "string" ? Buffer.from(part) : part));
  if (!data.includes(10) && !data.includes(13)) return Buffer.concat([prefix, data, end]);
  // As latin1 each byte is one character, whatever it means.
  const lines = data.toString("latin1").split(/\r\n|\r|\n/);
  return Buffer.concat([...lines.flatMap((line) => [prefix, Buffer.from(line, "latin1"), newLine]), newLine]);
}
