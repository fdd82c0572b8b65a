import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderBlobs } from "../../shared/local/blobs.ts";
import { fileVault } from "../../shared/local/vault.ts";
import { prefixed } from "../../shared/ports.ts";
import { openSecrets } from "../../shared/secrets.ts";
import { cityTable } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

const folder = mkdtempSync(join(tmpdir(), "hansa-homes-"));
let set: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  set = await testEngine();
});
afterAll(async () => {
  await set.engine.stop();
  rmSync(folder, { recursive: true, force: true });
});
const bytes = (text: string) => new TextEncoder().encode(text);

// Guards against a key that climbs out of its city's folder.
test("a city's blobs are its own: none by another's handle, none by a path that climbs", async () => {
  const all = folderBlobs(join(folder, "blobs"));
  const [rome, rome2] = [prefixed(all, "cities/rome/"), prefixed(all, "cities/rome2/")];
  await rome.put("a/b", bytes("of rome"));
  expect(await rome2.get("a/b")).toBeUndefined();
  expect(Buffer.from((await rome.get("a/b"))!).toString()).toBe("of rome");
  for (const key of ["../rome2/x", "a/../../x", "/x", "a//b", "", "."])
    expect(() => rome.get(key), key).toThrow(/unsafe/);
  const listed = [];
  for await (const key of rome.list("a/")) listed.push(key);
  expect(listed).toEqual(["a/b"]);
  expect(readdirSync(join(folder, "blobs/cities/rome/a"))).toEqual(["b"]); // no half-written part is left
  await rome.delete("a/b");
  expect(await rome.get("a/b")).toBeUndefined();
});

// Guards against half a file that looks like a whole one.
test("a file that comes piece by piece is there when it is closed, and not at all when it is dropped", async () => {
  const rome = prefixed(folderBlobs(join(folder, "pieces")), "cities/rome/");
  const [kept, dropped] = [await rome.begin("long"), await rome.begin("cut")];
  for (const file of [kept, dropped]) for (const text of ["one ", "two"]) await file.write(bytes(text));
  expect(await rome.get("long")).toBeUndefined();
  await kept.close();
  await dropped.drop();
  expect(Buffer.from((await rome.get("long", { offset: 2, length: 4 }))!).toString()).toBe("e tw");
  expect(readdirSync(join(folder, "pieces/cities/rome"))).toEqual(["long"]);
});

test("the master key is for its owner alone, and a wrapped secret opens for its city and purpose only", async () => {
  const path = join(folder, "master.key");
  const vault = fileVault(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const { secret, wrapped } = await vault.newSecret("rome", "main");
  expect(await fileVault(path).unwrap("rome", "main", wrapped)).toEqual(secret);
  await expect(vault.unwrap("rome2", "main", wrapped)).rejects.toThrow();
  await expect(vault.unwrap("rome", "payments", wrapped)).rejects.toThrow();
  await expect(fileVault(join(folder, "other.key")).unwrap("rome", "main", wrapped)).rejects.toThrow();
});

test("each purpose has a key of its own, the same after a restart, another in each city", async () => {
  const vault = fileVault(join(folder, "master.key"));
  const secretsOf = (slug: string) => openSecrets(cityTable(set.client, set.tableName, slug), vault, slug);
  const [rome, again, oslo] = [secretsOf("rome"), secretsOf("rome"), secretsOf("oslo")];
  const mac = await rome.hmac("a", "x");
  expect(await again.hmac("a", "x")).toEqual(mac);
  expect(await rome.hmac("b", "x")).not.toEqual(mac);
  expect(await oslo.hmac("a", "x")).not.toEqual(mac);
  const signature = await rome.sign("payments-receipts", bytes("paid"));
  const key = createPublicKey({ key: (await again.publicKey("payments-receipts")) as never, format: "jwk" });
  expect(verify(null, bytes("paid"), key, signature)).toBe(true);
  expect(verify(null, bytes("Paid"), key, signature)).toBe(false);
  const sealed = await rome.seal("oidc", bytes("secret"));
  expect(Buffer.from(await again.open("oidc", sealed)).toString()).toBe("secret");
  await expect(oslo.open("oidc", sealed)).rejects.toThrow();
  await expect(rome.open("other", sealed)).rejects.toThrow();
});

test("two processes that first ask for a city's root at once get the same one", async () => {
  const vault = fileVault(join(folder, "master.key"));
  const all = await Promise.all(
    Array.from({ length: 8 }, () =>
      openSecrets(cityTable(set.client, set.tableName, "bern"), vault, "bern").hmac("a", "x"),
    ),
  );
  for (const one of all) expect(one).toEqual(all[0]);
});
