import { afterAll, beforeAll, expect, test } from "vitest";
import { setRoles } from "../../functions/identity/service.ts";
import type { Here } from "../../shared/here.ts";
import { findPerson, personOfContact, rolesWrite, staff } from "../../shared/identity/persons.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const [AWA, BINTA] = ["awa@example.org", "binta@example.org"];
async function twoAdministrators(here: Here) {
  const made = async (contact: string) => {
    const person = await personOfContact(here.table, contact, here.clock.now());
    await here.table.transact([rolesWrite(person, ["administrator"])]);
    return person.id;
  };
  return { awa: await made(AWA), binta: await made(BINTA) };
}
/** The same place, where something happens at the instant before what is decided is kept. */
function meddled(here: Here, first: () => Promise<unknown>): Here {
  const commit: Here["commit"] = async (...all) => {
    await first();
    return here.commit(...all);
  };
  return { ...here, commit };
}
const rolesOf = async (here: Here, id: string) => (await findPerson(here.table, id))!.roles;

// Guards against a city that nobody can administer any more: two took each other's role, and both were heard.
test("of two administrators who take each other's role at one instant, one stays", async () => {
  const { here } = inner.newHere();
  const { awa, binta } = await twoAdministrators(here);
  const atOnce = meddled(here, () => setRoles(here, AWA, [], binta));
  await expect(setRoles(atOnce, BINTA, [], awa)).rejects.toThrow(ConditionFailed);
  expect(await rolesOf(here, binta)).toContain("administrator");
  expect(await staff(here.table)).toHaveLength(1);
  // Whoever was an administrator when the request began is one no more.
  await expect(setRoles(here, AWA, ["administrator"], awa)).rejects.toMatchObject({ kind: "forbidden" });
});

// Guards against a role that comes back because two changed one person at once.
test("a person whom two change at one instant has the roles of the one who was first", async () => {
  const { here } = inner.newHere();
  const { awa, binta } = await twoAdministrators(here);
  const { id } = await setRoles(here, "cleo@example.org", ["agent"], awa);
  const atOnce = meddled(here, () => setRoles(here, "cleo@example.org", [], binta));
  const late = setRoles(atOnce, "cleo@example.org", ["agent", "treasurer"], awa);
  await expect(late).rejects.toThrow(ConditionFailed);
  expect(await rolesOf(here, id)).toEqual(["resident"]);
});
