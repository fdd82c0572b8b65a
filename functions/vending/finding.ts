import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Hit } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { BillByReference } from "../billing/events.ts";
import { readNumber } from "./domain.ts";
import type { KeptPurchase } from "./schema.ts";
import { vendingStore } from "./store.ts";
import { vendingTexts } from "./texts.ts";

/** The purchase of a bill's reference, however it was typed. */
export async function byReference(here: Here, reference: string): Promise<KeptPurchase | undefined> {
  const bill = await here.ask(BillByReference, { reference }).catch(absentIsNone);
  const store = vendingStore(here);
  const id = bill && (await store.purchaseIdOf(bill.billId));
  return id === undefined ? undefined : (await store.readPurchase(id))?.is;
}

/** What a typed text names here: a meter by its number, a purchase by its id or reference, either by a token. */
export async function found(here: Here, typed: string, lang: Lang): Promise<Hit[]> {
  const store = vendingStore(here);
  const t = vendingTexts.in(lang);
  const purchaseHit = ({ id, reference, amountMinor, currency, state }: KeptPurchase): Hit => ({
    path: `/staff/prepaid/purchases/${id}`,
    title: `${t("purchase")} ${reference} · ${formatMoney(amountMinor, currency, lang)}`,
    facts: t(state),
  });
  const number = readNumber(typed);
  const [meter, purchase, bought, orders] = await Promise.all([
    store.meterByNumber(number).catch(absentIsNone),
    /^ppp_/i.test(typed) ? store.readPurchase(`ppp_${typed.slice(4).toUpperCase()}`) : undefined,
    byReference(here, typed.slice(0, 40)),
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
    ...(bought ? [purchaseHit(bought)] : []),
    ...ofTokens.flat(),
  ];
}
