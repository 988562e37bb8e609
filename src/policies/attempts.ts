/**
 * The runs of a task so far. They travel with the message of its next try: asking the broker for them would be billed,
 * and a message that waits for its first run carries none.
 *
 * @module
 */
import type { ErrorInfo } from "../error_info.ts";
import type { Attempt, Message } from "../message.ts";

/** So many are kept: the last ones. */
const kept = 10;
/** The most characters of an error's parts. */
const longest = { type: 100, message: 256, stack: 1024 };

/** The runs of a message, this one included. */
export function withAttempt({ attempts = [] }: Message, { error, ...times }: Attempt): readonly Attempt[] {
  return Object.freeze([...attempts.slice(1 - kept), { ...times, ...(error ? { error: shorten(error) } : {}) }]);
}

/** A message as it was first sent: its runs, and what was said in them, are in the record beside it. */
export function withoutAttempts(message: Message): Message {
  if (message.attempts === undefined && message.log === undefined) return message;
  const { attempts: _attempts, log: _log, ...rest } = message;
  return Object.freeze(rest);
}

/** Without its causes, and only as long as ten of them may be in a message that waits. */
function shorten({ type, message, stack }: ErrorInfo): ErrorInfo {
  return {
    type: type.slice(0, longest.type),
    message: message.slice(0, longest.message),
    ...(stack === undefined ? {} : { stack: stack.slice(0, longest.stack) }),
  };
}
