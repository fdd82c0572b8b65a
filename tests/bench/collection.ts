import { accountStore } from "../../functions/accounts/store.ts";
import { referenceOf } from "../../functions/billing/domain.ts";
import { billStore } from "../../functions/billing/store.ts";
import { collectionStore } from "../../functions/collection/store.ts";
import { deliverDue } from "../../shared/courier.ts";
import { newId } from "../../shared/ids.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;

const BILLS = 2_000;
const DISTRICTS = 10;
const AT_ONCE = 50;

/** How fast the running figures of collection follow a bill run: bills issued first, then told one listener each. */
export async function collectionFigures(note: Note): Promise<void> {
  const set = await innerHouse();
  try {
    const { here, at } = set.newHere();
    const accounts = Array.from({ length: DISTRICTS }, (_, i) => ({
      ...{ id: newId("acc", at.now), number: `C-${i}`, name: `Customer ${i}`, district: `District ${i}` },
      openedAt: at.now.toISOString(),
    }));
    for (const account of accounts) await accountStore(here.table).open(account);
    for (let from = 0; from < BILLS; from += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => {
          const bill = anyBill(here, 1_000 + i);
          const accountId = accounts[(from + i) % DISTRICTS]!.id;
          return billStore(here).issue({ ...bill, accountId, reference: referenceOf(bill.id) });
        }),
      );
    const listeners = set.house.listeners.filter(({ name }) => name.startsWith("collection/"));
    // Facts are told at the house's own time: this city lives after it.
    at.now = new Date(Date.now() + 60_000);
    const started = performance.now();
    while ((await deliverDue(here, listeners)) > 0);
    const seconds = (performance.now() - started) / 1000;
    const { cohorts } = await collectionStore(here).figures(await collectionStore(here).months());
    const counted = cohorts.reduce((sum, { bills }) => sum + bills, 0);
    if (counted !== BILLS) throw new Error(`${counted} of ${BILLS} bills are in the figures`);
    note("collection: bills taken into the figures", BILLS / seconds, "/s", `${BILLS} bills of ${DISTRICTS} districts`);
  } finally {
    await set.stop();
  }
}
