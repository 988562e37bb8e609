/**
 * Sessions of browsers: a token or a password is shown once, and from then on a cookie that no script can read and no
 * other site can send.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { toBase64url } from "./secrets.ts";
import type { Signer } from "./signer.ts";

/** What a cookie says: who opened it, which one it is, and until when it holds (ms since 1970). */
interface Statement {
  readonly app: string;
  readonly key: string;
  readonly id: string;
  readonly until: number;
}

/** A session that holds. */
export type Session = Pick<Statement, "key" | "id">;

const purpose = "session";
/** How long a session holds (ms). */
const lifetime = 12 * 3_600_000;

/** Opens sessions, and knows them again. Nothing is kept here: what a cookie says is signed. */
export class Sessions {
  readonly #app: string;
  readonly #signer: Signer;
  readonly #clock: Clock;

  /** Those of an app. */
  constructor(app: string, signer: Signer, clock: Clock) {
    this.#app = app;
    this.#signer = signer;
    this.#clock = clock;
  }

  /** The header `Set-Cookie` that opens one for the caller of this key. */
  async open(key: string, isSecure: boolean): Promise<string> {
    const id = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
    const until = this.#clock.now() + lifetime;
    const text = await this.#signer.sign(purpose, { app: this.#app, key, id, until });
    return cookie(text, isSecure, lifetime / 1000);
  }

  /** The header `Set-Cookie` that closes one. */
  close(isSecure: boolean): string {
    return cookie("", isSecure, 0);
  }

  /** The session whose cookie a request shows, if it shows one. */
  async find(request: Request): Promise<Session | undefined> {
    const name = nameFor(isSecure(request));
    const cookies = (request.headers.get("cookie") ?? "").split(/; */);
    const text = cookies.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
    if (!text) return undefined;
    const statement = await this.#signer.open(purpose, text) as Statement | undefined;
    if (statement?.app !== this.#app || statement.until <= this.#clock.now()) return undefined;
    return statement;
  }
}

/**
 * Whether a request came by https: to here, or to a proxy that says so. Anybody can say so; nobody but himself has a
 * cookie that is not sent by http then.
 */
export function isSecure({ url, headers }: Request): boolean {
  return url.startsWith("https:") || headers.get("x-forwarded-proto") === "https";
}

/** By https no other host, nor a page of the same host by http, can set a cookie of such a name. */
function nameFor(isSecure: boolean): string {
  return isSecure ? "__Host-umbel" : "umbel";
}

function cookie(text: string, isSecure: boolean, maxAge: number): string {
  const secure = isSecure ? "; Secure" : "";
  return `${nameFor(isSecure)}=${text}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
}
