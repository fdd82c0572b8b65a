import type { Bytes } from "./bytes.ts";

/** Takes bytes from a stream in the portions that a binary format has. */
export class Pull {
  private rest: Buffer = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(bytes: Bytes) {
    this.chunks = bytes.stream()[Symbol.asyncIterator]();
  }

  /** @returns `length` bytes; fewer where the stream ends */
  async take(length: number): Promise<Buffer> {
    if (this.rest.length < length) {
      const parts = [this.rest];
      for (let has = this.rest.length; has < length; ) {
        const { done, value } = await this.chunks.next();
        if (done) break;
        parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
        has += value.length;
      }
      this.rest = Buffer.concat(parts);
    }
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(taken.length);
    return taken;
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}
