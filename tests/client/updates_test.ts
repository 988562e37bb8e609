import { assertEquals, assertRejects } from "@std/assert";
import { BrokerUnavailable, Client, type RemoteUpdate, UnknownTaskId } from "@umbel/umbel/client";
import { ManualClock } from "@umbel/umbel/testing";

/** What a server sends into one stream: pieces of text; it is torn at the end when `torn`. */
interface Stream {
  readonly pieces: readonly (string | Uint8Array<ArrayBuffer>)[];
  readonly torn?: boolean;
  readonly status?: number;
}

/** A client whose server sends these streams, one for each request; and the `Last-Event-ID` of each. */
function scripted(...streams: readonly Stream[]) {
  const clock = new ManualClock();
  const lastIds: (string | null)[] = [];
  const encoder = new TextEncoder();
  const client = new Client("http://shop.example", {
    clock,
    fetch: (...args) => {
      const request = new Request(...args);
      const { pieces, torn, status = 200 } = streams[Math.min(lastIds.length, streams.length - 1)]!;
      lastIds.push(request.headers.get("last-event-id"));
      const rest = pieces.map((piece) => typeof piece === "string" ? encoder.encode(piece) : piece);
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = rest.shift();
          if (piece) return controller.enqueue(piece);
          if (torn) controller.error(new TypeError("torn"));
          else controller.close();
        },
      });
      const headers = { "content-type": status === 200 ? "text/event-stream" : "application/problem+json" };
      return Promise.resolve(new Response(status === 204 ? null : body, { status, headers }));
    },
  });
  return { client, clock, lastIds };
}

/** All updates, while the clock moves on. */
async function allOf(client: Client, clock: ManualClock): Promise<string[]> {
  const seen: RemoteUpdate[] = [];
  const reading = (async () => {
    for await (const update of client.result("a").updates()) seen.push(update);
    return true;
  })();
  let isOver = false;
  void reading.then(() => isOver = true, () => isOver = true);
  while (!isOver) await clock.advance("1s");
  await reading;
  return seen.map((update) =>
    update.kind === "state" ? update.state : update.kind === "log" ? update.message : `${update.current}`
  );
}

const state = (state: string, id = "0", more = {}) =>
  `id: ${id}\nevent: state\ndata: ${JSON.stringify({ id: "a", state, ended: false, ...more })}\n\n`;
const progress = (current: number, id = "0") => `id: ${id}\nevent: progress\ndata: {"current":${current}}\n\n`;
const line = (message: string, line: number) =>
  `id: ${line}\nevent: log\ndata: ${
    JSON.stringify({ line, at: "2026-11-21T12:00:00.000Z", level: "info", message })
  }\n\n`;
const problem = (code: string) => `event: problem\ndata: ${JSON.stringify({ code, detail: "so it is" })}\n\n`;
const end = state("SUCCESS", "end", { ended: true });

Deno.test("updates() goes on with the next stream where the last one broke, and tells nothing twice", async () => {
  const { client, clock, lastIds } = scripted(
    { pieces: [state("STARTED"), progress(1), line("one", 1)], torn: true },
    { pieces: [": nothing new\n\n", state("STARTED", "1"), progress(1, "1")] },
    { pieces: [state("STARTED", "1"), progress(2, "1"), line("two", 2), end], torn: true },
  );
  assertEquals(await allOf(client, clock), ["STARTED", "1", "one", "2", "two", "SUCCESS"]);
  assertEquals(lastIds, [null, "1", "1"]);
});

Deno.test("updates() reads events however they are cut and written", async () => {
  const text = `\r\n: hello\r\nevent:log\r\ndata:{"message":\r\ndata: "grün","line":1,"level":"info"}\r\nid\r\n\r\n` +
    `event: later\ndata: {}\n\nretry: 5\nevent: nothing\n\n${end}`;
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 1000]) {
    const pieces = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
    const { client, clock } = scripted({ pieces });
    assertEquals(await allOf(client, clock), ["grün", "SUCCESS"]);
  }
});

Deno.test("updates() goes on after a problem that passes, and throws one that does not", async () => {
  const passing = scripted({ pieces: [state("QUEUED"), problem("broker_unavailable")] }, { pieces: [end] });
  assertEquals(await allOf(passing.client, passing.clock), ["QUEUED", "SUCCESS"]);
  const gone = scripted({ pieces: [state("QUEUED"), problem("unknown_id")] });
  await assertRejects(() => allOf(gone.client, gone.clock), UnknownTaskId, "so it is");
  const away = scripted({ pieces: ['{"code":"broker_unavailable","detail":"away"}'], status: 503 });
  await assertRejects(() => allOf(away.client, away.clock), BrokerUnavailable, "away");
});

Deno.test("updates() ends when the server says that it has nothing more to say", async () => {
  const { client, clock } = scripted({ pieces: [state("QUEUED")] }, { pieces: [], status: 204 });
  assertEquals(await allOf(client, clock), ["QUEUED"]);
});
