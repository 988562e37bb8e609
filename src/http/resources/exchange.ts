/**
 * The app's broker as a resource: for workers in any language, and for `@umbel/umbel/remote`, which is a broker again.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Topic } from "../../ports/signals.ts";
import { checkAll } from "../../brokers/http/shapes.ts";
import { topics } from "../../brokers/http/terms.ts";
import { type VerbName, verbs } from "../../brokers/http/verbs.ts";
import { Ledger } from "../exchange/ledger.ts";
import { Port } from "../exchange/port.ts";
import { Turns } from "../exchange/turns.ts";
import { watch } from "../exchange/watch.ts";
import type { Settings } from "../options.ts";
import { text } from "../requests/parameters.ts";
import { Refusal } from "../answers/problem.ts";
import type { BodySpec } from "../requests/body_spec.ts";
import { type Route, route } from "../route.ts";
import { anything, listOf, object } from "../schema/values.ts";
import { workersTurn } from "./workers_turn.ts";

const tag = "Exchange";
/** What a client sends at once is less: 4 MiB of messages, or a turn's results. */
const largest = 16 * 1024 * 1024;
/** Arguments may be nested 200 levels deep. */
const deepest = 256;

const asked: BodySpec = {
  description: "What the verb is asked with, in order; `null` for what is absent",
  schema: object({ args: listOf(anything) }),
  maxSize: largest,
  deepest,
};
const headers = { "umbel-app": text("The app's name: when it is another one's, nothing is done") };

/** `POST /exchange` for workers in any language, `POST /exchange/<verb>` for each verb of a broker, and `POST /exchange/watch`. */
export function exchange(app: Umbel, settings: Settings): readonly Route[] {
  const { anyTask } = settings;
  const ledger = new Ledger();
  const turns = new Turns({ app, ledger });
  const port = new Port({ app, turns, anyTask });
  const checkApp = (name: string | undefined) => {
    if (name === undefined || name === app.name) return;
    throw new Refusal(409, "other_app", `This is the exchange of app ${app.name}, and not of ${name}`);
  };

  return [
    workersTurn(app, settings, ledger),
    ...Object.entries(verbs).map(([name, { scope, streams }]) =>
      route({
        method: "POST",
        path: `/exchange/${name}`,
        id: `exchange.${name}`,
        tag,
        summary: `The verb ${name} of the broker`,
        access: scope,
        safe: scope === "read" || scope === "caller",
        routine: scope === "work",
        hidden: true,
        headers,
        body: asked,
        responses: { 200: { description: "Its answer", ...(streams ? { media: "application/x-ndjson" } : {}) } },
        problems: { 409: ["other_app"] },
        async answer(call) {
          checkApp(call.headers["umbel-app"]);
          return await port.answer(name as VerbName, call.body.args as readonly unknown[], call.caller);
        },
      })
    ),
    route({
      method: "POST",
      path: "/exchange/watch",
      id: "exchange.watch",
      tag,
      summary: "Signals of the broker on these topics",
      access: "caller",
      safe: true,
      hidden: true,
      headers,
      body: asked,
      responses: { 200: { description: "Signals as they come", media: "text/event-stream" } },
      problems: { 409: ["other_app"] },
      answer({ headers, body, caller, stop }) {
        checkApp(headers["umbel-app"]);
        const args = body.args as readonly [readonly Topic[]];
        checkAll(args, [topics]);
        return watch(args[0], { app, ledger, caller, stop, encode: (one) => port.encode(one, caller) });
      },
    }),
  ];
}
