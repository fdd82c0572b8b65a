import { gunzipSync } from "node:zlib";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { compressed } from "../../shared/compressed.ts";

const SHORT = "A short answer, whole before it is sent. ".repeat(50);
const LONG = "A long answer, compressed as it goes. ".repeat(5_000);

/** What is sent in pieces, and how many of them were asked for. */
function inPieces(pieces: readonly string[], made: string[] = []) {
  const left = [...pieces];
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const piece = left.shift();
      if (piece === undefined) return controller.close();
      made.push(piece);
      controller.enqueue(new TextEncoder().encode(piece));
    },
  });
}

const app = new Hono();
app.use(compressed);
app.get("/short", (c) => c.body(SHORT, 200, { "Content-Type": "application/json", ETag: '"a"' }));
app.get("/long", (c) => c.text(LONG));
app.get("/pieces", (c) => c.body(inPieces([SHORT, "", LONG, SHORT]), 200, { "Content-Type": "text/csv" }));
app.get("/picture", (c) => c.body(SHORT, 200, { "Content-Type": "image/png" }));
app.get("/stays", (c) => c.body(SHORT, 200, { "Content-Type": "text/plain", "Cache-Control": "no-transform" }));
app.get("/same", (c) => c.body(null, 304));
app.get("/empty", (c) => c.text(""));
app.get("/breaks", (c) => {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (at++ > 0) throw new Error("The file is gone.");
      controller.enqueue(new TextEncoder().encode(SHORT));
    },
  });
  return c.body(body, 200, { "Content-Type": "text/csv" });
});

const asked = async (path: string, accepted?: string, method = "GET") => {
  const answer = await app.request(path, {
    method,
    headers: accepted === undefined ? {} : { "Accept-Encoding": accepted },
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const encoding = answer.headers.get("content-encoding");
  return {
    status: answer.status,
    encoding,
    vary: answer.headers.get("vary"),
    etag: answer.headers.get("etag"),
    text: (encoding === "gzip" ? gunzipSync(bytes) : bytes).toString(),
  };
};

// Guards against an answer that is cut, doubled or sent in an encoding that was not asked for.
test.each([
  ["/short", SHORT],
  ["/long", LONG],
  ["/pieces", SHORT + LONG + SHORT],
  ["/empty", ""],
])("%s is the same whether it is compressed or not", async (path, text) => {
  const whole = { status: 200, vary: "Accept-Encoding", text };
  expect(await asked(path)).toMatchObject({ ...whole, encoding: null });
  expect(await asked(path, "gzip, deflate, br")).toMatchObject({ ...whole, encoding: "gzip" });
  expect(await asked(path, "br;q=1.0, gzip;q=0.8, *;q=0.1")).toMatchObject({ ...whole, encoding: "gzip" });
  for (const refused of ["br", "gzip;q=0", "identity"])
    expect(await asked(path, refused), refused).toMatchObject({ ...whole, encoding: null });
});

test("other bytes have a weak ETag; what is nothing, compressed already or to stay stays", async () => {
  expect((await asked("/short")).etag).toBe('"a"');
  expect((await asked("/short", "gzip")).etag).toBe('W/"a"');
  for (const path of ["/picture", "/stays"])
    expect(await asked(path, "gzip"), path).toMatchObject({ encoding: null, text: SHORT });
  expect(await asked("/same", "gzip")).toMatchObject({ status: 304, encoding: null, text: "" });
  expect(await asked("/short", "gzip", "HEAD")).toMatchObject({ status: 200, encoding: null, text: "" });
});

// Guards against a file of millions of rows that is held whole to be compressed, and against a broken one ending the house.
test("what is sent in pieces is made as it is read, and one that breaks breaks for its reader alone", async () => {
  const made: string[] = [];
  const endless = new Hono().use(compressed).get("/", (c) => {
    const pieces = Array.from({ length: 1_000 }, () => LONG);
    return c.body(inPieces(pieces, made), 200, { "Content-Type": "text/csv" });
  });
  const answer = await endless.request("/", { headers: { "Accept-Encoding": "gzip" } });
  const reader = answer.body!.getReader();
  await reader.read();
  await reader.cancel();
  expect(made.length).toBeLessThan(20);
  const broken = await app.request("/breaks", { headers: { "Accept-Encoding": "gzip" } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(broken.arrayBuffer()).rejects.toThrow();
});
