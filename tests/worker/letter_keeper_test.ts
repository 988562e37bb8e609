import { assertEquals } from "@std/assert";
import { createLogger, type Settlement, Umbel } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { LetterKeeper } from "../../src/worker/letter_keeper.ts";
import { ScriptedBroker } from "../scripted.ts";

function settlement(state: "SUCCESS" | "FAILURE"): Settlement {
  return { lease: "1:1", record: { id: "a", task: "add", state, queue: "default", sentAt: 0, retries: 0 } };
}

function keeper() {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {}, config: { deadLetterMax: 7 } });
  const log: string[] = [];
  const logger = createLogger({ name: "w", clock, write: (line) => log.push(line) });
  return { broker, clock, log, letters: new LetterKeeper(app, logger) };
}

Deno.test("LetterKeeper trims after the first failure, then once a minute while there are failures", async () => {
  const { broker, clock, letters } = keeper();
  letters.handedIn([settlement("SUCCESS")]);
  await letters.close();
  assertEquals(broker.trimmed, []);
  for (let n = 0; n < 3; n++) {
    letters.handedIn([settlement("FAILURE")]);
    await letters.close();
  }
  assertEquals(broker.trimmed, [7]);
  await clock.advance(60);
  letters.handedIn([]);
  await letters.close();
  assertEquals(broker.trimmed, [7, 7]);
});

Deno.test("LetterKeeper trims after 1,000 failures, however soon they come", async () => {
  const { broker, letters } = keeper();
  letters.handedIn([settlement("FAILURE")]);
  await letters.close();
  for (let n = 0; n < 2; n++) letters.handedIn(Array.from({ length: 500 }, () => settlement("FAILURE")));
  await letters.close();
  assertEquals(broker.trimmed, [7, 7]);
});

Deno.test("LetterKeeper says what went wrong, and goes on", async () => {
  const { broker, clock, log, letters } = keeper();
  const { trim } = broker.deadLetters;
  broker.deadLetters.trim = () => Promise.reject(new Error("away"));
  letters.handedIn([settlement("FAILURE")]);
  await letters.close();
  assertEquals(log.length, 1);
  assertEquals(log[0]!.includes("Dead letters could not be trimmed: away"), true);
  broker.deadLetters.trim = trim;
  await clock.advance(60);
  letters.handedIn([settlement("FAILURE")]);
  await letters.close();
  assertEquals(broker.trimmed, [7]);
});
