/**
 * What may be done to a broker in a random history.
 */
import fc from "fast-check";
import { lanes, settings } from "./model_limits.ts";

/** What is done to it, one after the other. */
export type Step =
  | {
    readonly do: "publish";
    readonly count: number;
    readonly priority: number;
    readonly queue: string;
    readonly delay: number;
    readonly limits: readonly string[];
  }
  | { readonly do: "replace"; readonly key: string; readonly queue: string; readonly delay: number }
  | { readonly do: "publish again" | "revoke"; readonly pick: number }
  | {
    readonly do: "change";
    readonly pick: number;
    readonly priority: number;
    readonly queue: string;
    readonly delay: number;
  }
  | { readonly do: "take"; readonly worker: number; readonly limit: number }
  | {
    readonly do: "settle" | "retry";
    readonly worker: number;
    readonly count: number;
    readonly delay: number;
    readonly head: boolean;
  }
  | { readonly do: "repeat" | "forget" | "leave" | "crash"; readonly worker: number }
  | { readonly do: "pause" | "resume" | "purge"; readonly queue: string }
  | { readonly do: "limit"; readonly setting: (typeof settings)[number] }
  | { readonly do: "wait"; readonly ms: number };

/** The queues that there are. */
export const queues = ["a", "b"];
const worker = fc.nat(2);
const queue = fc.constantFrom(...queues);
const delay = fc.constantFrom(0, 0, 0, 1000, 40_000);

/** Any step. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      count: fc.integer({ min: 1, max: 5 }),
      priority: fc.nat(9),
      queue,
      delay,
      limits: fc.oneof(fc.constant([]), fc.constantFrom(...lanes)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("replace" as const), key: fc.constantFrom("x", "y"), queue, delay }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("limit" as const), setting: fc.constantFrom(...settings) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("take" as const), worker, limit: fc.nat(4) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("settle" as const, "retry" as const),
      worker,
      count: fc.integer({ min: 1, max: 3 }),
      delay,
      head: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("publish again" as const, "revoke" as const), pick: fc.nat(50) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("repeat" as const, "repeat" as const, "forget" as const, "leave" as const, "crash" as const),
      worker,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("change" as const), pick: fc.nat(50), priority: fc.nat(9), queue, delay }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("pause" as const, "resume" as const, "purge" as const), queue }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 90, 500, 5000, 20_000, 31_000) }),
  },
);
