/** The programs on workerd, Cloudflare's runtime: one request runs one once. */
import { programs } from "./programs.ts";

interface Input {
  readonly program: string;
  readonly url: string;
  readonly token: string;
  readonly name: string;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { program, url, token, name }: Input = await request.json();
    try {
      return Response.json(await programs[program]!(url, token, name));
    } catch (error) {
      return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  },
};
