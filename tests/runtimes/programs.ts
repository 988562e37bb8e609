/** The programs, by the names under which a runtime is told to run one. */
import { clientProgram } from "./client_program.ts";
import { type Outcome, program } from "./program.ts";

export const programs: {
  readonly [name: string]: (url: string, token: string, runtime: string) => Promise<Outcome>;
} = { app: program, client: clientProgram };
