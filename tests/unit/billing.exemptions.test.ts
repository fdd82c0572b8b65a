import { afterAll, beforeAll, expect, test } from "vitest";
import { accountStore } from "../../functions/accounts/store.ts";
import {
  askExemption,
  decideExemption,
  endExemption,
  exemptionOf,
  grantedToAll,
} from "../../functions/billing/exemptions.ts";
import { NewExemption } from "../../functions/billing/terms-schema.ts";
import { newId } from "../../shared/ids.ts";
import type { Table } from "../../shared/table.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

// Guards against an exemption that goes on for months after somebody ended it, and that nobody approved for these.
test("of two who end an exemption at one moment, the later month does not undo the sooner one", async () => {
  const { here, at } = inner.newHere();
  const accountId = newId("acc", at.now);
  await accountStore(here.table).open({ id: accountId, number: "A1", name: "Awa", openedAt: at.now.toISOString() });
  const asks = { accountId, what: "whole", fromMonth: "2026-10", reason: "school", evidence: "letter 7" };
  const { id } = (await askExemption(here, NewExemption.parse(asks), "one")).exemption;
  await decideExemption(here, id, "approved", "two");

  let isFirst = true;
  const get: Table["get"] = async (key) => {
    if (key.sk === "EXEMPT" && isFirst) {
      isFirst = false;
      await endExemption(here, id, "2026-12", "two");
    }
    return here.table.get(key);
  };
  const later = endExemption({ ...here, table: { ...here.table, get } }, id, "2027-06", "one");
  await expect(later).rejects.toMatchObject({ kind: "invalid" });
  expect(await exemptionOf(here, id)).toMatchObject({ toMonth: "2026-12", endedBy: "two" });
  expect((await grantedToAll(here, [accountId])).get(accountId)).toMatchObject([{ toMonth: "2026-12" }]);
});
