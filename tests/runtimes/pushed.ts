/** An app on workerd that works when it is asked to, and sends a task and wakes a worker, both by request. */
import { Umbel } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";

interface Env {
  readonly UPSTASH_REDIS_REST_URL: string;
  readonly UPSTASH_REDIS_REST_TOKEN: string;
  readonly SECRET: string;
  /** Where a worker is woken. */
  readonly WAKE: string;
}

export default {
  async fetch(request: Request, env: Env, context: { waitUntil(over: Promise<void>): void }): Promise<Response> {
    const { SECRET: token, WAKE: url, ...rest } = env;
    const waitUntil = (over: Promise<void>) => context.waitUntil(over);
    const app = new Umbel("pushed", { env: rest, ...(url ? { wake: { url, token, waitUntil } } : {}) });
    app.task("add", (x: number, y: number) => x + y);
    return await http(app, { tokens: [token] }).fetch(request);
  },
};
