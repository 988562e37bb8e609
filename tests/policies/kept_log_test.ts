import { assertEquals } from "@std/assert";
import { keepingLogger, LogKeeper, withLog } from "../../src/policies/kept_log.ts";
import { createLogger, taskLogger } from "../../src/log.ts";
import { delivery } from "../scripted.ts";

const line = (message: string, at = 1) => ({ at, level: "info", message }) as const;

Deno.test("LogKeeper keeps the last 100 lines, and counts those before", () => {
  const keeper = new LogKeeper();
  for (let n = 1; n <= 103; n++) keeper.add(line(`line ${n}`, n));
  const { lines, dropped } = keeper.kept;
  assertEquals([lines.length, lines[0], lines.at(-1), dropped], [100, line("line 4", 4), line("line 103", 103), 3]);
});

Deno.test("LogKeeper keeps 8 KiB in all, counted as UTF-8, and 1,000 characters of a line", () => {
  const keeper = new LogKeeper();
  for (let n = 0; n < 10; n++) keeper.add(line("é".repeat(1000)));
  assertEquals([keeper.kept.lines.length, keeper.kept.dropped], [4, 6]);
  keeper.add(line("x".repeat(1001)));
  assertEquals(keeper.kept.lines.at(-1)!.message, `${"x".repeat(999)}…`);
});

Deno.test("LogKeeper goes on from what was kept, and what it gave out does not change", () => {
  const before = new LogKeeper({ lines: [line("a")], dropped: 2 });
  const kept = before.kept;
  before.add(line("b"));
  assertEquals(kept, { lines: [line("a")], dropped: 2 });
  assertEquals(new LogKeeper(before.kept).kept, { lines: [line("a"), line("b")], dropped: 2 });
});

Deno.test("keepingLogger() keeps all but debug, whatever the log leaves out", () => {
  const written: string[] = [];
  const kept: string[] = [];
  const log = createLogger({ level: "warning", write: (text) => written.push(text.replace(/^\[[^\]]*\] /, "")) });
  const keeping = keepingLogger(taskLogger(log, "add", "1"), (level, message) => kept.push(`${level} ${message}`));
  keeping("called");
  keeping.debug("d");
  keeping.info("i");
  keeping.warning("w");
  keeping.error("e");
  assertEquals(kept, ["info called", "info i", "warning w", "error e"]);
  assertEquals(written, ["add[1]: w", "add[1]: e"]);
  assertEquals([keeping.enabled("debug"), keeping.enabled("info")], [false, true]);
});

Deno.test("withLog() makes a new message only for something new", () => {
  const { message } = delivery("add");
  assertEquals(withLog(message, undefined) === message, true);
  const log = { lines: [], dropped: 1 };
  assertEquals(withLog(message, log), { ...message, log });
});
