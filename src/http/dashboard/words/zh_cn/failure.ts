import type { Words } from "../en.ts";

/** 处理函数抛出的错误 */
export const failure: Words["failure"] = {
  stack: "调用栈",
  cause: "由以下错误引起",
};
