import { assertEquals } from "@std/assert";
import { redisTest, startRest } from "../redis.ts";
import { phases, playRound, type Round, roundsOf } from "./rounds.ts";
import { numbers, seed } from "../random.ts";

/** Each point once, all else in turn: `deno task rounds` plays as many as one likes. */
const rounds = [...roundsOf(phases.length, ["redis", "sqlite"], numbers(seed))];

redisTest(
  "a worker is killed at each point of its life with 20 tasks running, and another one does all that is due",
  async () => {
    await using rest = await startRest();
    const url = rest.url.replace("://", `://:${rest.token}@`);
    const wrong: [Round, readonly string[]][] = [];
    const left = rounds.values();
    await Promise.all(Array.from({ length: 2 }, async () => {
      for (const round of left) {
        const result = await playRound(round, url);
        if (result.wrong.length > 0 || result.again > result.interrupted) wrong.push([round, result.wrong]);
      }
    }));
    assertEquals(wrong, []);
  },
);
