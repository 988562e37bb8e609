import type { Words } from "../en.ts";

/** 任务的生命周期 */
export const timeline: Words["timeline"] = {
  sent: "已发送",
  delayed: "等待预定时间",
  waited: "在队列中等待",
  ran: "运行",
  failed: "运行失败",
  backoff: "等待重试",
  earlier: "更早的执行",
  rested: "成为死信后重新发送",
  total: "总计",
  until: "至",
  attempt: (attempt) => `第 ${attempt} 次执行`,
  now: {
    delayed: "正在等待预定时间",
    waited: "正在队列中等待",
    ran: "正在运行",
    failed: "运行失败",
    backoff: "正在等待重试",
    earlier: "更早的尝试",
    rested: "当前为死信",
  },
};
