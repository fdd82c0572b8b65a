import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Hit } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { BillByReference } from "../billing/events.ts";
import type { KeptBulk } from "./bulk/schema.ts";
import { bulkStore } from "./bulk/store.ts";
import { bulkTexts } from "./bulk/texts.ts";
import { readNumber } from "./domain.ts";
import type { KeptPurchase } from "./schema.ts";
import { vendingStore } from "./store.ts";
import { vendingTexts } from "./texts.ts";

/** What was bought by a bill's reference, however it was typed: a purchase, or an order of many. */
async function boughtBy(here: Here, reference: string): Promise<{ purchase?: KeptPurchase; bulk?: KeptBulk }> {
  const bill = await here.ask(BillByReference, { reference }).catch(absentIsNone);
  if (!bill) return {};
  const store = vendingStore(here);
  const { purchaseId, bulkId } = await store.boughtBy(bill.billId);
  const [purchase, bulk] = await Promise.all([
    purchaseId === undefined ? undefined : store.readPurchase(purchaseId),
    bulkId === undefined ? undefined : bulkStore(here).read(bulkId),
  ]);
  return { ...(purchase ? { purchase: purchase.is } : {}), ...(bulk ? { bulk: bulk.is } : {}) };
}

export const byReference = async (here: Here, reference: string): Promise<KeptPurchase | undefined> =>
  (await boughtBy(here, reference)).purchase;

/** What a typed text names here: a meter by its number, a purchase by its id or reference, either by a token. */
export async function found(here: Here, typed: string, lang: Lang): Promise<Hit[]> {
  const store = vendingStore(here);
  const t = vendingTexts.in(lang);
  const purchaseHit = ({ id, reference, amountMinor, currency, state }: KeptPurchase): Hit => ({
    path: `/staff/prepaid/purchases/${id}`,
    title: `${t("purchase")} ${reference} · ${formatMoney(amountMinor, currency, lang)}`,
    facts: t(state),
  });
  const bulkHit = ({ id, reference, resource, lines, totalMinor, currency }: KeptBulk): Hit => ({
    path: `/staff/prepaid/bulk/${id}`,
    title: `${bulkTexts.in(lang)(`${resource}Bulk`, { count: lines.length })} · ${formatMoney(totalMinor, currency, lang)}`,
    facts: reference,
  });
  const number = readNumber(typed);
  const [meter, purchase, bulk, bought, orders] = await Promise.all([
    store.meterByNumber(number).catch(absentIsNone),
    /^ppp_/i.test(typed) ? store.readPurchase(`ppp_${typed.slice(4).toUpperCase()}`) : undefined,
    /^ppb_/i.test(typed) ? bulkStore(here).read(`ppb_${typed.slice(4).toUpperCase()}`) : undefined,
    boughtBy(here, typed.slice(0, 40)),
    /^[0-9]{9,30}$/.test(number) ? store.ordersWithToken(number) : [],
  ]);
  const ofTokens = await Promise.all(
    orders.map(async ({ purchaseId, meterId }): Promise<Hit[]> => {
      const one = purchaseId === undefined ? undefined : await store.readPurchase(purchaseId);
      return one ? [purchaseHit(one.is)] : [{ path: `/staff/prepaid/meters/${meterId}`, title: t("tokens") }];
    }),
  );
  return [
    ...(meter
      ? [
          {
            path: `/staff/prepaid/meters/${meter.is.id}`,
            title: `${t("meter")} ${meter.is.facts.number}`,
            facts: t(meter.is.facts.resource),
          },
        ]
      : []),
    ...(purchase ? [purchaseHit(purchase.is)] : []),
    ...(bought.purchase ? [purchaseHit(bought.purchase)] : []),
    ...[bought.bulk, bulk?.is].flatMap((one) => (one ? [bulkHit(one)] : [])),
    ...ofTokens.flat(),
  ];
}
