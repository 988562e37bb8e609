/** The tasks of the sign-up app. They belong to no app yet: app.ts and main.ts each take them into theirs. */
import { sharedTask } from "@umbel/umbel";
import { type Person, sendWelcomeMail } from "./mail.ts";

/** Sends the welcome mail; tries again after 1, 2, 4, … seconds while the mail server is away. */
export const welcome = sharedTask("welcome", { bind: true, maxRetries: 8 }, async (self, person: Person) => {
  try {
    await sendWelcomeMail(person, self.id);
  } catch (cause) {
    throw self.retry({ countdown: 2 ** self.retries, cause });
  }
});

/** Sent every 3 seconds: returns how many ms passed since. */
export const probe = sharedTask("probe", { resultExpires: "1m" }, (sentAt: number) => Date.now() - sentAt);
