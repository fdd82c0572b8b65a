import { expect, test } from "vitest";
import { EXPORTS, keptKey, takenFrom } from "../../functions/opendata/exports/kept.ts";
import { making } from "../../functions/opendata/making.ts";
import type { Dataset, Version } from "../../functions/opendata/schema.ts";
import { fileOf } from "../../functions/opendata/stored/opened.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { stored } from "../stored.ts";

// Long exports where an answer has a bound: a house whose table and bucket are in memory, and whose bound is a kilobyte.

const ROWS = 400;
const id = "ds_01J0000000000000000000EXPT";

async function house() {
  const columns = [{ name: "n", type: "integer" as const }];
  const { files: own, written } = await stored({ columns, cells: [Array.from({ length: ROWS }, (_, i) => i)] });
  const files = new Map([[fileOf(id, "file_1").rows, own.get("rows")!]]);
  const version: Version = {
    ...written,
    bbox: undefined,
    number: 1,
    publishedAt: "2026-11-26T00:00:00Z",
    columns,
    hasPlaces: false,
    file: "file_1",
  };
  const card = { title: "Many", description: "", licence: "CC0-1.0", source: "Made up" };
  const dataset = { id, slug: "many", card, latest: version } as Dataset;
  const tasks = new Map<string, Item>();
  const here = {
    city: { slug: "rome" },
    clock: { now: () => new Date("2026-11-26T00:00:00Z") },
    settings: { HANSA_ANSWER_MAX: 1_000 },
    table: { getStanding: async () => ({ dataset }), get: async ({ pk }: { pk: string }) => tasks.get(pk) },
    async commit([write]: Write[]) {
      const { put } = write as { put: Item };
      if (tasks.has(put.pk)) throw new ConditionFailed(0, put);
      tasks.set(put.pk, put);
    },
    blobs: {
      get: async (key: string, range?: { offset: number; length: number }) =>
        range ? files.get(key)?.slice(range.offset, range.offset + range.length) : files.get(key),
      async begin(key: string) {
        const parts: Uint8Array[] = [];
        return {
          write: async (bytes: Uint8Array) => void parts.push(bytes.slice()),
          close: async () => void files.set(key, Buffer.concat(parts)),
          drop: async () => {},
        };
      },
    },
  } as unknown as Here;
  return { here, dataset, version, files, tasks };
}

async function* lines(count: number) {
  for (let i = 0; i < count; i++) yield `${i}\r\n`;
}

test("a short file is the answer itself, and nothing is kept of it", async () => {
  const { here, dataset, version, tasks, files } = await house();
  const answer = await takenFrom(here, dataset, version, "csv", lines(10));
  expect(answer?.toString()).toBe("0\r\n1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n");
  expect([tasks.size, files.size]).toEqual([0, 1]);
});

// Guards against an answer that the gateway cuts, and against a file that each who asks for it has made anew.
test("a long file is made once by a task, however many ask for it, and is then taken from the bucket", async () => {
  const { here, dataset, version, tasks, files } = await house();
  for (let asked = 0; asked < 3; asked++)
    await expect(takenFrom(here, dataset, version, "csv", lines(ROWS))).rejects.toMatchObject({
      kind: "unavailable",
      members: { retryAfterS: 10 },
    });
  const [task] = [...tasks.values()];
  expect(tasks.size).toBe(1);
  expect(await making(EXPORTS).run(here, task!["id"] as string, task!["data"])).toEqual({});
  const kept = Buffer.from(files.get(keptKey(dataset, version, "csv"))!).toString();
  expect(kept.trim().split("\r\n")).toEqual(["n", ...Array.from({ length: ROWS }, (_, i) => String(i))]);
  expect(await takenFrom(here, dataset, version, "csv", lines(ROWS))).toBeUndefined();
});
