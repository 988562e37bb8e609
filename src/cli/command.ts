/**
 * What a command is made of: its options, its help, and how its part of the command line is read.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Duration, milliseconds } from "../options/duration.ts";
import { nearest } from "../options/nearest.ts";
import { type ExitCode, exitCodes } from "./exit_codes.ts";
import { report, UsageError } from "./failure.ts";

/** An option: it takes a value when `value` says what of, else it is a switch. */
export interface Option {
  /** Its letter. */
  readonly short?: string;
  /** What its value is called in the help. */
  readonly value?: string;
  /** Whether it may be there several times. */
  readonly many?: true;
  /** One line of help. */
  readonly help: string;
}

/** Options by their long names. */
export type Options = { readonly [name: string]: Option };

/** What was given: the text of an option that takes a value, or all of them, and whether a switch is there. */
export type Values<Of extends Options> = {
  readonly [name in keyof Of]: Of[name] extends { readonly many: true } ? readonly string[]
    : Of[name] extends { readonly value: string } ? string | undefined
    : boolean;
};

/** What a command is made of. */
export interface CommandDefinition<Of extends Options> {
  /** Its name. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** What must stand beside its name, in this order: `NAME`. */
  readonly operands: readonly string[];
  /** What may stand after them, any number of it: `ID`. */
  readonly rest?: string;
  /** Its options. */
  readonly options: Of;
  /** Command lines that show how it is used. */
  readonly examples: readonly string[];
  /** Does it. */
  run(options: Values<Of>, operands: readonly string[]): Promise<ExitCode>;
}

/** A command, ready to be given its part of the command line. */
export interface Command {
  /** Its name. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Does it; what goes wrong is said on stderr. */
  run(args: readonly string[]): Promise<ExitCode>;
}

/** Options that most commands have. */
export const common = {
  app: { short: "A", value: "FILE", help: "the file that exports the app" },
  broker: {
    short: "b",
    value: "URL",
    help: "https://:token@host, umbel+https://… or sqlite:./path, instead of the app's own",
  },
  loglevel: { short: "l", value: "LEVEL", help: "debug, info, warning or error; debug shows stacks too" },
} as const satisfies Options;

/** Where the name of an app is enough. */
export const anyApp = {
  app: { short: "A", value: "FILE|NAME", help: "the file that exports the app, or the app's name" },
} as const satisfies Options;

const helpOption: Options = { help: { short: "h", help: "this help" } };

/** Makes a command. */
export function command<const Of extends Options>(definition: CommandDefinition<Of>): Command {
  const options = { ...definition.options, ...helpOption };
  const help = helpOf({ ...definition, options });
  return {
    name: definition.name,
    summary: definition.summary,
    help,
    async run(args) {
      let debug = false;
      try {
        const { given, operands } = read(definition.name, options, args);
        debug = String(given.loglevel).toLowerCase() === "debug";
        if (given.help) {
          console.log(help);
          return exitCodes.ok;
        }
        checkOperands(definition, operands);
        return await definition.run(given as Values<Of>, operands);
      } catch (error) {
        return report(error, debug);
      }
    },
  };
}

type Given = { readonly [name: string]: unknown };

function read(name: string, options: Options, args: readonly string[]): { given: Given; operands: readonly string[] } {
  const texts = Object.keys(options).filter((option) => options[option]!.value !== undefined);
  const { _: operands, ...given } = parseArgs([...args], {
    string: [...texts, "_"],
    collect: texts.filter((option) => options[option]!.many),
    boolean: Object.keys(options).filter((option) => options[option]!.value === undefined),
    alias: Object.fromEntries(Object.entries(options).flatMap(([long, { short }]) => short ? [[long, short]] : [])),
    unknown: (arg, key) => {
      if (key !== undefined) throw new UsageError(unknownOption(name, options, arg, key));
    },
  });
  for (const option of texts) {
    if (given[option] === "" || (Array.isArray(given[option]) && given[option].includes(""))) {
      throw new UsageError(`${spelled(option, options)} needs a value: ${options[option]!.value}`);
    }
  }
  return { given, operands: operands.map(String) };
}

function unknownOption(name: string, options: Options, arg: string, key: string): string {
  const written = arg.startsWith("--") ? `--${key}` : arg.length > 2 ? arg.split("=")[0]! : `-${key}`;
  const said = `${written} is no option of ${name}`;
  const word = written.replace(/^-+/, "");
  if (word.length === 1) {
    const other = Object.values(options).find(({ short }) => short?.toLowerCase() === word.toLowerCase());
    return other ? `${said}: did you mean -${other.short}?` : `${said}: umbel ${name} --help lists them`;
  }
  const meant = nearest(word, Object.keys(options));
  return meant ? `${said}: did you mean --${meant}?` : `${said}: umbel ${name} --help lists them`;
}

function checkOperands(definition: CommandDefinition<Options>, operands: readonly string[]): void {
  const { name, operands: wanted, rest } = definition;
  if (operands.length < wanted.length) {
    throw new UsageError(`${name} needs ${wanted[operands.length]}: umbel ${usage(definition)}`);
  }
  if (operands.length > wanted.length && rest === undefined) {
    throw new UsageError(`${name} takes no ${JSON.stringify(operands[wanted.length])}: umbel ${usage(definition)}`);
  }
}

function usage({ name, operands, rest }: Pick<CommandDefinition<Options>, "name" | "operands" | "rest">): string {
  return [name, ...operands, ...(rest === undefined ? [] : [`[${rest}…]`]), "[options]"].join(" ");
}

function spelled(name: string, options: Options): string {
  const { short } = options[name]!;
  return short ? `-${short}, --${name}` : `--${name}`;
}

function helpOf({ summary, options, examples, ...named }: Omit<CommandDefinition<Options>, "run">): string {
  const rows = Object.entries(options).map(([long, { short, value, help }]) => {
    const left = `${short ? `-${short}, ` : "    "}--${long}${value ? ` ${value}` : ""}`;
    return [left, help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    summary,
    "",
    `Usage: umbel ${usage(named)}`,
    "",
    "Options:",
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
  ].join("\n");
}

/** The part of a command line that says the same. */
export function argsOf(given: { readonly [name: string]: string | boolean | undefined }): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? `--${name}` : `--${name}=${value}`;
  });
}

/** The number that an option's text says. */
export function readNumber(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`${option} must be a number, and it is ${JSON.stringify(text)}`);
}

/** The port that an option's text says. */
export function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--port must be a whole number from 0 to 65535, and it is ${JSON.stringify(text)}`);
}

/** The address that an option's text says, of this machine alone where it names a port and no host: `9100`, `[::]:9100`. */
export function readAddress(
  text: string,
  option: string,
): { readonly hostname: string; readonly port: number } {
  const [, host = "127.0.0.1", port = ""] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port !== "" && Number(port) <= 65_535) {
    return { hostname: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
  }
  throw new UsageError(`${option} must be a port or HOST:PORT, as in 0.0.0.0:9100, and it is ${JSON.stringify(text)}`);
}

/** A duration: seconds when no unit is given. What else it may be is checked where it is used. */
export function readDuration(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** A time: ISO 8601 text, or so long before now. */
export function readPast(text: string | undefined, option: string, now: number): string | number | undefined {
  if (text === undefined || /^\d{4}-/.test(text)) return text;
  try {
    return now - milliseconds(readDuration(text) as Duration, option);
  } catch {
    throw new UsageError(
      `${option} must be ISO 8601, as 2027-01-31T08:00:00Z, or so long ago, as 10m, and it is ${JSON.stringify(text)}`,
    );
  }
}

/** The JSON that an option's text says. */
export function readJson(text: string | undefined, option: string): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${option} must be JSON, and it is ${JSON.stringify(text)}`);
  }
}

/** The names of a list with commas. */
export function readList(text: string | undefined): string[] | undefined {
  return text?.split(",").map((part) => part.trim()).filter((part) => part !== "");
}
