/** The programs on Node and Bun: `node script.js PROGRAM URL TOKEN NAME`. */
import { programs } from "./programs.ts";

const { process } = globalThis as unknown as { process: { argv: string[] } };
const [, , program, url, token, name] = process.argv;
console.log(JSON.stringify(await programs[program!]!(url!, token!, name!)));
