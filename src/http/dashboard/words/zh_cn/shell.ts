import type { Words } from "../en.ts";

/** 页面框架 */
export const shell: Omit<
  Words,
  | "bill"
  | "dead"
  | "failure"
  | "form"
  | "history"
  | "json"
  | "log"
  | "login"
  | "overview"
  | "queues"
  | "schedules"
  | "send"
  | "task"
  | "tasks"
  | "timeline"
  | "workers"
> = {
  title: (page, app) => `${page} · ${app} · Umbel`,
  skip: "跳到正文",
  menu: "菜单",
  sections: "栏目",
  nav: {
    overview: "概览",
    tasks: "任务",
    send: "发送",
    queues: "队列",
    workers: "Worker",
    schedules: "定时任务",
    dead: "死信",
    statistics: "统计",
    bill: "账单",
  },
  preferences: "语言与外观",
  language: "语言",
  theme: { label: "外观", auto: "跟随系统", light: "浅色", dark: "深色" },
  logOut: "退出登录",
  readOnly: "只读",
  readOnlyHint: "此处不能更改任何内容",
  live: { on: "实时", off: "已暂停", lost: "正在重新连接…", pause: "暂停实时更新", resume: "恢复实时更新" },
  confirm: { title: "确定吗？", yes: "确定", no: "取消", type: (text) => `请输入 ${text} 以继续` },
  copy: { label: "复制", done: "已复制" },
  actions: "操作",
  apply: "应用",
  clear: "清除",
  next: "下一页",
  back: "返回",
  none: "无",
  chart: { table: "以表格显示数据", from: "起始" },
  units: { ms: "毫秒", s: "秒", min: "分钟", h: "小时", d: "天" },
  ago: (time) => `${time}前`,
  states: {
    SCHEDULED: "已计划",
    QUEUED: "排队中",
    STARTED: "运行中",
    RETRY: "待重试",
    SUCCESS: "成功",
    FAILURE: "失败",
    REVOKED: "已撤销",
    EXPIRED: "已过期",
    PROGRESS: "进行中",
  },
  errors: {
    title: "操作未成功",
    away: "无法连接 Broker",
    again: "重试",
    notFound: "页面不存在",
    notFoundHint: "页面已移动，或其内容已不再保留。",
    home: "前往概览",
    broker: "无法连接到 Broker。每次加载此页面时都会重试。",
    internal: "服务器出现问题，详情见日志。",
    readOnly: "不能更改：此仪表板为只读。",
    scope: "您的令牌没有执行此操作的权限。",
    session: "会话已结束，请重新登录。",
    form: "此表单已失效。请返回并重新加载页面后再试。",
  },
};
