/** The program on Node and Bun: `node script.js URL TOKEN NAME`. */
import { program } from "./program.ts";

const { process } = globalThis as unknown as { process: { argv: string[] } };
const [, , url, token, name] = process.argv;
console.log(JSON.stringify(await program(url!, token!, name!)));
