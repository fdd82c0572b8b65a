import { gzipSync } from "node:zlib";
import type { Context, Next } from "hono";
import { COMPRESSIBLE_CONTENT_TYPE_REGEX, compress } from "hono/compress";

/** What is longer is compressed as it goes: done at once, it would keep everybody else waiting. */
const AT_ONCE_MAX = 32 * 1024;

const asItGoes = compress();

/** Compresses what is answered, where whoever asks takes it. */
export function compressed(c: Context, next: Next): Promise<void> {
  // Said before there is an answer: said afterwards, by `compress` itself, it makes a stream of each.
  c.header("Vary", "Accept-Encoding");
  const accepted = c.req.header("accept-encoding");
  if (accepted === undefined) return next();
  // What is compressed at once `compress` leaves as it is.
  const answered = TAKES_GZIP.test(accepted) && c.req.method !== "HEAD" ? () => atOnce(c, next) : next;
  return asItGoes(c, answered) as Promise<void>;
}

/** Wanted as much as anything; who wants it less says so with a quality, which `compress` reads. */
const TAKES_GZIP = /(?:^|,)\s*gzip\s*(?:,|$)/i;
const STAYS = /(?:^|,)\s*no-transform\s*(?:,|$)/i;

/**
 * Most answers are short, and whole before they are sent. To compress one takes 15 us; the streams that `compress` makes
 * for it took a hundred.
 */
async function atOnce(c: Context, next: Next): Promise<void> {
  await next();
  const { status, headers } = c.res;
  if (
    status === 206 ||
    // A length is said by files and by what is shorter than compressing is worth.
    ["content-encoding", "content-length", "transfer-encoding"].some((name) => headers.has(name)) ||
    !COMPRESSIBLE_CONTENT_TYPE_REGEX.test(headers.get("content-type") ?? "") ||
    STAYS.test(headers.get("cache-control") ?? "")
  )
    return;
  const { body } = c.res;
  if (!body) return;
  const begun = await beginning(body);
  const isShort = begun instanceof Uint8Array && begun.length <= AT_ONCE_MAX;
  if (isShort) {
    headers.set("Content-Encoding", "gzip");
    const etag = headers.get("etag");
    // Other bytes than those that it was given for.
    if (etag && !etag.startsWith("W/")) headers.set("ETag", `W/${etag}`);
  }
  // Unset first: hung onto the one before, it would be made into another once more.
  c.res = undefined;
  c.res = new Response(isShort ? gzipSync(begun) : begun, { status, headers });
}

/** All of a body if it is one piece, and otherwise as it was, to be read from its beginning. */
async function beginning(
  body: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const reader = body.getReader();
  const first = await reader.read();
  if (first.done) return new Uint8Array();
  let second: ReturnType<typeof reader.read> | undefined = reader.read();
  // If it fails before anybody reads on, whoever does is told then.
  second.catch(() => {});
  // A piece that was all there was is followed by the end at once; one that is still being made, by nothing yet.
  const next = await Promise.race([second, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
  if (next?.done) return first.value as Uint8Array<ArrayBuffer>;
  let isBegun = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!isBegun) {
        isBegun = true;
        return controller.enqueue(first.value!);
      }
      const { done, value } = await (second ?? reader.read());
      second = undefined;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
