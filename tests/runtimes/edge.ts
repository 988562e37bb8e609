/** The program on workerd, Cloudflare's runtime: one request runs it once. */
import { program } from "./program.ts";

interface Input {
  readonly url: string;
  readonly token: string;
  readonly name: string;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { url, token, name }: Input = await request.json();
    try {
      return Response.json(await program(url, token, name));
    } catch (error) {
      return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  },
};
