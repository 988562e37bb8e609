/** The tasks of the sign-up app. They belong to no app yet: app.ts and main.ts each take them into theirs. */
import { type BeatSchedule, sharedTask } from "@umbel/umbel";
import { type Person, sendWelcomeMail } from "./mail.ts";

/** Sends the welcome mail; while the mail server is away it tries again after up to 1, 2, 4, … seconds. */
export const welcome = sharedTask(
  "welcome",
  { bind: true, retry: { max: 8, delay: "1s" } },
  async (self, person: Person) => await sendWelcomeMail(person, self.id),
);

/** Returns how many ms passed since. */
export const probe = sharedTask("probe", { resultExpires: "1m" }, (sentAt: number) => Date.now() - sentAt);

/** What a beat sends. */
export const periodic: BeatSchedule = {
  "every-3-seconds": { task: probe, schedule: 3, args: () => [Date.now()] },
};
