/**
 * The embedded broker: a SQLite file for the processes of one machine, or a database in memory. No server, no account.
 *
 * Importing this module also makes `sqlite:` URLs work, as in `UMBEL_BROKER=sqlite:./umbel.db`.
 *
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { sqlite } from "@umbel/umbel/sqlite";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * ```
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { type Duration, milliseconds } from "../../options/duration.ts";
import { InvalidInput } from "../../errors.ts";
import { checkKeys } from "../../options/keys.ts";
import { type BrokerSource, registerBroker } from "../registry.ts";
import { SqliteBroker } from "./broker.ts";

/** How to open the database. */
export interface SqliteOptions {
  /**
   * How long to wait while another process writes, before `BrokerUnavailable`. The program stands still meanwhile.
   *
   * @default {"5s"}
   */
  readonly busyTimeout?: Duration;
  /**
   * When a commit counts as done. `normal`: a killed process loses nothing, a power cut may lose the last moments;
   * `full`: nothing, and each commit waits for the disk.
   *
   * @default {"normal"}
   */
  readonly synchronous?: "normal" | "full";
}

/**
 * A broker in a SQLite file.
 *
 * @param path A file, which is made if it is not there; `:memory:`; or either behind `sqlite:`.
 * @returns What opens it once the app's name is known.
 * @throws {InvalidInput} When an option is unknown or breaks its rule.
 */
export function sqlite(path: string, options: SqliteOptions = {}): BrokerSource {
  checkKeys(options, ["busyTimeout", "synchronous"], "option of a SQLite broker");
  const { busyTimeout = "5s", synchronous = "normal" } = options;
  if (typeof path !== "string" || path.replace(/^sqlite:/, "") === "") {
    throw new InvalidInput("path", `path must name a file, or be ":memory:", and it is ${JSON.stringify(path)}`);
  }
  if (synchronous !== "normal" && synchronous !== "full") {
    throw new InvalidInput(
      "synchronous",
      `synchronous must be normal or full, and it is ${JSON.stringify(synchronous)}`,
    );
  }
  const settings = {
    path: path.replace(/^sqlite:(\/\/(?=\/))?/, ""),
    busyTimeout: milliseconds(busyTimeout, "busyTimeout"),
    synchronous,
  } as const;
  return (app, clock = systemClock) => new SqliteBroker({ app, clock, ...settings });
}

registerBroker("sqlite", (url) => sqlite(url));
