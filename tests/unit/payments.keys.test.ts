import { afterAll, beforeAll, expect, test } from "vitest";
import { accountOf, closeAccount, keepAccount, STAND_IN } from "../../functions/payments/accounts.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const ORIGIN = "https://house.example";
const card = { ...STAND_IN, id: "card", name: "Card", isStandIn: false, setUp: false };
const keys = (n: number) => ({
  secretKey: `sk_test_${String(n).repeat(24)}`,
  webhookSecret: `whsec_${String(n).repeat(24)}`,
});

/** The same place, where something happens to the account just after it was read. */
function meddled(here: Here, then: () => Promise<unknown>): Here {
  const get: Here["table"]["get"] = async (key) => {
    const item = await here.table.get(key);
    await then();
    return item;
  };
  return { ...here, table: { ...here.table, get } };
}
const sealedOf = async (here: Here) =>
  (await here.table.get({ pk: "PAYMENT_SETTINGS", sk: "ACCOUNT#card" }))!["sealed"] as Uint8Array;

// Guards against keys that a city has exchanged, and that come back because somebody renamed or closed the account.
test("new keys stay, whatever else is changed of their account at the same instant", async () => {
  const { here } = inner.newHere();
  await keepAccount(here, { ...card, settings: keys(1) }, ORIGIN);
  let given: Uint8Array | undefined;
  const exchanged = (n: number) => async () => {
    await keepAccount(here, { ...(await accountOf(here, "card")), setUp: false, settings: keys(n) }, ORIGIN);
    given = await sealedOf(here);
  };
  await keepAccount(meddled(here, exchanged(2)), { ...card, name: "By card" }, ORIGIN);
  expect(await accountOf(here, "card")).toMatchObject({ name: "By card", isOpen: true });
  expect(await sealedOf(here)).toEqual(given);

  await closeAccount(meddled(here, exchanged(3)), "card");
  expect(await accountOf(here, "card")).toMatchObject({ isOpen: false });
  expect(await sealedOf(here)).toEqual(given);
});

// Guards against an account that is closed, and open again because somebody renamed it.
test("an account that is closed at the instant at which it is renamed stays closed", async () => {
  const { here } = inner.newHere();
  await keepAccount(here, { ...card, settings: keys(1) }, ORIGIN);
  const renamed = keepAccount(
    meddled(here, () => closeAccount(here, "card")),
    { ...card, name: "By card" },
    ORIGIN,
  );
  await expect(renamed).rejects.toThrow(ConditionFailed);
  expect(await accountOf(here, "card")).toMatchObject({ isOpen: false, name: "Card" });
});
