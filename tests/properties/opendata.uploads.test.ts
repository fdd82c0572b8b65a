import fc from "fast-check";
import { expect, test } from "vitest";
import { fileOfUpload } from "../../functions/opendata/uploads/store.ts";
import type { Here } from "../../shared/here.ts";

// Guards against bytes that were given back while somebody still reads them: parts of an upload go as others come.
test("whatever is read of a file in parts, in any order and at once, is what was sent, and stays so", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.tuple(fc.nat(220), fc.nat(120)), { minLength: 1, maxLength: 30 }),
      async (size, partBytes, reads) => {
        const bytes = Uint8Array.from({ length: size }, (_, i) => i);
        const parts = Math.ceil(size / partBytes);
        const blobs = {
          async get(key: string) {
            const part = Number(key.split("/").at(-1)) - 1;
            await new Promise((resume) => setImmediate(resume));
            return bytes.slice(part * partBytes, (part + 1) * partBytes);
          },
        };
        const file = fileOfUpload({ blobs } as unknown as Here, {
          id: "upl_01J0000000000000000000PART",
          name: "a.csv",
          size,
          parts,
          partBytes,
          received: Array.from({ length: parts }, (_, i) => i + 1),
          expiresAt: "2026-11-27T00:00:00Z",
        });
        const read = async ([offset, length]: [number, number]) => file.read(offset, length);
        const found = [...(await Promise.all(reads.map(read)))];
        for (const one of reads) found.push(await read(one));
        const wanted = reads.map(([offset, length]) => bytes.slice(offset, offset + length));
        expect(found.map((one) => [...one])).toEqual([...wanted, ...wanted].map((one) => [...one]));
      },
    ),
  );
});
