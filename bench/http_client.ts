/**
 * Connections that send the same request again and again, one after another, as curl would: they take next to nothing of
 * the machine, which is to be the server's.
 */

/** What is asked. */
export interface Load {
  readonly url: string;
  readonly path: string;
  readonly body: unknown;
  /** How many connections. */
  readonly connections: number;
  /** How many requests in all. */
  readonly requests: number;
}

/** What came of it. */
export interface Answers {
  /** How many a second. */
  readonly rate: number;
  /** How long each took (ms), in order of size. */
  readonly times: readonly number[];
}

/** Sends all requests over so many connections. @throws When an answer is no success. */
export async function load({ url, path, body, connections, requests }: Load): Promise<Answers> {
  const { hostname, port, host } = new URL(url);
  const text = JSON.stringify(body);
  const request = new TextEncoder().encode(
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer s3cret\r\ncontent-type: application/json\r\n` +
      `content-length: ${text.length}\r\n\r\n${text}`,
  );
  const times: number[] = [];
  let left = requests;
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, async () => {
    using connection = await Deno.connect({ hostname, port: Number(port) });
    const reader = new AnswerReader(connection);
    while (left-- > 0) {
      const sent = performance.now();
      for (let at = 0; at < request.length;) at += await connection.write(request.subarray(at));
      await reader.read();
      times.push(performance.now() - sent);
    }
  }));
  const rate = requests / (performance.now() - start) * 1000;
  return { rate, times: times.sort((a, b) => a - b) };
}

/** Reads answers that tell their length. */
class AnswerReader {
  readonly #connection: Deno.TcpConn;
  readonly #chunk = new Uint8Array(65_536);
  readonly #decoder = new TextDecoder("latin1");
  #text = "";

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  async read(): Promise<void> {
    while (true) {
      const head = this.#text.indexOf("\r\n\r\n");
      if (head !== -1) {
        const length = Number(/^content-length: (\d+)/im.exec(this.#text.slice(0, head))?.[1] ?? 0);
        const end = head + 4 + length;
        if (this.#text.length >= end) {
          if (!this.#text.startsWith("HTTP/1.1 20")) throw new Error(this.#text.slice(0, end));
          this.#text = this.#text.slice(end);
          return;
        }
      }
      const count = await this.#connection.read(this.#chunk);
      if (count === null) throw new Error("The server closed the connection");
      this.#text += this.#decoder.decode(this.#chunk.subarray(0, count));
    }
  }
}
