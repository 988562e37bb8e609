/**
 * The command line: workers, calls, results, and the servers.
 *
 * ```sh
 * deno run -A @umbel/umbel/cli worker -A shop.ts -Q default,mail -c 20
 * deno run -A @umbel/umbel/cli call add -A shop.ts --args '[1, 2]' --wait
 * deno run -A @umbel/umbel/cli --help
 * ```
 *
 * The import map of the project says which version `@umbel/umbel` is, for the command line and for the app; elsewhere it is
 * `jsr:@umbel/umbel/cli`. It is a program, and exports nothing.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";

// The app's file may leave timers and connections open: they are not to keep a finished command alive.
if (import.meta.main) Deno.exit(await main(Deno.args));
