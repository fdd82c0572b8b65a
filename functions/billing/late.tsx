import type { z } from "zod";
import { Field, Form, Notice, Table } from "../../shared/components.tsx";
import { longDay } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import { dayOf } from "../../shared/time.ts";
import { PenaltyTerms } from "../penalties/events.ts";
import { nameOf, vatRate } from "./bill-lines.tsx";
import { principalOf } from "./domain.ts";
import type { Penalty, Remission } from "./events.ts";
import { entriesOf } from "./penalties.ts";
import type { Bill } from "./schema.ts";
import type { Shown } from "./views.tsx";

// What a bill says of being late: by when it is to be paid, what was charged and taken back, what is offered.

export interface Late {
  penalties: readonly Penalty[];
  remissions: readonly Remission[];
  terms: z.infer<typeof PenaltyTerms.answer>;
  /** Of the city. */
  today: string;
}

export async function lateOf(here: Here, bill: Bill): Promise<Late> {
  const { id: billId, kind, currency, issuedAt, dueMinor, penaltyMinor = 0 } = bill;
  const open = { principalMinor: principalOf(dueMinor, penaltyMinor), penaltyMinor: openPenaltyOf(bill) };
  const [entries, terms] = await Promise.all([
    entriesOf(here, billId),
    here.ask(PenaltyTerms, { billId, kind, currency, issuedAt, ...open }),
  ]);
  return { ...entries, terms, today: dayOf(here.clock.now(), here.city.timeZone) };
}

const openPenaltyOf = ({ dueMinor, penaltyMinor = 0 }: Bill): number => Math.max(0, Math.min(dueMinor, penaltyMinor));

/** Each penalty with its reason, each remission, and what the bill comes to with them. */
export function PenaltyTable({ s, bill, late }: { s: Shown; bill: Bill; late: Late }) {
  const { t, lang } = s;
  const money = (minor: number) => formatMoney(minor, bill.currency, lang);
  if (late.penalties.length === 0) return null;
  const says = ({ type, basisPoints = 0, baseMinor, dueOn, on }: Penalty) =>
    t(`penalty_${type}`, {
      share: vatRate(basisPoints, lang),
      base: money(baseMinor),
      due: longDay(dueOn, s.lang),
      on: longDay(on, s.lang),
    });
  return (
    <Table
      caption={t("penalties")}
      head={[t("what"), t("amount")]}
      numeric={[1]}
      rows={[
        ...late.penalties.map((one) => [says(one), money(one.amountMinor)]),
        ...late.remissions.map((one) => [t(`remission_${one.why}`), money(-one.amountMinor)]),
        [<strong>{t("withPenalties")}</strong>, <strong>{money(bill.totalMinor + (bill.penaltyMinor ?? 0))}</strong>],
      ]}
    />
  );
}

/** What is offered to whoever is late; with the button where it can be taken up now. */
export function Offer({ s, bill, late, isPaying }: { s: Shown; bill: Bill; late: Late; isPaying: boolean }) {
  const { t, lang, here, csrf } = s;
  const { amnesty, isHeld } = late.terms;
  const money = (minor: number) => formatMoney(minor, bill.currency, lang);
  if (!amnesty || bill.dueMinor <= 0) return isHeld ? <Notice kind="info">{t("heldNow")}</Notice> : null;
  const { payMinor, remitMinor, fromOn, toOn, titles } = amnesty;
  return (
    <>
      <Notice kind="info">
        {t("amnestyOffer", {
          name: nameOf(titles, lang),
          pay: money(payMinor),
          remit: money(remitMinor),
          from: longDay(fromOn, s.lang),
          to: longDay(toOn, s.lang),
        })}{" "}
        {amnesty.allowsInstalments && t("amnestyParts")}
      </Notice>
      {isPaying && payMinor > 0 && payMinor < bill.dueMinor && late.today >= fromOn && (
        <Form action={here.url("/payments")} csrf={csrf} submit={t("payOffer", { amount: money(payMinor) })}>
          <input type="hidden" name="reference" value={bill.reference} />
          <input type="hidden" name="amountMinor" value={String(payMinor)} />
        </Form>
      )}
    </>
  );
}

/** For staff: whether a bill is disputed. */
export function HoldForm({ s, bill, isHeld }: { s: Shown; bill: Bill; isHeld: boolean }) {
  const { t, here, csrf } = s;
  const path = here.url(`/staff/billing/penalties/holds/${bill.id}`);
  return (
    <>
      <h2>{t("hold")}</h2>
      {isHeld ? (
        <Form action={`${path}/end`} csrf={csrf} submit={t("holdEnd")} />
      ) : (
        <Form action={path} csrf={csrf} submit={t("holdDo")}>
          <Field label={t("holdReason")} name="reason" maxlength={200} required />
        </Form>
      )}
    </>
  );
}
