/**
 * Stands in front of a REST server and, when told to, misbehaves as servers, gateways and networks do.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** How requests are answered, or not. */
export const faults = {
  /** An error in words. */
  "500": (socket) => answer(socket, "500 Internal Server Error", `{"error":"ERR internal error"}`),
  /** One without any. */
  "500 without a word": (socket) => answer(socket, "500 Internal Server Error", ""),
  /** A gateway that does not reach what is behind it. */
  "502 with HTML": (socket) => answer(socket, "502 Bad Gateway", "<html><h1>502 Bad Gateway</h1></html>", html),
  /** A page that wants somebody to log in. */
  "200 with HTML": (socket) => answer(socket, "200 OK", "<html><h1>Welcome</h1></html>", html),
  /** JSON of another program. */
  "200 with other JSON": (socket) => answer(socket, "200 OK", `{"status":"ok"}`),
  "200 with another result": (socket) => answer(socket, "200 OK", `{"result":"OK"}`),
  "half a JSON": (socket) => answer(socket, "200 OK", `{"result":["1","2`),
  "an answer that is cut off": (socket) => {
    socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"result":["1"`);
  },
  "a reset amid the answer": (socket) => {
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"result":["1"`,
      () => {
        socket.resetAndDestroy();
      },
    );
  },
  "a reset before the answer": (socket) => void socket.resetAndDestroy(),
  "silence": () => {},
  "an answer that never ends": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n");
    const timer = setInterval(() => socket.write("1\r\n \r\n"), 10);
    socket.once("close", () => clearInterval(timer));
  },
} as const satisfies Record<string, (socket: Socket) => void>;

const html = "text/html";

/** The name of one of them. */
export type Fault = keyof typeof faults;

/** Answers a request in its own way. */
export type Misbehaviour = (socket: Socket) => void;

/** Writes a whole answer, and ends the connection. */
export function answer(socket: Socket, status: string, body: string, type = "application/json", more = ""): void {
  const top =
    `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n${more}\r\n`;
  socket.end(top + body);
}

/** A server that passes everything on, until it is told otherwise. */
export class FaultyServer implements AsyncDisposable {
  /** What becomes of commands. */
  fault: Misbehaviour | undefined;
  /** What becomes of streams of events. */
  streamFault: Misbehaviour | undefined;
  /** How many commands met a fault, and how many streams. */
  met = { commands: 0, streams: 0 };
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #waiting = new Set<() => void>();

  /** Stands in front of this one; {@linkcode open} it. */
  constructor(target: string) {
    this.#target = new URL(target);
  }

  /** Its URL. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, on the port it had before if there was one. */
  async open(): Promise<this> {
    const server = this.#server = createServer((socket) => this.#serve(socket));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as { port: number }).port;
    return this;
  }

  /** Listens no more: connections are refused, and those there are end. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Resolves when so many commands more, or so many streams, have met a fault. */
  async meets(count: number, what: "commands" | "streams" = "commands"): Promise<void> {
    const most = this.met[what] + count;
    while (this.met[what] < most) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
      this.#waiting.clear();
    }
  }

  /** Ends the connections that stand, streams of events with them. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(near: Socket): void {
    this.#watch(near);
    let far: Socket | undefined;
    // One request at a time comes over a connection: its first piece says what it is.
    near.on("data", (bytes) => {
      const head = bytes.subarray(0, 16).toString();
      const isStream = head.startsWith("POST /subscribe");
      const isCommand = head.startsWith("POST / ");
      const fault = isStream ? this.streamFault : isCommand ? this.fault : undefined;
      if (fault) {
        this.met[isStream ? "streams" : "commands"]++;
        for (const wake of [...this.#waiting]) wake();
        // What still comes of this request is nobody's business.
        near.removeAllListeners("data");
        near.resume();
        return fault(near);
      }
      if (!far) {
        far = this.#watch(connect(Number(this.#target.port), this.#target.hostname));
        far.pipe(near);
        near.once("close", () => far!.destroy());
        far.once("close", () => near.destroy());
      }
      far.write(bytes);
    });
  }

  #watch(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
