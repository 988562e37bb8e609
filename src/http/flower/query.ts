/**
 * The language in which Flower's tasks are searched: terms, `AND`, `OR` and parentheses; `state:FAILURE`,
 * `kwargs:a=b`, `"two words"`.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import type { FlowerTask } from "./format.ts";

/** Says whether a task is meant. */
export type TaskTest = (task: FlowerTask) => boolean;

const fields = ["name", "state", "worker", "args", "kwargs", "result"];
/** What a term without a field is looked for in. */
const everywhere = ["uuid", ...fields];
/** Shorter terms would find nearly everything. */
const shortest = 3;
const longestQuery = 2048;
const deepest = 5;

interface Token {
  readonly kind: "(" | ")" | "AND" | "OR" | "term" | "end";
  readonly text: string;
  readonly at: number;
}

/** Reads a query; an empty one means every task. @throws {InvalidInput} When it breaks a rule of the language. */
export function readTaskQuery(query: string): TaskTest {
  if (query.length > longestQuery) throw wrong(`Query exceeds ${longestQuery} characters`);
  const reader = new QueryReader(tokensOf(query));
  return reader.read();
}

function wrong(sentence: string, at?: number): InvalidInput {
  return new InvalidInput("search", `${sentence}${at === undefined ? "" : ` at position ${at}`}.`);
}

function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length;) {
    const rest = query.slice(at);
    const space = /^\s+/.exec(rest)?.[0];
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const sign = rest[0];
    if (sign === "(" || sign === ")") {
      tokens.push({ kind: sign, text: sign, at: at++ });
      continue;
    }
    // Quotes hold words together, and may stand within a term: result:"connection refused". Each backslash is read in
    // one way only: else a phrase of many that does not end would take as long as there are ways to read it.
    const raw = /^(?:\\["\\]|"(?:\\["\\]|[^"\\]|\\(?!["\\]))*"|[^\s()"])+/.exec(rest)?.[0];
    if (raw === undefined) throw wrong("Unterminated quoted phrase", at);
    tokens.push(termOf(raw, at));
    at += raw.length;
  }
  return [...tokens, { kind: "end", text: "", at: query.length }];
}

function termOf(raw: string, at: number): Token {
  const text = raw.replace(/\\(["\\])|"/g, "$1");
  if (text === "") throw wrong("Empty search term", at);
  if (raw === "NOT") throw wrong("NOT is not supported", at);
  return { kind: raw === "AND" || raw === "OR" ? raw : "term", text, at };
}

/** Reads terms into a test: `OR` binds less than `AND`, which may be left out. */
class QueryReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  #token(): Token {
    return this.#tokens[this.#next]!;
  }

  read(): TaskTest {
    if (this.#token().kind === "end") return () => true;
    const test = this.#either(0);
    if (this.#token().kind !== "end") throw wrong(`Unexpected '${this.#token().text}'`, this.#token().at);
    return test;
  }

  #either(depth: number): TaskTest {
    const tests = [this.#all(depth)];
    while (this.#token().kind === "OR") {
      this.#next++;
      tests.push(this.#all(depth));
    }
    return (task) => tests.some((test) => test(task));
  }

  #all(depth: number): TaskTest {
    const tests = [this.#one(depth)];
    while (["AND", "term", "("].includes(this.#token().kind)) {
      if (this.#token().kind === "AND") this.#next++;
      tests.push(this.#one(depth));
    }
    return (task) => tests.every((test) => test(task));
  }

  #one(depth: number): TaskTest {
    const { kind, text, at } = this.#token();
    if (kind === "(") {
      if (depth === deepest) throw wrong(`Query nesting exceeds ${deepest} levels`, at);
      this.#next++;
      const test = this.#either(depth + 1);
      if (this.#token().kind !== ")") throw wrong("Missing closing parenthesis", at);
      this.#next++;
      return test;
    }
    if (kind !== "term") throw wrong("Expected a search term", at);
    this.#next++;
    return testOf(text, at);
  }
}

function testOf(text: string, at: number): TaskTest {
  const [, named, said] = /^(\w+):(.*)$/s.exec(text) ?? [];
  const field = fields.find((one) => one === named?.toLowerCase());
  const value = (field ? said! : text).toLowerCase();
  if (!field && text.startsWith("-")) throw wrong("Negation with '-' is not supported", at);
  if (value === "") throw wrong("Search qualifier requires a value", at);
  if (field === "state") return (task) => textOf(task, "state") === value;
  // Arguments have places here, and no names.
  if (field === "kwargs" && value.includes("=")) return () => false;
  if (value.trim().length < shortest) {
    throw wrong(`Substring search terms must contain at least ${shortest} characters`, at);
  }
  const looked = field ? [field] : everywhere;
  return (task) => looked.some((one) => textOf(task, one).includes(value));
}

function textOf(task: FlowerTask, field: string): string {
  const value = task[field];
  return typeof value === "string" ? value.toLowerCase() : "";
}
