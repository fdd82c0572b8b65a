import fc from "fast-check";
import { expect, test } from "vitest";
import { boundaryOf, formParts, textOf } from "../../shared/multipart.ts";

const stream = (bytes: Uint8Array, cuts: readonly number[]): ReadableStream<Uint8Array> => {
  const at = [0, ...[...cuts].sort((a, b) => a - b).map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) if (piece.length > 0) controller.enqueue(piece);
      controller.close();
    },
  });
};

async function read(bytes: Uint8Array, boundary: string, cuts: readonly number[] = []) {
  const found: [string, string | undefined, string][] = [];
  for await (const part of formParts(stream(bytes, cuts), boundary))
    found.push([part.name, part.filename, await textOf(part, 1_000_000)]);
  return found;
}

async function written(form: FormData): Promise<{ bytes: Uint8Array; boundary: string }> {
  const request = new Request("http://city/", { method: "POST", body: form });
  return {
    bytes: new Uint8Array(await request.arrayBuffer()),
    boundary: boundaryOf(request.headers.get("content-type") ?? undefined),
  };
}

// Guards against a file that loses bytes where a piece of the network ends, or where it looks like the form around it.
test("a form is read as it was written, however it comes in pieces", async () => {
  const text = fc.string({ unit: "binary", maxLength: 60 }).map((one) => one.replaceAll("\r", "").replaceAll("\n", ""));
  const body = fc.array(fc.constantFrom("\r\n", "--", "-", "\r", "a", "é", "\r\n--", "Content-Disposition: "), {
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(text, body, fc.array(fc.nat(), { maxLength: 8 }), async (field, pieces, cuts) => {
      const form = new FormData();
      form.set("title", field);
      form.set("file", new File([pieces.join("")], 'a "b".csv'));
      form.set("last", "end");
      const { bytes, boundary } = await written(form);
      expect(await read(bytes, boundary, cuts)).toEqual([
        ["title", undefined, field],
        ["file", 'a "b".csv', pieces.join("")],
        ["last", undefined, "end"],
      ]);
    }),
    { numRuns: 25 },
  );
});

test("where no file was chosen, a browser sends one without a name", async () => {
  const empty = '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n';
  expect(await read(Buffer.from(empty), "b")).toEqual([["file", "", ""]]);
});

test("what is no form, or ends before it is whole, is refused; a field has a bound", async () => {
  const form = new FormData();
  form.set("a", "x".repeat(500));
  const { bytes, boundary } = await written(form);
  for (const length of [0, 10, 60, 300, bytes.length - 8])
    await expect(read(bytes.subarray(0, length), boundary), `${length}`).rejects.toThrow(/cut off/);
  await expect(read(bytes, "another")).rejects.toThrow(/cut off/);
  await expect(read(Buffer.from("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--"), "b")).rejects.toThrow(/no name/);
  await expect(read(Buffer.from(`--b${"x".repeat(20_000)}`), "b")).rejects.toThrow(/cannot be read/);
  for (const type of [undefined, "text/csv", "multipart/form-data"])
    expect(() => boundaryOf(type)).toThrow(/multipart/);
  await expect(
    (async () => {
      for await (const part of formParts(stream(bytes, []), boundary)) await textOf(part, 100);
    })(),
  ).rejects.toThrow(/at most 100 bytes/);
});

// Guards against a browser that reads "the connection was reset" where its form has a mistake.
test("a form that is left in its middle is read to its end, unless that is far away", async () => {
  const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n');
  const MB = Buffer.alloc(1024 * 1024, "x");
  const leave = async (length: number) => {
    let [sent, isCut] = [0, false];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent === length) controller.close();
        else controller.enqueue(sent === 0 ? head : MB);
        sent += sent === length ? 0 : 1;
      },
      cancel: () => {
        isCut = true;
      },
    });
    const reading = async () => {
      for await (const { name } of formParts(body, "b")) throw new Error(name);
    };
    await expect(reading()).rejects.toThrow("file");
    return { sent, isCut };
  };
  expect(await leave(9)).toEqual({ sent: 9, isCut: false });
  expect(await leave(99)).toMatchObject({ isCut: true });
});
