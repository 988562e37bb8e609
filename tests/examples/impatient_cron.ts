/** In place of `Deno.cron`: the same, but what it is told to do each minute it does at once and again and again. */
Object.defineProperty(Deno, "cron", {
  value: async (name: string, schedule: string, handler: () => Promise<void>) => {
    if (!["drain", "beat of deploy"].includes(name) || schedule !== "* * * * *") {
      throw new Error(`Another cron than expected: ${name} ${schedule}`);
    }
    while (true) {
      await handler();
      await new Promise((next) => setTimeout(next, 100));
    }
  },
});
