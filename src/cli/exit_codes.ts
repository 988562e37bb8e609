/**
 * What the command line exits with, by name. Listed in docs/cli.md.
 *
 * @module
 */

/** The exit codes. */
export const exitCodes = {
  /** It went well. */
  ok: 0,
  /** The task ended in `FAILURE`, was revoked, or expired; a worker of `multi status` is down, or one that was asked does not answer. */
  failed: 1,
  /** An option, an argument or a file is not as it must be. */
  usage: 2,
  /** Nothing is known of the task of that id. */
  unknown: 3,
  /** Broker, Redis or port cannot be had now, a queue is full, or no worker answers. */
  unavailable: 69,
  /** Something that should not have happened: a bug. */
  internal: 70,
  /** The task has not ended yet; or a worker of `multi stop` still runs. */
  pending: 75,
  /** The broker refused (a wrong token, a task that is there), the system did (a missing permission), or a result is sealed. */
  refused: 77,
  /** A second Ctrl-C: stopped at once. */
  interrupted: 130,
} as const;

/** One of them. */
export type ExitCode = typeof exitCodes[keyof typeof exitCodes];
