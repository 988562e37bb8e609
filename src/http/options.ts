/**
 * The options of the HTTP API: checked once, at the door.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { createLogger, type Logger, unfailing } from "../log.ts";
import { type RateText, readRate } from "../limits/rate.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean, readLimit, show } from "../options/values.ts";
import { Access, type TrustedHeader } from "./access/access.ts";
import { Origins } from "./access/cors.ts";
import { type PartName, partNames } from "./part_names.ts";
import { RateLimiter } from "./access/rate_limiter.ts";
import { readWork, type WorkOptions, type WorkSettings } from "./work/options.ts";

/** Who may call, and how much. One of `tokens`, `trustHeader` and `open` must be given. */
export interface HttpOptions {
  /**
   * Whoever shows one of these may call: `Authorization: Bearer …`. Each is a line that `umbel token` printed, which says
   * what its holder may do, or a secret itself, whose holder may do all. Several, so that they can be replaced in turn.
   */
  readonly tokens?: readonly string[];
  /**
   * Whoever such a header names may call, and do this: for a proxy that knows its users (OAuth, SSO) and sets the header
   * itself, whatever a client sent. Nobody else may reach this server.
   *
   * @default {no header is trusted}
   */
  readonly trustHeader?: TrustedHeader;
  /**
   * Signs tokens for single tasks and the sessions of browsers: at least 32 characters that nobody guesses. Of several the
   * first one signs, so that they can be replaced in turn.
   *
   * @default {none: there are no tokens for single tasks, and sessions end with this process}
   */
  readonly secret?: string | readonly string[];
  /**
   * How long the tokens hold that `POST /tasks/:task?token=` answers with.
   *
   * @default {"1d"}
   */
  readonly taskTokenExpires?: Duration;
  /**
   * How many requests a caller may make (`"100/s"`), and as many at once: each process counts for itself.
   *
   * @default {as many as come}
   */
  readonly rateLimit?: RateText;
  /**
   * Anybody may call: for a server that only this machine can reach, or behind a guard of your own.
   *
   * @default {false}
   */
  readonly open?: boolean;
  /**
   * Secrets of at least 16 characters: whoever signs a request with one of these may call `POST /beat/tick` and `POST /work`, and nothing
   * else. For a cron elsewhere; QStash's own keys will do.
   *
   * @default {none: then ticking takes a token, as everything does}
   */
  readonly signingKeys?: readonly string[];
  /**
   * What is to be served: `["tasks", "waiting"]`.
   *
   * @default {all}
   */
  readonly parts?: readonly PartName[];
  /**
   * Whether what would change something is refused.
   *
   * @default {false}
   */
  readonly readOnly?: boolean;
  /**
   * The host names that a request may name, without port; others are refused. Needed for an open server on loopback,
   * which a page could reach by a name of its own.
   *
   * @default {any}
   */
  readonly hosts?: readonly string[];
  /**
   * Pages of these origins (`https://example.org`) may call from a browser, by CORS.
   *
   * @default {none}
   */
  readonly origins?: readonly string[];
  /**
   * Whether tasks may be sent by names that the app does not know, since their code is elsewhere.
   *
   * @default {false}
   */
  readonly anyTask?: boolean;
  /**
   * The largest body, in bytes.
   *
   * @default {twice the app's `maxMessageSize`: 2 MiB}
   */
  readonly maxBodySize?: number;
  /**
   * The longest that `?wait=` waits, whatever it says.
   *
   * @default {"30s"}
   */
  readonly maxWait?: Duration;
  /**
   * How `POST /work` works.
   *
   * @default {one drain at a time, for 60 s at most}
   */
  readonly work?: WorkOptions;
  /** Ends all waiting when it is aborted, for a server that stops: who waited is told the present state. */
  readonly signal?: AbortSignal;
  /**
   * Hears of what is wrong on this side, and of every change (at level `info`).
   *
   * @default {a text log}
   */
  readonly log?: Logger;
}

/** The options once they are checked: what dispatcher and resources work by. */
export interface Settings {
  /** Finds out who calls. */
  readonly access: Access;
  /** How long a token for a single task holds (ms). */
  readonly taskTokenExpires: number;
  /** Counts what callers do. */
  readonly limiter: RateLimiter | undefined;
  /** What is to be served. */
  readonly parts: readonly PartName[];
  /** Whether what would change something is refused. */
  readonly isReadOnly: boolean;
  /** The host names that a request may name. */
  readonly hosts: readonly string[] | undefined;
  /** Pages that may call. */
  readonly origins: Origins;
  /** Whether tasks may be sent that the app does not know. */
  readonly anyTask: boolean;
  /** The largest body, in bytes. */
  readonly maxBodySize: number;
  /** The longest wait (ms). */
  readonly maxWait: number;
  /** How `POST /work` works. */
  readonly work: WorkSettings;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Hears of what is wrong on this side, and of changes. */
  readonly log: Logger;
}

const optionNames: readonly (keyof HttpOptions)[] = [
  "tokens",
  "trustHeader",
  "secret",
  "taskTokenExpires",
  "rateLimit",
  "open",
  "signingKeys",
  "parts",
  "readOnly",
  "hosts",
  "origins",
  "anyTask",
  "maxBodySize",
  "maxWait",
  "work",
  "signal",
  "log",
];

/** Checks them. @throws {InvalidInput} When one is unknown or breaks its rule, or nobody is said to be let in. */
export function readOptions(app: Umbel, options: HttpOptions): Settings {
  checkKeys(options, optionNames, "option of http");
  const { tokens, trustHeader, secret, open, signingKeys, hosts, origins, anyTask, maxWait = "30s" } = options;
  const { parts = partNames, readOnly, rateLimit, maxBodySize = 2 * app.config.maxMessageSize } = options;
  const { taskTokenExpires = "1d", signal = new AbortController().signal, log = createLogger({ name: "http" }) } =
    options;
  if (!Number.isSafeInteger(maxBodySize) || maxBodySize < 1) {
    throw new InvalidInput(
      "maxBodySize",
      `maxBodySize must be a whole number of bytes from 1, and it is ${show(maxBodySize)}`,
    );
  }
  for (const part of parts) checkKeys({ [part]: true }, partNames, "part of http");
  const { name, clock } = app;
  return {
    access: new Access({
      open: readBoolean(open ?? false, "open"),
      tokens,
      trustHeader,
      secret,
      signingKeys,
      app: name,
      clock,
    }),
    taskTokenExpires: readLimit(taskTokenExpires, "taskTokenExpires"),
    limiter: rateLimit === undefined ? undefined : new RateLimiter(readRate(rateLimit, "rateLimit"), clock),
    parts,
    isReadOnly: readBoolean(readOnly ?? false, "readOnly"),
    hosts,
    origins: new Origins(origins),
    anyTask: readBoolean(anyTask ?? false, "anyTask"),
    maxBodySize,
    maxWait: milliseconds(maxWait, "maxWait"),
    work: readWork(options.work),
    signal,
    log: unfailing(log),
  };
}
