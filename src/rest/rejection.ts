/**
 * Why a request is answered with an error, and with which status.
 *
 * @module
 */

/** A request that is not carried out, or not to its end. */
export class Rejection extends Error {
  /** The HTTP status to answer with. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Redis is away, or went away while the command was on its way. */
export class Unavailable extends Rejection {
  constructor(reason: string) {
    super(503, `UNAVAILABLE ${reason}`);
  }
}
