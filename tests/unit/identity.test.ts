import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { operatorLink, useLink } from "../../functions/control/operators.ts";
import type { House } from "../../shared/compose.ts";
import { authenticate } from "../../shared/identity/authenticate.ts";
import { CODE_LIVES_S, newCode, useCode } from "../../shared/identity/codes.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { limit } from "../../shared/identity/limits.ts";
import { personItems, personOfContact, rolesWrite } from "../../shared/identity/persons.ts";
import { openSession } from "../../shared/identity/sessions.ts";
import type { Vault } from "../../shared/ports.ts";
import { openSecrets, type Secrets } from "../../shared/secrets.ts";
import { cityTable, houseTable, type Table } from "../../shared/table.ts";
import { testEngine } from "../setup/engine.ts";

let engine: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  engine = await testEngine();
});
afterAll(() => engine.engine.stop());

/** Keeps secrets unwrapped: what wraps them has its own tests. */
const openVault: Vault = {
  async newSecret() {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    return { secret, wrapped: secret };
  },
  unwrap: async (_owner, _purpose, wrapped) => wrapped,
};

let table: Table;
let secrets: Secrets;
let cities = 0;
beforeEach(() => {
  const slug = `unit-${++cities}`;
  table = cityTable(engine.client, engine.tableName, slug);
  secrets = openSecrets(table, openVault, slug);
});

const start = new Date("2026-11-23T12:00:00Z");
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const contact = "awa@example.org";

describe("what runs out", () => {
  test("a code holds for ten minutes, to the second", async () => {
    const code = await newCode(table, secrets, start, contact, "here");
    await expect(useCode(table, secrets, later(CODE_LIVES_S), contact, code)).rejects.toMatchObject({
      kind: "unauthenticated",
    });
    await useCode(table, secrets, later(CODE_LIVES_S - 1), contact, code);
  });

  test("a code is kept as an HMAC that is another one for another contact and another city", async () => {
    const code = await newCode(table, secrets, start, contact, "here");
    const item = await table.get({ pk: `CODE#${contact}`, sk: "CODE" });
    expect(JSON.stringify(item)).not.toContain(code);
    await table.put({ ...item, pk: "CODE#other@example.org", sk: "CODE" });
    await expect(useCode(table, secrets, start, "other@example.org", code)).rejects.toMatchObject({
      kind: "unauthenticated",
    });
  });

  test("a clerk's session ends after a working day, a resident's after two weeks", async () => {
    const clock = (now: Date) => ({ now: () => now, wake: async () => {} });
    const who = (token: string, now: Date) =>
      authenticate(
        { door: "page", cookie: token },
        { table, secrets, audience: "here", clock: clock(now), isSynthetic: false },
      );
    const resident = await personOfContact(table, contact, start);
    const clerk = await personOfContact(table, "clerk@example.org", start, ["resident", "agent"]);
    for (const [person, hours] of [
      [clerk, 12],
      [resident, 14 * 24],
    ] as const) {
      const { token } = await openSession(table, secrets, "here", person, start);
      expect(await who(token, later(hours * 3600 - 1))).toMatchObject({ kind: "person", id: person.id });
      expect(await who(token, later(hours * 3600))).toEqual({ kind: "anonymous" });
    }
  });

  test("an operator's link works once, within a day", async () => {
    let now = start;
    const control = houseTable(engine.client, engine.tableName, "CONTROL");
    const house = { control, secrets, now: () => now } as unknown as House;
    const token = async () => new URL(await operatorLink(house, "http://localhost")).searchParams.get("token")!;
    const [used, old] = [await token(), await token()];
    expect((await useLink(house, used)).token).toBeTruthy();
    await expect(useLink(house, used)).rejects.toMatchObject({ kind: "unauthenticated" });
    now = later(24 * 3600);
    await expect(useLink(house, old)).rejects.toMatchObject({ kind: "unauthenticated" });
  });

  test("a limit opens again with the next window", async () => {
    for (let i = 0; i < 3; i++) await limit(table, start, "x", 3, 900);
    const refused = await limit(table, later(10), "x", 3, 900).catch((error: { members: object }) => error.members);
    expect(refused).toEqual({ retryAfterS: 890 });
    await limit(table, later(900), "x", 3, 900);
  });
});

// Guards against one resident with two accounts, and one account with two residents.
test("twenty first sign-ins at once make one person", async () => {
  const people = await Promise.all(Array.from({ length: 20 }, () => personOfContact(table, contact, start)));
  expect(new Set(people.map(({ id }) => id)).size).toBe(1);
  const items = [];
  for await (const item of personItems(table)) items.push(item);
  expect(items).toHaveLength(2);
});

test("two changes of roles at once: one stands, the other is told", async () => {
  const person = await personOfContact(table, contact, start);
  const changes = await Promise.allSettled([
    table.transact([rolesWrite(person, ["agent"])]),
    table.transact([rolesWrite(person, ["treasurer"])]),
  ]);
  expect(changes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

// Guards against one person under two spellings.
test.each([
  ["07 07 12 34 56", "CI", "+2250707123456"],
  ["+225 07 07 12 34 56", "FR", "+2250707123456"],
  ["00225 0707123456", "FR", "+2250707123456"],
  ["06.39.98.12.34", "FR", "+33639981234"],
  ["0612-345678", "MA", "+212612345678"],
  [" Awa.Kone@Example.ORG ", "CI", "awa.kone@example.org"],
])("%j in %s is %s", (given, country, read) => {
  expect(readContact(given, country)).toBe(read);
});
