/**
 * How one client bears a broker that is away: pauses grow with the time since it last answered, are different for each
 * client, and are as long as the server asks for. All calls of a client share that, so that a call that comes late does
 * not begin with the haste of the first.
 *
 * @module
 */

/** The first pause between tries, and the longest (ms): in between, as long again as there was no answer so far. */
const pauses = { first: 25, longest: 5000 };

/** Bears the absence of one broker. All times are of one clock that goes evenly (ms). */
export class Patience {
  #awaySince: number | undefined;
  #notBefore = -Infinity;

  /** It has answered. */
  answered(): void {
    this.#awaySince = undefined;
    this.#notBefore = -Infinity;
  }

  /**
   * It has not.
   *
   * @param asked For how long it asks to be left alone.
   * @returns How long to pause.
   */
  failed(now: number, asked = 0): number {
    this.#awaySince ??= now;
    const pause = Math.min(Math.max(now - this.#awaySince, pauses.first), pauses.longest);
    // Else all who lost it at the same time would be back at the same time.
    const jittered = pause * (0.5 + Math.random() / 2);
    if (asked > 0) this.#notBefore = Math.max(this.#notBefore, now + asked * (1 + Math.random() / 10));
    return Math.max(jittered, this.pause(now));
  }

  /** For how long it has asked to be left alone by whoever comes now. */
  pause(now: number): number {
    return Math.max(this.#notBefore - now, 0);
  }
}
