import type { Words } from "../en.ts";

/** 登录页面 */
export const login: Words["login"] = {
  title: "登录",
  token: "令牌",
  hint: "启动此服务器时设置的令牌之一，只需输入一次。",
  user: "用户",
  userHint: "使用令牌登录时请留空。",
  secret: "密码或令牌",
  blind: "令牌有效，但没有读取权限：仪表板需要 read 权限。",
  often: "尝试过于频繁，请稍候。",
  submit: "登录",
  wrong: "未知的令牌。请检查是否复制完整。",
  bye: "您已退出登录。",
};
