/** What a browser sends for the fields of a page, read from its HTML. */
export function submitted(html: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const { 1: tag, 2: attributes, 3: content } of html.matchAll(controls)) {
    const { name, type, value = "on", checked } = read(attributes!);
    if (name === undefined || type === "submit") continue;
    if ((type === "checkbox" || type === "radio") && checked === undefined) continue;
    if (tag === "textarea") entries.set(name, asSent(unescape(content!.replace(/^\n/, ""))));
    else if (tag === "select") entries.set(name, chosenOf(content!));
    else entries.set(name, type === "checkbox" ? value : asSent(read(attributes!).value ?? ""));
  }
  return entries;
}

const controls =
  /<(input|textarea|select)\b((?:[^>"]|"[^"]*")*)>(?:(?<=<(?:textarea|select)\b(?:[^>"]|"[^"]*")*>)(.*?)<\/\1>)?/gs;

function chosenOf(content: string): string {
  const options = [...content.matchAll(/<option\b((?:[^>"]|"[^"]*")*)>/g)].map(([, attributes]) => read(attributes!));
  return (options.find(({ selected }) => selected !== undefined) ?? options[0])?.value ?? "";
}

function read(attributes: string): { readonly [name: string]: string | undefined } {
  return Object.fromEntries(
    [...attributes.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value]) => [name, unescape(value ?? "")]),
  );
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** Browsers end every line with two characters, and send no halves of surrogate pairs. */
function asSent(text: string): string {
  return text.replaceAll(/\r?\n/g, "\r\n").toWellFormed();
}
