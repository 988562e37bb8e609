/** @jsxImportSource hono/jsx */
/**
 * What a page shows of one task, in parts that live updates replace.
 *
 * @module
 */
import type { Child } from "hono/jsx";
import { isFinal, type TaskRecord } from "../../../ports/task_record.ts";
import { shownArgs } from "../../../operations/shown.ts";
import { progressOf } from "../../../results/updates.ts";
import { isStored } from "../../../wire/records.ts";
import { readable } from "../../../wire/readable.ts";
import type { Encoded } from "../../../wire/encoded.ts";
import { Card } from "../components/card.tsx";
import { Failure } from "../components/failure.tsx";
import { JsonView } from "../components/json_view.tsx";
import { lifeOf } from "../components/life.ts";
import { LogLines } from "../components/log_lines.tsx";
import { Plain } from "../components/plain.tsx";
import { ProgressBar } from "../components/progress.tsx";
import { TaskTree } from "../components/task_tree.tsx";
import { Took } from "../components/time.tsx";
import { Timeline } from "../components/timeline.tsx";
import type { Html } from "../html.ts";
import type { Parts } from "../live.ts";
import { useView } from "../view.tsx";
import { TaskFacts, TaskHead } from "./facts.tsx";
import type { TaskSight } from "./sight.ts";
import { Deeds } from "./deeds.tsx";

/** The parts of the page that follow the task: each stands in an element of that id, which is empty where there is nothing. */
export function taskParts(sight: TaskSight): Parts {
  return {
    "task-head": <TaskHead sight={sight} />,
    "task-deeds": <Deeds sight={sight} />,
    "task-now": <Now sight={sight} />,
    "task-outcome": <Outcome sight={sight} />,
    "task-args": <Args sight={sight} />,
    "task-side": <Side sight={sight} />,
  };
}

function Now({ sight: { detail } }: { readonly sight: TaskSight }): Html {
  const { words: { task, timeline }, now } = useView();
  const { record, message } = detail;
  const progress = progressOf(record);
  const life = lifeOf(record, { eta: message?.eta, now });
  const length = (life.at(-1)?.to ?? 0) - (life[0]?.from ?? 0);
  const total = isFinal(record.state) && (
    <span class="soft">
      {timeline.total} <Took ms={length} />
    </span>
  );
  return (
    <div id="task-now" class="task-part">
      {progress && (
        <Card id="progress" title={task.progress}>
          <ProgressBar of={progress} />
        </Card>
      )}
      <Card id="life" title={task.life} aside={total}>
        <Timeline life={life} sentAt={record.sentAt} />
      </Card>
    </div>
  );
}

function Outcome({ sight: { detail: { record } } }: { readonly sight: TaskSight }): Html {
  const view = useView();
  const { task } = view.words;
  const { error, encoded, meta, attempts = [] } = record;
  return (
    <div id="task-outcome" class="task-part">
      {error && (
        <Card
          id="error"
          title={task.error}
          aside={record.state === "FAILURE" && (
            <a href={view.url("/dead", { task: record.task, error: error.type })}>{task.alike}</a>
          )}
        >
          {error.encoded ? <Sealed encoded={error.encoded} /> : <Failure error={error} open />}
        </Card>
      )}
      {(record.state === "SUCCESS" || record.result !== undefined) && <Result record={record} />}
      {encoded?.meta
        ? (
          <Card id="meta" title={task.told}>
            <Sealed encoded={encoded.meta} />
          </Card>
        )
        : meta !== undefined && !progressOf(record) && (
          <Card id="meta" title={task.told}>
            <JsonView value={readable(meta)} id="meta-json" />
          </Card>
        )}
      {/* One alone is told by the error above. */}
      {(attempts.length > 1 || (attempts.length > 0 && !error)) && <Attempts record={record} />}
    </div>
  );
}

function Result({ record: { result, encoded } }: { readonly record: TaskRecord }): Html {
  const { words: { task } } = useView();
  return (
    <Card id="result" title={task.result}>
      {encoded?.result
        ? <Sealed encoded={encoded.result} />
        : result === undefined
        ? <p class="soft">{task.noResult}</p>
        : <JsonView value={readable(result)} id="result-json" />}
    </Card>
  );
}

function Attempts({ record: { attempts = [], retries } }: { readonly record: TaskRecord }): Html {
  const view = useView();
  const { task } = view.words;
  // While it waits for another try, or has ended between two, all of its tries are over.
  const first = attempts.length < 10 ? 1 : Math.max(1, retries + 2 - attempts.length);
  return (
    <Card id="attempts" title={task.attempts}>
      <ol class="attempts">
        {attempts.map(({ startedAt, finishedAt, worker, error }, index) => (
          <li key={startedAt} data-key={`attempt-${startedAt}`}>
            <p class="attempt-head">
              <strong>{task.attempt(first + index)}</strong>
              <span class="soft">
                <Plain text={worker} />
              </span>
              <Took ms={Math.max(0, finishedAt - startedAt)} />
            </p>
            {error && (error.encoded ? <Sealed encoded={error.encoded} /> : <Failure error={error} />)}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Args({ sight: { detail: { message } } }: { readonly sight: TaskSight }): Html {
  const view = useView();
  const { task } = view.words;
  const shown = (child: Child) => (
    <div id="task-args" class="task-part">
      <Card id="args" title={task.args}>{child}</Card>
    </div>
  );
  if (!message) return shown(<p class="soft">{task.argsUnknown}</p>);
  if (message.encoded) return shown(<Sealed encoded={message.encoded} />);
  if (message.args.length === 0) return shown(<p class="soft">{task.noArgs}</p>);
  const args = shownArgs(message, view.app.tasks);
  const isRedacted = JSON.stringify(args) !== JSON.stringify(readable(message.args));
  return shown(
    <>
      <JsonView value={args} id="args-json" />
      {isRedacted && <p class="hint">{task.redacted}</p>}
    </>,
  );
}

function Side({ sight }: { readonly sight: TaskSight }): Html {
  const { words: { task } } = useView();
  const { detail, tree } = sight;
  const { id, record: { log } } = detail;
  return (
    <div id="task-side" class="task-part">
      <TaskFacts sight={sight} />
      {log && (
        <Card id="log" title={task.log}>{log.encoded ? <Sealed encoded={log.encoded} /> : <LogLines log={log} />}</Card>
      )}
      {tree && (
        <Card id="tree" title={task.tree}>
          <TaskTree root={tree} current={id} />
        </Card>
      )}
    </div>
  );
}

/** What stands for something that cannot be read here. */
function Sealed({ encoded }: { readonly encoded: Encoded }): Html {
  const { words: { task } } = useView();
  const { by } = encoded;
  return <p class="sealed">{isStored(encoded) ? task.stored : task.sealed(by.join(" → "))}</p>;
}
