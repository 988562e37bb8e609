/**
 * What the dashboard says, in each of its languages.
 *
 * @module
 */
import { en, type Words } from "./en.ts";
import { zhCN } from "./zh_cn.ts";

/** The languages, as browsers name them. */
export type Locale = "en" | "zh-CN";

/** All languages, with the name that each has for itself. */
export const locales: { readonly [locale in Locale]: string } = { en: "English", "zh-CN": "简体中文" };

const said: { readonly [locale in Locale]: Words } = { en, "zh-CN": zhCN };

/** What is said in a language. */
export function wordsOf(locale: Locale): Words {
  return said[locale];
}

/** The language of a switch or a cookie. */
export function readLocale(text: string | undefined): Locale | undefined {
  return text !== undefined && Object.hasOwn(locales, text) ? text as Locale : undefined;
}

/** The best of an `Accept-Language`: all kinds of Chinese get the simplified one, whatever else gets English. */
export function preferredLocale(accepted: string | undefined): Locale {
  const wanted = (accepted ?? "").split(",").map((one) => {
    const [tag = "", ...parameters] = one.trim().split(";");
    const quality = Number(/^\s*q=([\d.]+)$/.exec(parameters[0] ?? "")?.[1] ?? 1);
    return { tag: tag.toLowerCase(), quality };
  }).filter(({ quality }) => quality > 0).sort((one, other) => other.quality - one.quality);
  for (const { tag } of wanted) {
    if (/^zh\b/.test(tag)) return "zh-CN";
    if (/^en\b/.test(tag)) return "en";
  }
  return "en";
}
