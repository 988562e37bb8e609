/**
 * Answers a worker's mail: carries out each command once, whether a signal or a turn brought it, and hands in what it came
 * to by a request of its own. So a worker answers while all its places are taken and a turn is on its way.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { codeOf, InvalidInput } from "../../errors.ts";
import type { Json } from "../../json.ts";
import type { Logger } from "../../log.ts";
import type { RemoteFailure } from "../../remote/answers.ts";
import { mostOfPart, mostParts, type RemoteCommand } from "../../ports/mail.ts";
import { sentence } from "../line.ts";
import { commands } from "./commands.ts";
import type { Desk } from "./desk.ts";

/** What is known of a command that came. */
interface Known {
  readonly expires: number;
  /** Whether the broker knows that it was read. */
  isTold: boolean;
}

/** Answers mail. */
export class Clerk {
  readonly #app: Umbel;
  readonly #desk: Desk;
  readonly #log: Logger;
  readonly #known = new Map<string, Known>();
  readonly #answering = new Set<Promise<void>>();

  /** One that sits at this desk. */
  constructor(desk: Desk, log: Logger) {
    this.#app = desk.app;
    this.#desk = desk;
    this.#log = log;
  }

  /** Carries out what came, unless that was done or it is too late. */
  receive(mail: readonly RemoteCommand[]): void {
    const now = this.#desk.brokerNow();
    for (const [id, { expires }] of this.#known) if (expires <= now) this.#known.delete(id);
    for (const command of mail) {
      const { id, expires } = command;
      if (expires <= now || this.#known.has(id)) continue;
      this.#known.set(id, { expires, isTold: false });
      this.#carryOut(command);
    }
  }

  /** The commands that a turn is to say were read. */
  unread(): readonly string[] {
    return [...this.#known].flatMap(([id, { isTold }]) => isTold ? [] : [id]);
  }

  /** A turn that said so of these was answered. */
  told(read: readonly string[] = []): void {
    for (const id of read) {
      const known = this.#known.get(id);
      if (known) known.isTold = true;
    }
  }

  #carryOut(command: RemoteCommand): void {
    const { id } = this.#desk;
    const { name, args } = command;
    let text: string;
    let afterwards: (() => void) | undefined;
    try {
      const does = Object.hasOwn(commands, name) ? commands[name]! : unknownCommand(name);
      if (!this.#desk.remoteControl && name !== "ping") throw new Refused(`${id} was started without remote control`);
      const answer = does.run(this.#desk, args);
      text = JSON.stringify({ answer });
      if (does.afterwards) afterwards = () => does.afterwards!(this.#desk, args);
      if (does.changes) this.#log.info(`${id} was told: ${name}`, { command: name, args });
    } catch (error) {
      text = JSON.stringify({ error: failureOf(error) });
    }
    const answering = this.#answer(command, text).finally(() => {
      this.#answering.delete(answering);
      afterwards?.();
    });
    this.#answering.add(answering);
  }

  async #answer({ id: command, name, expires }: RemoteCommand, text: string): Promise<void> {
    const { broker } = this.#app;
    const worker = this.#desk.id;
    const texts = cut(text);
    const parts = texts.length <= mostParts ? texts : [JSON.stringify({ error: tooLarge(text) })];
    try {
      for (const [part, text] of parts.entries()) {
        await broker.mail.answer({ command, worker, part, parts: parts.length, text }, expires);
      }
    } catch (error) {
      this.#log.warning(`${worker} could not answer ${name}: ${sentence(error)}`);
    }
  }

  /** Waits until what was asked is answered: so many ms at most. */
  async close(limit: number): Promise<void> {
    if (this.#answering.size === 0) return;
    const over = new AbortController();
    await Promise.race([Promise.all(this.#answering), this.#app.clock.sleep(limit, over.signal)]);
    over.abort();
  }
}

/** The worker takes no orders. */
class Refused extends Error {}

function unknownCommand(name: string): never {
  const known = Object.keys(commands).join(", ");
  throw new InvalidInput("name", `${JSON.stringify(name)} is no command of this worker: it knows ${known}`);
}

function failureOf(error: unknown): RemoteFailure {
  const isInput = codeOf(error) === "invalid_input";
  const { field } = error as { readonly field?: Json };
  return {
    code: isInput ? "invalid_input" : error instanceof Refused ? "refused" : "internal",
    message: sentence(error),
    ...(isInput && typeof field === "string" ? { field } : {}),
  };
}

function tooLarge({ length }: string): RemoteFailure {
  return { code: "too_large", message: `The answer has ${length} characters, at most ${mostParts * mostOfPart}` };
}

/** Parts that can be sent: none ends within a character that takes two places. */
function cut(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + mostOfPart, text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last < 0xdc00) to--;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}
