/**
 * Revoking tasks by their ids, with their children where that is asked for.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { Revocation, RevokeOptions } from "../ports/control.ts";
import { checkName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean } from "../options/values.ts";

/** What revoking needs of an app. */
export interface RevokingApp {
  /** The broker. */
  readonly broker: Broker;
}

/** So many tasks of a tree are looked at in one go. */
const part = 1000;

/**
 * Revokes tasks, and with `tree` all that their handlers sent as their children, and so on. The mark that keeps later
 * children from starting is set first: none is sent between it and the search.
 *
 * @returns What became of these, in the same order.
 * @throws {InvalidInput} When an id or option breaks its rule.
 */
export async function revokeTasks(
  app: RevokingApp,
  ids: readonly string[],
  options: RevokeOptions = {},
): Promise<Revocation[]> {
  const { terminate, tree } = readOptions(options);
  const answers = await revoke(app, ids.map((id) => checkName("id", id)), { terminate, tree });
  if (!tree) return answers;
  const seen = new Set(ids);
  // Those whose children are still to be found, the deepest last: never many more than one task has.
  const open = [...ids];
  while (open.length > 0) {
    const found = await app.broker.inspector.children(open.splice(-part));
    const children = found.flat().filter((id) => !seen.has(id));
    for (const id of children) seen.add(id);
    await revoke(app, children, { terminate, tree });
    for (const id of children) open.push(id);
  }
  return answers;
}

async function revoke({ broker }: RevokingApp, ids: readonly string[], options: RevokeOptions) {
  return ids.length === 0 ? [] : await broker.control.revoke(ids, options);
}

function readOptions(options: RevokeOptions): Required<RevokeOptions> {
  checkKeys(options, ["terminate", "tree"], "option of revoke");
  const { terminate = false, tree = false } = options;
  return { terminate: readBoolean(terminate, "terminate"), tree: readBoolean(tree, "tree") };
}
