import { connect, type Socket } from "node:net";

/** A server may give an idle connection up after 5 seconds: one that is asked after less is there. */
const KEPT_MS = 4_000;

/** One keep-alive connection that asks one thing at a time: a client that costs little beside what it measures. */
export class Wire {
  private socket: Socket | undefined;
  private waiting:
    | { resolve: (answer: { status: number; body: string }) => void; reject: (e: Error) => void }
    | undefined;
  private got: Buffer = Buffer.alloc(0);
  private usedAt = 0;

  constructor(private readonly port: number) {}

  private opened(): Socket {
    const isFresh = performance.now() - this.usedAt < KEPT_MS;
    this.usedAt = performance.now();
    if (this.socket && !this.socket.destroyed && isFresh) return this.socket;
    this.close();
    this.got = Buffer.alloc(0);
    const socket = connect(this.port, "127.0.0.1");
    socket.setNoDelay(true);
    const lost = (error?: Error) => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      const { waiting } = this;
      this.waiting = undefined;
      waiting?.reject(error ?? new Error("the connection ended"));
    };
    socket.on("error", lost).on("close", () => lost());
    socket.on("data", (data) => this.heard(data));
    this.socket = socket;
    return socket;
  }

  private heard(data: Buffer): void {
    this.got = this.got.length === 0 ? data : Buffer.concat([this.got, data]);
    const end = this.got.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.got.toString("latin1", 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const isChunked = /\r\ntransfer-encoding: chunked/i.test(head);
    const total = isChunked ? this.got.indexOf("0\r\n\r\n", end) + 5 : end + 4 + length;
    if (isChunked ? total < 5 : this.got.length < total) return;
    const body = this.got.toString("utf8", end + 4, total);
    this.got = this.got.subarray(total);
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  /** @throws {Error} when the connection is lost before there is an answer */
  post(
    path: string,
    headers: Record<string, string>,
    body: string | Buffer,
  ): Promise<{ status: number; body: string }> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\nContent-Type: application/json\r\n`;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      const first = `${head}${lines.join("")}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
      const socket = this.opened();
      if (typeof body === "string") socket.write(first + body);
      else {
        // In one go; what was made beforehand is not made again.
        socket.cork();
        socket.write(first, "latin1");
        socket.write(body);
        socket.uncork();
      }
    });
  }

  close(): void {
    this.socket?.destroy();
  }
}
