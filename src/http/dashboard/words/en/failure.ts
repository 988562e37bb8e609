/** What a handler threw. */
export const failure = {
  stack: "Stack",
  cause: "Caused by",
};
