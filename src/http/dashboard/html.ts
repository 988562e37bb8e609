import type { HtmlEscapedString } from "hono/utils/html";

/** What a component gives. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
