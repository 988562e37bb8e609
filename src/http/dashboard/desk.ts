/**
 * What all requests to a dashboard share.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Logger } from "../../log.ts";
import type { Access } from "../access/access.ts";
import type { Live } from "./live.ts";

/** What all requests share. */
export interface Desk {
  /** The app that is looked at. */
  readonly app: Umbel;
  /** Finds out who looks. */
  readonly access: Access;
  /** Whether nothing can be changed. */
  readonly readOnly: boolean;
  /** What 100,000 billed commands cost, in US dollars. */
  readonly price: number;
  /** Tells pages what is new. */
  readonly live: Live;
  /** Hears of changes and of what is wrong on this side. */
  readonly log: Logger;
}
