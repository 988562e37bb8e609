/**
 * Who looks at the dashboard, and what they may do there.
 *
 * @module
 */
import type { Access } from "../access/access.ts";
import type { Caller } from "../access/caller.ts";
import type { Scope } from "../access/scopes.ts";
import { Refusal } from "../answers/problem.ts";

export type { Scope };

/** Somebody who looks. */
export interface Viewer {
  /** Who that is. */
  readonly caller: Caller;
  /** What every form of theirs must carry, in the field `csrf`. */
  readonly csrf: string;
}

/** Who sends a request; `undefined` when they have to log in first. */
export async function viewerOf(request: Request, access: Access): Promise<Viewer | undefined> {
  try {
    const caller = await access.identify(request);
    return caller.may("read") ? { caller, csrf: await access.formToken(caller) } : undefined;
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.status === 401) return undefined;
    throw thrown;
  }
}
