import type { Child } from "hono/jsx";
import { ErrorSummary, Facts, Field, Form, LinkButton, Table } from "../../shared/components.tsx";
import { shortDay } from "../../shared/dates.ts";
import { labelled } from "../../shared/texts.ts";
import { type Given, type Mistake, money, type Shown } from "./desk.tsx";
import { COMMON_FACTS, KINDS } from "./domain.ts";
import type { AssessedLine, Assessment, Fact, Facts as Known, RollKind, Share, Spell } from "./schema.ts";
import { type Column, columnOf, percentOf } from "./typing.ts";

/** Names of accounts by id; of what is a visitor's own, none is needed. */
type Accounts = Map<string, string>;

export const Days = ({ s, from, to }: { s: Shown; from: string; to?: string | undefined }) => (
  <>{`${shortDay(from, s.lang)} – ${to === undefined ? s.a("open") : shortDay(to, s.lang)}`}</>
);

/** A language, as the reader calls it. */
export const languageName = (of: string, lang: string) =>
  new Intl.DisplayNames([lang], { type: "language" }).of(of) ?? of;

/** A fact as people read it. */
export function factText(s: Shown, fact: Fact, value: string | number | undefined, accounts?: Accounts): string {
  if (value === undefined) return "—";
  if (fact === "valueMinor") return money(s, Number(value));
  if (fact === "exemptBasisPoints") return `${percentOf(Number(value))} %`;
  if (fact === "accountId") return accounts?.get(String(value)) ?? String(value);
  if (fact === "areaM2") return new Intl.NumberFormat(s.lang).format(value as number);
  return String(value);
}

/** What is known, in one sentence. */
export const knownText = (s: Shown, kind: RollKind, facts: Known): string =>
  [...KINDS[kind].facts, "exemptBasisPoints" as const, "exemptReason" as const]
    .filter((fact) => facts[fact] !== undefined)
    .map((fact) => labelled(s.lang, s.a(fact), factText(s, fact, facts[fact])))
    .join(" · ");

export const Timeline = ({
  s,
  kind,
  spells,
  accounts,
  caption,
}: {
  s: Shown;
  kind: RollKind;
  spells: readonly Spell[];
  accounts?: Accounts;
  caption: string;
}) => (
  <Table
    caption={caption}
    head={[s.a("days"), s.a("facts"), ...(accounts ? [s.a("accountId")] : [])]}
    rows={spells.map(({ from, to, facts }): Child[] => [
      <Days {...{ s, from, to }} />,
      knownText(s, kind, facts),
      ...(accounts ? [factText(s, "accountId", facts.accountId, accounts)] : []),
    ])}
  />
);

/** What a line was computed from: `250.5 × 1.00`. */
function lineHow(s: Shown, { what, quantity, rate }: AssessedLine, currency: string): string {
  const number = (text: string) => new Intl.NumberFormat(s.lang, { maximumFractionDigits: 6 }).format(text as never);
  if (quantity === undefined || rate === undefined) return "";
  if (what === "area") return `${number(quantity)} × ${number(rate)}`;
  if (what === "value") return `${money(s, Number(quantity), currency)} × ${number(rate)} %`;
  if (what === "flat") return money(s, Number(rate), currency);
  return `${number(quantity)} × ${money(s, Number(rate), currency)}`;
}
const lineName = (s: Shown, { what, part }: AssessedLine, { parts }: Share): string =>
  s.a(what, { reason: part === undefined ? "" : (parts[part]?.facts.exemptReason ?? "") });

/** One payer's share: its parts, its lines, and the bills that charge it. */
export function ShareView({ s, of, share, accounts }: { s: Shown; of: Assessment; share: Share; accounts?: Accounts }) {
  const { a, here } = s;
  const amount = (minor: number) => money(s, minor, of.currency);
  const isParted = share.parts.length > 1 || (share.parts[0]?.of ?? 1) > 1;
  return (
    <>
      {accounts && <h2>{factText(s, "accountId", share.accountId, accounts)}</h2>}
      <Table
        caption={a("facts")}
        head={isParted ? [a("days"), a("facts"), a("share")] : [a("days"), a("facts")]}
        rows={share.parts.map(({ from, to, count, of: all, facts }) => [
          <Days {...{ s, from, to }} />,
          knownText(s, of.kind, facts),
          ...(isParted ? [a("slices", { count, of: all })] : []),
        ])}
      />
      {isParted && <p class="hint">{a("slicesLead")}</p>}
      <Table
        caption={a("how")}
        head={[a("what"), a("how"), a("amount")]}
        numeric={[2]}
        rows={[
          ...share.lines.map((line): Child[] => [
            share.parts.length > 1 && line.part !== undefined
              ? labelled(s.lang, a("part", { number: line.part + 1 }), lineName(s, line, share))
              : lineName(s, line, share),
            <bdi>{lineHow(s, line, of.currency)}</bdi>,
            amount(line.amountMinor),
          ]),
          [<strong>{a("total")}</strong>, "", <strong>{amount(share.totalMinor)}</strong>],
        ]}
      />
      <Facts
        items={[
          ...share.dues.map(({ billId, reference }): [Child, Child] => [
            a("bill"),
            <a href={here.url(`/bills/${billId}`)}>
              <bdi style="white-space:nowrap">{reference}</bdi>
            </a>,
          ]),
          ...(share.creditedMinor > 0 ? [[a("credited"), amount(share.creditedMinor)] as const] : []),
          ...(share.owedBackMinor > 0 ? [[a("owedBack"), amount(share.owedBackMinor)] as const] : []),
        ]}
      />
    </>
  );
}

export const Mistakes = ({ s, mistakes }: { s: Shown; mistakes: readonly Mistake[] }) =>
  mistakes.length > 0 ? <ErrorSummary title={s.a("mistakes")} errors={mistakes} /> : null;

interface FactFieldsProps {
  s: Shown;
  kind: RollKind;
  given: Given;
  mistakes: readonly Mistake[];
  /** The account is asked for by its number. */
  withAccount: boolean;
}

const INPUT: Partial<Record<Column, "decimal" | "numeric">> = {
  ...{ area: "decimal", value: "decimal", exempt: "decimal", persons: "numeric", bins: "numeric" },
};

/** A field for each fact that an entry of this kind can have. */
export function FactFields({ s, kind, given, mistakes, withAccount }: FactFieldsProps) {
  const facts = [...KINDS[kind].facts, ...COMMON_FACTS].filter((fact) => withAccount || fact !== "accountId");
  return (
    <>
      {facts.map((fact) => {
        const name = columnOf(fact);
        const inputmode = INPUT[name as Column];
        return (
          <Field
            label={fact === "exemptBasisPoints" ? s.t("percent") : s.a(fact)}
            {...(fact === "accountId" ? { hint: s.t("accountHint") } : {})}
            {...(inputmode ? { inputmode } : {})}
            name={name}
            value={given[name]}
            error={mistakes.find(({ field }) => field === name)?.detail}
            maxlength={120}
          />
        );
      })}
    </>
  );
}

/** A one-button form. */
export const Press = ({ s, to, says, children }: { s: Shown; to: string; says: string; children?: Child }) => (
  <Form action={s.here.url(to)} csrf={s.csrf} submit={says}>
    {children}
  </Form>
);

/** How a bill is paid at once: on the payer's phone, or in cash. */
export const PayLinks = ({ s, reference }: { s: Shown; reference: string }) => (
  <>
    <LinkButton href={s.here.url(`/pay?reference=${reference}`)} second>
      {s.t("payNow")}
    </LinkButton>
    <LinkButton href={s.here.url("/staff/counter")} second>
      {s.t("toCounter")}
    </LinkButton>
  </>
);
