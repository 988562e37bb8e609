/**
 * Connections that send requests one after another, as curl would: they take next to nothing of the machine, which is to
 * be the server's.
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

/** Sends the same request again and again over so many connections. @throws When an answer is no success. */
export async function load({ url, path, body, connections, requests }: Load): Promise<Answers> {
  const text = JSON.stringify(body);
  const times: number[] = [];
  let left = requests;
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, async () => {
    using connection = await PlainConnection.open(url);
    while (left-- > 0) {
      const sent = performance.now();
      await connection.post(path, text);
      times.push(performance.now() - sent);
    }
  }));
  const rate = requests / (performance.now() - start) * 1000;
  return { rate, times: times.sort((a, b) => a - b) };
}

const [encoder, decoder] = [new TextEncoder(), new TextDecoder("latin1")];

/** A connection that reads answers that tell their length. */
export class PlainConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #host: string;
  readonly #chunk = new Uint8Array(65_536);
  #text = "";

  private constructor(connection: Deno.TcpConn, host: string) {
    this.#connection = connection;
    this.#host = host;
  }

  /** Connects to the server of a URL. */
  static async open(url: string): Promise<PlainConnection> {
    const { hostname, port, host } = new URL(url);
    return new PlainConnection(await Deno.connect({ hostname, port: Number(port) }), host);
  }

  /** Sends JSON, and returns the body of the answer. @throws When it is no success. */
  async post(path: string, body: string): Promise<string> {
    const request = encoder.encode(
      `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\nauthorization: Bearer s3cret\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    for (let at = 0; at < request.length;) at += await this.#connection.write(request.subarray(at));
    return await this.#read();
  }

  async #read(): Promise<string> {
    while (true) {
      const head = this.#text.indexOf("\r\n\r\n");
      if (head !== -1) {
        const length = Number(/^content-length: (\d+)/im.exec(this.#text.slice(0, head))?.[1] ?? 0);
        const end = head + 4 + length;
        if (this.#text.length >= end) {
          const answer = this.#text.slice(0, end);
          if (!answer.startsWith("HTTP/1.1 20")) throw new Error(answer);
          this.#text = this.#text.slice(end);
          return answer.slice(head + 4);
        }
      }
      const count = await this.#connection.read(this.#chunk);
      if (count === null) throw new Error("The server closed the connection");
      this.#text += decoder.decode(this.#chunk.subarray(0, count));
    }
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
