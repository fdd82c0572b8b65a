import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderBlobs } from "../../shared/local/blobs.ts";

// Guards against whoever may lay files down in a source's folder, and lays a link to the house's own key there.
test("a link is no file: it is neither listed nor read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hansa-links-"));
  try {
    mkdirSync(join(folder, "src_1"));
    writeFileSync(join(folder, "secret"), "key");
    writeFileSync(join(folder, "src_1/a.csv"), "a");
    symlinkSync(join(folder, "secret"), join(folder, "src_1/b.csv"));
    symlinkSync(folder, join(folder, "src_1/c"));
    const blobs = folderBlobs(folder);
    const listed: string[] = [];
    for await (const key of blobs.list("src_1/")) listed.push(key);
    expect(listed).toEqual(["src_1/a.csv"]);
    expect(await blobs.get("src_1/b.csv")).toBeUndefined();
    expect(await blobs.get("src_1/b.csv", { offset: 0, length: 10 })).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
