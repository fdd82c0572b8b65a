import "@hono/zod-openapi"; // first, as it teaches the schemas that are made after it
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccountsFound, accountIdOf } from "../../functions/accounts/events.ts";
import { NoteNames, noteNames } from "../../functions/accounts/finding.ts";
import type { Account } from "../../functions/accounts/schema.ts";
import { accountStore } from "../../functions/accounts/store.ts";
import { isNamed, wordsOf } from "../../functions/accounts/words.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { newId } from "../../shared/ids.ts";
import { taskKey } from "../../shared/tasks.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

test("a name is searched for by the beginnings of its words, however it is written", () => {
  expect(wordsOf("Awa Traoré-N’Diaye")).toEqual(["awa", "traore", "n", "diaye"]);
  expect(isNamed("Awa Traoré", wordsOf("TRAO aw"))).toBe(true);
  expect(isNamed("أحمد مصطفى", wordsOf("احمد مصطفي"))).toBe(true);
  expect(isNamed("Awa Traoré", wordsOf("raor"))).toBe(false);
  expect(isNamed("Awa", wordsOf("’"))).toBe(false);
});

// Guards against a clerk who must know a number, and against the meter of one household tied to another.
test("an account is found by name, contact, meter and point; what is two people's is nobody's", async () => {
  const { here, at } = inner.newHere();
  const store = accountStore(here.table);
  const openedAt = at.now.toISOString();
  const opened = async (number: string, name: string, more: Partial<Account> = {}) =>
    (await store.open({ id: newId("acc", at.now), number, name, openedAt, ...more })).account;
  const awa = await opened("1", "Awa Traoré", { contact: "+33612345678" });
  const ali = await opened("2", "Ali Traoré");
  const meter = { id: newId("mtr", at.now), serial: "S-77", kind: "water", registerUnit: "m3" } as const;
  await meterStore(here).create({ ...meter, point: "P-9", accountId: awa.id, registeredAt: openedAt });
  const found = async (typed: string) => (await here.ask(AccountsFound, { typed })).map(({ number }) => number);
  expect(await found("traore")).toEqual(["2", "1"]);
  for (const typed of ["1", "awa", " AWA tra", "06 12 34 56 78", "s-77", "p-9"])
    expect(await found(typed)).toEqual(["1"]);
  expect(await found("nobody")).toEqual([]);
  expect([await accountIdOf(here, "Ali Traoré"), await accountIdOf(here, "Traoré")]).toEqual([ali.id, undefined]);

  await store.change(awa, { ...awa, name: "Awa Koné" });
  expect(await found("traore")).toEqual(["2"]);
  expect(await found("kone")).toEqual(["1"]);

  // Accounts of before have no words: the first search has them noted.
  expect(await here.table.get(taskKey(NoteNames.name, "all"))).toBeDefined();
  await here.table.delete({ pk: "ACCOUNT_WORDS", sk: `kone#${awa.id}` });
  expect(await found("kone")).toEqual([]);
  await noteNames(here, "all", {});
  expect(await found("kone")).toEqual(["1"]);
  expect(await store.areNamesNoted()).toBe(true);
});
