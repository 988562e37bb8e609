/**
 * The reason of an abort that nobody looks at.
 *
 * @module
 */

/**
 * Given to `abort()` where a nap is cut short or something is let go of, for each task or turn: without a reason an error
 * is made, whose stack takes some 10 µs to gather.
 */
export const noReason = "it is over";
