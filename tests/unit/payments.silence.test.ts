import { afterAll, beforeAll, expect, test } from "vitest";
import { answered, silent } from "../../functions/payments/asking.ts";
import type { Here } from "../../shared/here.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

// Guards against an alarm that stands for ever: that the provider is silent was told as it came back.
test("a provider that is said to be silent at the instant at which it answers is said to be back", async () => {
  const { here, at } = inner.newHere();
  const payment = { provider: "daraja", account: "mpesa" } as const;
  await silent(here, payment);
  at.now = new Date(at.now.getTime() + 31 * 60_000);
  let isRead = false;
  const get: Here["table"]["get"] = async (key) => {
    const item = await here.table.get(key);
    if (!isRead) {
      isRead = true;
      await silent(here, payment);
    }
    return item;
  };
  await answered({ ...here, table: { ...here.table, get } }, payment);
  const { items } = await here.table.query({ pk: "LOG", index: "gsi1" });
  const types = items.map((item) => JSON.stringify(item).match(/payments\.provider_\w+\.v1/)?.[0]);
  expect(types).toEqual(["payments.provider_silent.v1", "payments.provider_back.v1"]);
  expect((await here.table.query({ pk: "PAYMENT_SILENT" })).items).toEqual([]);
});
