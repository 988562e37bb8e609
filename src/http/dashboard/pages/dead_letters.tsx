/** @jsxImportSource hono/jsx */
/**
 * What failed for good: grouped by error, filtered, sent again or deleted.
 *
 * @module
 */
import { Hono } from "hono";
import type { Umbel } from "../../../app/app.ts";
import type { DeadLetterPage } from "../../../ports/dead_letters.ts";
import { InvalidInput } from "../../../errors.ts";
import type { LetterFilter, LetterSelection } from "../../../operations/dead_letter_office.ts";
import { action, type Submission } from "../action.ts";
import { faultsOf, Filters, lettersOf, readFilter } from "../dead/filter.tsx";
import { Groups } from "../dead/groups.tsx";
import { Letters } from "../dead/letters.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import { page } from "../page.tsx";
import type { View } from "../view.tsx";

/** How many are shown at once, and how many are looked at for the groups. */
const shown = 50;
const grouped = 500;

/** `GET /`, and `POST` to send again and to delete. */
export function deadLetters(desk: Desk): Hono<DeskEnv> {
  const { app } = desk;
  return new Hono<DeskEnv>()
    .get("/", async (context) => {
      const view = context.get("view");
      const { words: { dead: words } } = view;
      const filter = readFilter((name) => context.req.query(name) ?? "");
      const cursor = context.req.query("cursor");
      const faults = faultsOf(filter, view);
      const wanted = faults.size > 0 ? undefined : lettersOf(filter, view.now);
      // Names to choose from are a help, and no reason to show nothing.
      const names = app.broker.inspector.queues().catch(() => []);
      const [{ letters, cursor: next }, { letters: newest, cursor: more }] = await Promise.all([
        list(app, wanted, { limit: shown, ...(cursor === undefined ? {} : { cursor }) }),
        list(app, wanted, { limit: grouped }),
      ]);
      const queues = (await names).map(({ name }) => name);
      return page(context, {
        ...{ title: words.title, section: "dead", scripts: ["select"], status: faults.size > 0 ? 422 : 200 },
        body: (
          <>
            <p class="soft">{words.intro}</p>
            <Filters filter={filter} faults={faults} queues={queues} />
            {newest.length > 0 && <Groups letters={newest} isPart={more !== undefined} filter={filter} />}
            <Letters letters={letters} filter={filter} next={next} />
          </>
        ),
      });
    })
    .post(
      "/resend",
      action(desk, "control", async (submission) => {
        const { view, field } = submission;
        const queue = field("to_queue");
        const { resent, refused } = await app.deadLetters.resend(
          readSelection(submission),
          queue === "" ? {} : { queue },
        );
        return summary(view, view.words.dead.resent(view.number(resent.length)), refused.length);
      }),
    )
    .post(
      "/delete",
      action(desk, "control", async (submission) => {
        const { view } = submission;
        const { deleted, refused } = await app.deadLetters.delete(readSelection(submission));
        return summary(view, view.words.dead.deleted(view.number(deleted.length)), refused.length);
      }),
    );
}

async function list(
  { deadLetters }: Umbel,
  wanted: LetterFilter | undefined,
  part: { readonly limit: number; readonly cursor?: string },
): Promise<DeadLetterPage> {
  return wanted ? await deadLetters.list({ ...wanted, ...part }) : { letters: [] };
}

function summary(view: View, done: string, refused: number): string {
  return refused === 0 ? done : `${done}; ${view.words.dead.refused(view.number(refused))}`;
}

/** The letters that a form means: those that are ticked, or all that its filter fits. */
function readSelection({ view, field, fields }: Submission): LetterSelection {
  if (field("which") !== "all") {
    const ids = fields("id").filter((id) => id !== "");
    if (ids.length === 0) throw new InvalidInput("id", view.words.dead.noneChosen);
    return ids;
  }
  const filter = lettersOf(readFilter(field), view.now);
  return Object.keys(filter).length === 0 ? "all" : filter;
}
