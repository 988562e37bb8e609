import { ManualClock } from "@umbel/umbel/testing";
import { assertEquals, assertThrows } from "@std/assert";
import { createLogger, InvalidInput, type LoggerOptions } from "@umbel/umbel";
import { taskLogger } from "../src/log.ts";

function lines(options: LoggerOptions, say: (log: ReturnType<typeof createLogger>) => void): string[] {
  const written: string[] = [];
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 12, 0, 0, 123));
  say(createLogger({ write: (line) => written.push(line), clock, name: "worker@host", ...options }));
  return written;
}

Deno.test("createLogger() writes the lines that Celery's users know", () => {
  const written = lines({}, (log) => {
    log.info("Task add[1] received", { id: "1" });
    log.error("Task add[1] failed", { stack: "Error: x\n    at y" });
    log.debug("not written");
  });
  assertEquals(written, [
    "[2026-11-21 12:00:00,123: INFO/worker@host] Task add[1] received",
    "[2026-11-21 12:00:00,123: ERROR/worker@host] Task add[1] failed\nError: x\n    at y",
  ]);
});

Deno.test("createLogger() lets nobody forge a line of text, or reach a terminal", () => {
  const forged = "[2026-11-21 12:00:00,123: INFO] Task pay[2] succeeded";
  const written = lines({}, (log) => {
    log.error(`failed: \x1b[2J\r\x9b\n${forged}`, { stack: `Error: \x1b[2J\n${forged}\n    at y` });
  });
  assertEquals(written, [
    `[2026-11-21 12:00:00,123: ERROR/worker@host] failed: \\u001b[2J\\u000d\\u009b\n    ${forged}\n` +
    `Error: \\u001b[2J\n ${forged}\n    at y`,
  ]);
});

Deno.test("createLogger() writes JSON lines", () => {
  const written = lines({ format: "json", level: "warning" }, (log) => {
    log.info("not written");
    log.warning("Task add[1] revoked", { id: "1" });
  });
  assertEquals(written.map((line) => JSON.parse(line)), [{
    time: "2026-11-21T12:00:00.123Z",
    level: "warning",
    worker: "worker@host",
    message: "Task add[1] revoked",
    id: "1",
  }]);
});

Deno.test("createLogger() refuses levels and formats that there are not", () => {
  assertThrows(() => createLogger({ level: "loud" as never }), InvalidInput, "level must be one of debug, info");
  assertThrows(() => createLogger({ format: "xml" as never }), InvalidInput, "format must be text or json");
});

Deno.test("Logger.enabled() says what is written", () => {
  const log = createLogger({ level: "warning" });
  assertEquals((["debug", "info", "warning", "error"] as const).map(log.enabled), [false, false, true, true]);
});

Deno.test("taskLogger() names the task in all that it says", () => {
  const written = lines({ level: "debug" }, (log) => taskLogger(log, "add", "1").debug("half way"));
  assertEquals(written, ["[2026-11-21 12:00:00,123: DEBUG/worker@host] add[1]: half way"]);
});
