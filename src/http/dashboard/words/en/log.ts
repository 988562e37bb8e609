/** What a task's handler said. */
export const log = {
  dropped: (count: number, text: string) =>
    count === 1 ? "1 earlier line is no longer kept" : `${text} earlier lines are no longer kept`,
  levels: { debug: "debug", info: "info", warning: "warning", error: "error" },
};
