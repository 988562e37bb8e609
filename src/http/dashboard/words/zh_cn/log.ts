import type { Words } from "../en.ts";

/** 任务日志 */
export const log: Words["log"] = {
  dropped: (_, text) => `更早的 ${text} 行已不再保留`,
  levels: { debug: "调试", info: "信息", warning: "警告", error: "错误" },
};
