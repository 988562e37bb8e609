/**
 * Chance for tests, as far as they leave anything to it.
 */
import fc from "fast-check";

const given = Deno.env.get("UMBEL_TEST_SEED");

/**
 * What random tests begin with: in CI always the same, so that a run there depends on the code alone; elsewhere another one
 * each time, which a failure tells. `UMBEL_TEST_SEED` names one.
 */
export const seed: number = given !== undefined
  ? Number(given)
  : Deno.env.get("CI") === "true"
  ? 20_261_121
  : Math.floor(Math.random() * 2 ** 31);

/** Has all properties of a test file begin with it. */
export function seedProperties(): void {
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}

/** Numbers from 0 to 1 that are the same for the same seed: mulberry32. */
export function numbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
