import { Field, Form, Table, Tag } from "../../shared/components.tsx";
import { cityDay } from "../../shared/dates.ts";
import { formatMoney } from "../../shared/money.ts";
import { leftOf } from "./books.ts";
import { type Back, CreditCause, type CreditNote, type Invoice } from "./schema.ts";
import { fieldsOf, LineField, partySaid, type Shown } from "./views.tsx";

const STATE_TONE = { asked: "warning", granted: "success", refused: "info" } as const;

interface Props {
  s: Shown;
  invoice: Invoice;
  notes: readonly CreditNote[];
  nameOf: (id: string | undefined) => string;
}

/** What was given back of an invoice, and what may be. */
export function CreditNotes({ s, invoice, notes, nameOf }: Props) {
  const { t, tc, lang } = s;
  if (notes.length === 0 && !(invoice.state === "paid" && s.mayDecide)) return null;
  return (
    <>
      <h2>{tc("notes")}</h2>
      {notes.length > 0 && (
        <Table
          caption={tc("notes")}
          head={[tc("number"), t("line"), tc("cause"), t("reason"), t("amount"), t("taxes"), t("state"), t("by")]}
          numeric={[4, 5]}
          rows={notes.map((note) => [
            <bdi>{note.number}</bdi>,
            String(note.line),
            tc(note.cause),
            note.reason,
            formatMoney(note.amountMinor, note.currency, lang),
            formatMoney(note.taxMinor, note.currency, lang),
            <Tag kind={STATE_TONE[note.state]}>{tc(note.state)}</Tag>,
            <>
              <bdi>{nameOf(note.askedBy)}</bdi> {cityDay(note.askedAt, s)}
            </>,
          ])}
        />
      )}
      {notes.map((note) => (
        <OneNote {...{ s, note }} />
      ))}
      {s.mayDecide && invoice.state === "paid" && <AskForm {...{ s, invoice }} />}
    </>
  );
}

function OneNote({ s, note }: { s: Shown; note: CreditNote }) {
  const { tc, here } = s;
  const { number, state, back } = note;
  const form = (does: string, label: string, fields: Record<string, string>) => (
    <Form action={here.url(`/staff/module-money/${note.invoice}/${does}`)} csrf={s.csrf} submit={label}>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </Form>
  );
  if (state === "asked" && s.mayDecide)
    return (
      <>
        <p class="hint">{tc("decideHint")}</p>
        {form("credit-decision", tc("grant", { number }), { number, agrees: "yes" })}
        {form("credit-decision", tc("refuse", { number }), { number, agrees: "no" })}
      </>
    );
  if (state !== "granted") return null;
  return (
    <ul>
      {back.map((one) => (
        <li>
          {backSaid(s, note, one)}
          {s.mayDecide && note.payer === undefined && leftOf(one) > 0
            ? form("credit-back", tc("billBack", { party: partySaid(one.party, s.t) }), { number, party: one.party })
            : null}
        </li>
      ))}
    </ul>
  );
}

function backSaid({ tc, t, lang }: Shown, { currency }: CreditNote, one: Back): string {
  const of = (minor: number) => ({ party: partySaid(one.party, t), amount: formatMoney(minor, currency, lang) });
  const { bill } = one;
  if (bill?.paidAt || one.offsetMinor === one.amountMinor) return tc("returned", of(one.amountMinor));
  if (bill) return tc("billed", { ...of(bill.amountMinor), reference: bill.reference ?? "…" });
  return tc("next", of(leftOf(one)));
}

function AskForm({ s, invoice }: { s: Shown; invoice: Invoice }) {
  const { t, tc, here } = s;
  const { value, error } = fieldsOf(s);
  return (
    <details open={s.given["cause"] !== undefined}>
      <summary>{tc("askTitle")}</summary>
      <Form action={here.url(`/staff/module-money/${invoice.id}/credit-notes`)} csrf={s.csrf} submit={tc("ask")}>
        <p class="hint">{tc("askHint")}</p>
        <input type="hidden" name="revision" value={String(invoice.revision)} />
        <LineField {...{ s, invoice }} />
        <Field
          label={tc("cause")}
          name="cause"
          type="select"
          options={CreditCause.options.map((cause) => [cause, tc(cause)] as const)}
          value={value("cause")}
          error={error("cause")}
        />
        <Field label={tc("units")} name="units" inputmode="numeric" value={value("units")} error={error("units")} />
        <Field label={t("reason")} name="reason" maxlength={200} value={value("reason")} error={error("reason")} />
      </Form>
    </details>
  );
}
