import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Hit } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { accountsOf } from "./accounts.ts";
import { heldIn } from "./domain.ts";
import { refundOf } from "./refunds.ts";
import { paymentStore } from "./store.ts";
import { suspenseOf } from "./suspense.ts";
import { subjectOf, targetOf } from "./targets.ts";
import { paymentTexts } from "./texts.ts";

/**
 * What a number is a payment's, a refund's or waiting money's: ours, a provider's as the payer's message shows it, its
 * session's, a third party's, or the reference of a bill, which leads to the payment that stands for it.
 */
export async function found(here: Here, typed: string, lang: Lang): Promise<Hit[]> {
  const t = paymentTexts.in(lang);
  const store = paymentStore(here);
  const payment = async (id: string): Promise<Hit[]> => {
    const one = await store.find(id);
    if (!one) return [];
    const money = formatMoney(one.settledMinor ?? one.amountMinor, one.currency, lang);
    return [{ path: `/staff/payments/of/${id}`, title: `${one.reference} · ${money}`, facts: t(one.state) }];
  };
  const refund = (id: string) =>
    refundOf(here, id).then(
      (): Hit[] => [{ path: `/staff/payments/refunds/${id}`, title: t("refunds"), facts: id }],
      absentIsNone,
    );
  const waiting = (id: string) =>
    suspenseOf(here, id).then(
      (): Hit[] => [{ path: `/staff/payments/suspense/${id}`, title: t("suspenseTitle"), facts: id }],
      absentIsNone,
    );
  // Our own numbers in their one spelling, however they were typed.
  const [kind = "", rest = ""] = typed.split("_");
  const id = `${kind.toLowerCase()}_${rest.toUpperCase()}`;
  const named = (one: string) =>
    one.startsWith("pay_") ? payment(one) : one.startsWith("rfd_") ? refund(one) : waiting(one);
  if (/^(pay|rfd|sus)_/i.test(typed)) return named(id);

  const target = await targetOf(here, typed.slice(0, 40));
  const standing = target && (await store.payingFor(subjectOf(target)));
  if (standing) return payment(standing.id);

  const holders = [...new Set((await accountsOf(here)).map(({ rail, id }) => heldIn({ rail, account: id })))];
  const [booked, sessions, taken] = await Promise.all([
    Promise.all(holders.map((holder) => store.booked(holder, typed))),
    Promise.all(holders.map((holder) => store.bySession(holder, typed))),
    store.takenAs(typed),
  ]);
  const ids = new Set([
    ...booked.flatMap((one) => one?.id ?? []),
    ...sessions.flatMap((one) => one?.id ?? []),
    ...taken,
  ]);
  return (await Promise.all([...ids].map((one) => named(one)))).flat();
}

const absentIsNone = (error: unknown): [] => {
  if (error instanceof Fault && error.kind === "absent") return [];
  throw error;
};
