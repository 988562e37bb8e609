import { script } from "../connection/script.ts";
import { chosen } from "./fragments/chosen.ts";
import { begin } from "./exchange/begin.ts";
import { end } from "./exchange/end.ts";
import { giveBack } from "./exchange/give_back.ts";
import { limits, limitsWritten } from "./exchange/limits.ts";
import { mail } from "./exchange/mail.ts";
import { plan } from "./exchange/plan.ts";
import { release } from "./exchange/release.ts";
import { settle } from "./exchange/settle.ts";
import { take } from "./exchange/take.ts";
import { declared } from "./fragments/declared.ts";
import { pages } from "./fragments/pages.ts";
import { parked } from "./fragments/parked.ts";
import { queues } from "./fragments/queues.ts";
import { family } from "./fragments/family.ts";
import { journal } from "./fragments/journal.ts";
import { kept } from "./fragments/kept.ts";
import { pageNames } from "./fragments/page_names.ts";

/**
 * A worker's turn. Further keys: the pages of what is settled and reported, and what the queues need. Further arguments,
 * in this order:
 *
 * - `queue_count` names of queues: the first `serve_count` are those to take from
 * - `rule_count` names of limits and what they allow
 * - 17 for each settlement, behind it for each of its follow-ups, and for each report: the page's key, the id, the lease
 *   (`<slot>:<token>`; of a follow-up that of its settlement), the record, when its record ends (0: not final), and for what goes back the number of its queue (0: nothing goes
 *   back), its priority, its due time (0: now), `head`, `tail`, `new` (a follow-up) or `revoked` (see below), and its entry; and for a record that lies elsewhere its
 *   own key, and its text (else nothing; of a follow-up, in the text's place, the task that sent it); and the unique key that it holds (else nothing); and for a dead letter its
 *   member of the set of these (else nothing); and for the journal the lines of its start and of what it tells, and what
 *   it adds to the history (else nothing)
 *
 * The body reads from top to bottom; nothing is written before `take`, when all that can be refused has been checked.
 *
 * An entry whose task was revoked is leased like any other, and told as one of the queue `!`, with the id in its place: the
 * caller hands it in with the next turn as `revoked`, and only then its record's page is known, on which its message is
 * kept. The worker never hears of it.
 *
 * `held_text` are the leases the worker knows of, `limit_count` is how many more it takes, `mail_read` the ids of the
 * commands that it has read.
 *
 * Returns one of
 *
 * - `need`, layouts: keys are missing, nothing was done
 * - `old`: a later turn was answered already, nothing was done
 * - `ok`, lost leases, revoked leases (with `!` those to be terminated), more (1 or 0), when to come again (0: not known), alive until, how many
 *   deliveries, for each its slot, token, queue and entry, and at last queues and their layouts; with them, under `*`, the
 *   worker's mail
 */
export const exchange = script({
  name: "exchange",
  keys: ["map", "workers"],
  args: [
    "prefix",
    "now",
    "worker",
    "turn",
    "lease",
    "idle_lease",
    "park",
    "leave",
    "early",
    "held_text",
    "limit_count",
    "queue_count",
    "serve_count",
    "rule_count",
    "recording",
    "mail_read",
  ],
  body: declared + pages + pageNames + queues + journal + parked + limits + mail + chosen + kept + family + begin +
    settle +
    giveBack +
    release +
    plan +
    limitsWritten +
    take + end,
});
