import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { newCity, type TestCity } from "../city.ts";

/** So many rows are exported in a thread of their own. */
const ROWS = 200_000;
const card = { licence: "CC0-1.0", source: "Made up", personal: "none" };

async function published(city: TestCity, title: string, file: string): Promise<void> {
  const fields = { ...card, title };
  const drafted = await city.upload("/v1/datasets", "a.csv", file, { as: "data_officer", fields });
  expect(drafted.status, await drafted.clone().text()).toBe(201);
  const { id } = (await drafted.json()) as { id: string };
  expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
}
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

// Guards against long files that lack rows, that are mixed with those of another city, or that are made no more once
// somebody has hung up.
test("long files are made beside each other for several cities, whole, and after somebody hung up too", async () => {
  const [ours, theirs] = await Promise.all([newCity(), newCity()]);
  const csv = (first: number, end: string) => ["n", ...Array.from({ length: ROWS }, (_, i) => first + i), ""].join(end);
  await published(ours, "Long", csv(0, "\n"));
  await published(theirs, "Long", csv(1_000_000, "\n"));

  const hungUp = await ours.get("/data/long/export.geojson");
  const reader = hungUp.body!.getReader();
  expect((await reader.read()).done).toBe(false);
  const [own, other, geopackage] = await Promise.all([
    ours.get("/data/long/export.csv").then(bytesOf),
    theirs.get("/data/long/export.csv").then(bytesOf),
    ours.get("/data/long/export.gpkg").then(bytesOf),
    reader.cancel(),
  ]);
  expect(own.toString() === `\uFEFF${csv(0, "\r\n")}`).toBe(true);
  expect(other.toString() === `\uFEFF${csv(1_000_000, "\r\n")}`).toBe(true);
  const folder = mkdtempSync(join(tmpdir(), "hansa-test-"));
  try {
    writeFileSync(join(folder, "a.gpkg"), geopackage);
    const db = new DatabaseSync(join(folder, "a.gpkg"), { readOnly: true });
    const { n, most } = db.prepare("SELECT count(*) AS n, max(n) AS most FROM long").get() as Record<string, number>;
    expect([n, most]).toEqual([ROWS, ROWS - 1]);
    db.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // The thread has ended with the last file: the next one begins another.
  expect((await ours.get("/data/long/export.csv").then(bytesOf)).equals(own)).toBe(true);
});
