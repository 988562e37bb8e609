import type { Words } from "../en.ts";

/** JSON 值 */
export const json: Words["json"] = {
  items: (_, text) => `${text} 项`,
  members: (_, text) => `${text} 个成员`,
  from: (first, last) => `第 ${first} 至 ${last} 项`,
  showAll: (length) => `显示全部 ${length} 个字符`,
  asText: (length) => `${length} 个字符的 JSON`,
};
