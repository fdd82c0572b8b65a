import type { BankAccountFacts } from "../../functions/bank/events.ts";
import { Field, Form, LinkButton, Notice, Table, Tag } from "../../shared/components.tsx";
import { cityDay } from "../../shared/dates.ts";
import { decimalOf, formatMoney } from "../../shared/money.ts";
import { inLang } from "../contract/words.ts";
import { CreditNotes } from "./credit-views.tsx";
import { mayUnchoose } from "./paying.ts";
import type { CreditNote, Invoice, Line } from "./schema.ts";
import { fieldsOf, LineField, Mistakes, partySaid, type Shown, Totals } from "./views.tsx";

interface Props {
  s: Shown;
  invoice: Invoice;
  notes: readonly CreditNote[];
  accounts: readonly BankAccountFacts[];
  isDone: boolean;
  /** What staff call whoever did something. */
  nameOf: (id: string | undefined) => string;
}

export function InvoicePage({ s, invoice, notes, accounts, isDone, nameOf }: Props) {
  const { t, tc, lang, here } = s;
  const { id, payer, currency, credits, lines, payouts, state } = invoice;
  const money = (minor: number) => formatMoney(minor, currency, lang);
  return (
    <>
      <Mistakes s={s} />
      {isDone && <Notice kind="success">{t("done")}</Notice>}
      <Totals {...{ s, invoice }} />
      <Table
        caption={t("lines")}
        head={["", t("module"), t("counted"), t("unit"), t("net"), t("taxes"), tc("taxWhy")]}
        numeric={[4, 5]}
        rows={lines.map((line, i) => [
          String(i + 1),
          <>
            {inLang(line.title, lang)} {line.version}
            {line.sponsor && line.sponsor !== payer && <> ({t("sponsor", { sponsor: line.sponsor })})</>}
          </>,
          countedSaid(s, line),
          unitSaid(s, line, currency),
          <>
            {money(line.netMinor)}
            {line.creditedMinor > 0 && <> ({t("credited", { amount: money(line.creditedMinor) })})</>}
            {line.beyondPledgeMinor && <> ({tc("beyond", { amount: money(line.beyondPledgeMinor) })})</>}
          </>,
          `${money(line.taxMinor)} (${decimalOf(line.tax.basisPoints, "EUR")} %)`,
          tc(line.tax.why),
        ])}
      />
      <LinkButton second href={here.url(`/staff/module-money/${id}/lines.csv`)}>
        {tc("csv")}
      </LinkButton>
      <Table
        caption={t("whoGets")}
        head={[t("line"), t("party"), t("role"), t("amount")]}
        numeric={[3]}
        rows={lines.flatMap(({ shares }, i) =>
          shares.map(({ party, role, amountMinor }) => [
            String(i + 1),
            partySaid(party, t),
            t(role === "house" ? "roleHouse" : role),
            money(amountMinor),
          ]),
        )}
      />
      {payouts.length > 0 && (
        <Table
          caption={t("payouts")}
          head={[t("party"), t("amount"), t("way"), t("state")]}
          numeric={[1]}
          rows={payouts.map((payout) => [
            partySaid(payout.party, t),
            money(payout.amountMinor),
            payout.by ? t(payout.by) : "",
            <Tag kind={payout.state === "paid" ? "success" : "info"}>{t(payout.state)}</Tag>,
          ])}
        />
      )}
      {credits.length > 0 && (
        <Table
          caption={t("credits")}
          head={[t("line"), t("amount"), t("reason"), t("when"), t("by")]}
          numeric={[1]}
          rows={credits.map(({ line, amountMinor, reason, at, by }) => [
            String(line),
            money(amountMinor),
            reason,
            cityDay(at, s),
            <bdi>{nameOf(by)}</bdi>,
          ])}
        />
      )}
      {s.mayDecide && <Next {...{ s, invoice, accounts }} />}
      {s.mayDecide && payer === undefined && (state === "drawn" || state === "approved") && (
        <CreditForm {...{ s, invoice }} />
      )}
      <CreditNotes {...{ s, invoice, notes, nameOf }} />
    </>
  );
}

function countedSaid({ t }: Shown, { what, counted, of }: Line): string {
  if (what === "once") return t("once");
  return what === "use" ? t("uses", { n: counted }) : t("daysOf", { n: counted, of });
}

function unitSaid({ t, lang }: Shown, { what, unitMinor }: Line, currency: string): string {
  const amount = formatMoney(unitMinor, currency, lang);
  if (what === "once") return amount;
  return t(what === "use" ? "perUse" : what === "month" ? "perMonth" : "perYear", { amount });
}

const action = ({ here }: Shown, { id }: Invoice, does: string) => here.url(`/staff/module-money/${id}/${does}`);

function Next({ s, invoice, accounts }: Omit<Props, "isDone" | "nameOf" | "notes">) {
  const { t } = s;
  if (invoice.state === "drawn")
    return (
      <Form action={action(s, invoice, "approval")} csrf={s.csrf} submit={t("approve")}>
        <p class="hint">{t("approveHint")}</p>
      </Form>
    );
  if (invoice.state === "approved")
    return (
      <>
        <h2>{t("pay")}</h2>
        <ByTransfer {...{ s, invoice, accounts }} />
        <h3>{t("byCard")}</h3>
        <Form action={action(s, invoice, "payment")} csrf={s.csrf} submit={t("payByCard")}>
          <p class="hint">{t("cardHint")}</p>
          <input type="hidden" name="rail" value="card" />
        </Form>
      </>
    );
  if (invoice.state !== "paying") return null;
  return (
    <>
      {invoice.rail === "card" ? <Cards {...{ s, invoice }} /> : <Transfers {...{ s, invoice }} />}
      {mayUnchoose(invoice) && (
        <Form action={action(s, invoice, "other-way")} csrf={s.csrf} submit={t("otherWay")}>
          <p class="hint">{t("otherWayHint")}</p>
        </Form>
      )}
    </>
  );
}

function ByTransfer({ s, invoice, accounts }: Omit<Props, "isDone" | "nameOf" | "notes">) {
  const { t } = s;
  const { value, error } = fieldsOf(s);
  return (
    <>
      <h3>{t("transfer")}</h3>
      <Form action={action(s, invoice, "payment")} csrf={s.csrf} submit={t("payByTransfer")}>
        <p class="hint">{t("transferHint")}</p>
        <input type="hidden" name="rail" value="transfer" />
        {accounts.length === 0 ? (
          <p>{t("noAccount")}</p>
        ) : (
          <Field
            label={t("account")}
            name="bankAccountId"
            type="select"
            options={accounts.map(({ id, name, iban }) => [id, `${name} (${iban.slice(-4)})`] as const)}
            value={value("bankAccountId")}
            error={error("bankAccountId")}
          />
        )}
        <Field
          label={t("purchaseOrder")}
          name="purchaseOrder"
          maxlength={35}
          value={value("purchaseOrder")}
          error={error("purchaseOrder")}
        />
      </Form>
    </>
  );
}

/** What is left to do of a transfer: the bank's order, the operator's batch. */
function Transfers({ s, invoice }: { s: Shown; invoice: Invoice }) {
  const { t, here } = s;
  const hasBatch = invoice.payouts.some(({ by, state }) => by === "mobile_money" && state === "owed");
  return (
    <>
      {invoice.orderId && (
        <p>
          <a href={here.url(`/staff/bank/orders/${invoice.orderId}`)}>{t("order")}</a>
        </p>
      )}
      {hasBatch && (
        <>
          <LinkButton second href={action(s, invoice, "mobile-money.csv")}>
            {t("batch")}
          </LinkButton>
          <Form action={action(s, invoice, "mobile-money")} csrf={s.csrf} submit={t("batchPaid")}>
            <p class="hint">{t("batchHint")}</p>
            <Field label={t("batchReference")} name="reference" maxlength={60} />
          </Form>
        </>
      )}
    </>
  );
}

function Cards({ s, invoice }: { s: Shown; invoice: Invoice }) {
  const { t } = s;
  return (
    <>
      {invoice.payouts
        .filter(({ state, card }) => state === "owed" && card?.url)
        .map(({ party, card }) => (
          <p>
            <LinkButton href={card!.url!}>{t("payNow", { party })}</LinkButton>
          </p>
        ))}
      <Form action={action(s, invoice, "payment")} csrf={s.csrf} submit={t("renew")}>
        <input type="hidden" name="rail" value="card" />
      </Form>
    </>
  );
}

function CreditForm({ s, invoice }: { s: Shown; invoice: Invoice }) {
  const { t } = s;
  const { value, error } = fieldsOf(s);
  return (
    <details open={s.given["reason"] !== undefined}>
      <summary>{t("creditTitle")}</summary>
      <Form action={action(s, invoice, "credits")} csrf={s.csrf} submit={t("creditIt")}>
        <p class="hint">{t("creditHint")}</p>
        <input type="hidden" name="revision" value={String(invoice.revision)} />
        <LineField {...{ s, invoice }} />
        <Field
          label={`${t("creditAmount")} (${invoice.currency})`}
          name="amount"
          inputmode="decimal"
          value={value("amount")}
          error={error("amount") ?? error("amountMinor")}
        />
        <Field label={t("reason")} name="reason" maxlength={200} value={value("reason")} error={error("reason")} />
      </Form>
    </details>
  );
}
