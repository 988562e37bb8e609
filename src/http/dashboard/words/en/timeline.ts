/** The life of a task. */
export const timeline = {
  sent: "Sent",
  delayed: "Waited for its time",
  waited: "Waited in its queue",
  ran: "Ran",
  failed: "Ran and failed",
  backoff: "Waited for another try",
  earlier: "Earlier tries",
  rested: "Was a dead letter, then sent again",
  total: "Altogether",
  until: "until",
  attempt: (attempt: number) => `try ${attempt}`,
  now: {
    delayed: "Waits for its time",
    waited: "Waits in its queue",
    ran: "Runs",
    failed: "Ran and failed",
    backoff: "Waits for another try",
    earlier: "Earlier tries",
    rested: "Is a dead letter",
  },
};
