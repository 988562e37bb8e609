/** The task that the page watches. */
import { Umbel } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

export const app = new Umbel("album", { broker: sqlite(":memory:") });

/** Makes the small pictures of an album. */
export const album = app.task("make_album", { bind: true }, async (self, title: string, pictures: number) => {
  for (let done = 0; done < pictures; done++) {
    self.progress(done, pictures, `picture ${done + 1}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (done % 4 === 3) self.log(`${done + 1} of ${pictures} are done`);
  }
  return { title, pictures };
});
