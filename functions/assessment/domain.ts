import { Fault } from "../../shared/errors.ts";
import { exponentOf } from "../../shared/money.ts";
import { rounded, scaled, shareOut } from "../../shared/rounding.ts";
import { dayPlus, monthPlus } from "../../shared/time.ts";
import type { DueKind } from "../billing/events.ts";
import type {
  AssessedLine,
  Basis,
  Computed,
  Fact,
  Facts,
  NewRule,
  Part,
  Per,
  Rate,
  RollKind,
  Skipped,
  Spell,
} from "./schema.ts";

export interface KindOfRoll {
  /** What its bills are for. */
  due: DueKind;
  /** What is known of an entry. */
  facts: readonly Fact[];
  /** By which rates are told apart; the first must be known, as well as the others in `must`. */
  groups: readonly ("zone" | "use" | "market" | "category")[];
  must: readonly Fact[];
  bases: readonly Basis[];
}

export const KINDS: Record<RollKind, KindOfRoll> = {
  parcels: {
    due: "property_tax",
    facts: ["zone", "use", "areaM2", "valueMinor"],
    groups: ["zone", "use"],
    must: ["zone", "use"],
    bases: ["area", "value", "flat"],
  },
  stalls: {
    due: "market",
    facts: ["market", "category", "areaM2"],
    groups: ["market", "category"],
    must: ["market"],
    bases: ["area", "flat"],
  },
  dwellings: {
    due: "waste",
    facts: ["category", "zone", "areaM2", "persons", "bins"],
    groups: ["category", "zone"],
    must: ["category"],
    bases: ["flat", "person", "bin", "area"],
  },
  spaces: {
    due: "parking",
    facts: ["category", "zone"],
    groups: ["category", "zone"],
    must: ["category"],
    bases: ["flat"],
  },
};

/** What every entry may have beside the facts of its kind. */
export const COMMON_FACTS = ["accountId", "exemptBasisPoints", "exemptReason"] as const satisfies readonly Fact[];

/** What is wrong with an entry's facts, as the fact and a sentence; undefined where nothing is. */
export function wrongFact(kind: RollKind, facts: Facts): { fact: Fact; detail: string } | undefined {
  const known: readonly Fact[] = [...KINDS[kind].facts, ...COMMON_FACTS];
  const strange = (Object.keys(facts) as Fact[]).find((fact) => !known.includes(fact));
  if (strange) return { fact: strange, detail: `Nothing of this kind has it: ${kind}.` };
  const missing = KINDS[kind].must.find((fact) => facts[fact] === undefined);
  if (missing) return { fact: missing, detail: "It must be known." };
  if ((facts.exemptBasisPoints === undefined) !== (facts.exemptReason === undefined))
    return { fact: "exemptReason", detail: "An exemption has a share and a reason." };
  return undefined;
}

/** What is wrong with a rule's rates for this kind of roll, as the rate's place and a sentence. */
export function wrongRate(kind: RollKind, rates: readonly Rate[]): { at: string; detail: string } | undefined {
  const { groups, bases } = KINDS[kind];
  const seen = new Set<string>();
  for (const [i, rate] of rates.entries()) {
    if (!bases.includes(rate.basis)) return { at: `${i}/basis`, detail: `Nothing of this kind has it: ${kind}.` };
    const strange = GROUPS.find((group) => rate[group] !== undefined && !groups.includes(group));
    if (strange) return { at: `${i}/${strange}`, detail: `Nothing of this kind has it: ${kind}.` };
    const place = [rate.basis, ...groups.map((group) => rate[group]?.toLowerCase() ?? null)];
    const key = JSON.stringify(place);
    if (seen.has(key)) return { at: String(i), detail: "There is a rate for the same already." };
    seen.add(key);
  }
  return undefined;
}
const GROUPS = ["zone", "use", "market", "category"] as const;

/** Which length of period this is. */
export const perOf = (period: string): Per => (({ 4: "year", 7: "month" }) as const)[period.length as 4 | 7] ?? "day";

/** A period's first and last day. */
export function daysOf(period: string): { from: string; to: string } {
  if (period.length === 4) return { from: `${period}-01-01`, to: `${period}-12-31` };
  if (period.length === 7) return { from: `${period}-01`, to: dayPlus(`${monthPlus(period, 1)}-01`, -1) };
  return { from: period, to: period };
}

const DAY_MS = 86_400_000;
const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
const monthsBetween = (from: string, to: string): number =>
  (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7));

/**
 * The parts of a period in which the same facts hold. A period has as many slices as days, as months, or one; each
 * slice goes by the facts of its first day, so the slices of all parts together are at most those of the period.
 */
export function partsOf(spells: readonly Spell[], period: string, proRata: NewRule["proRata"]): Part[] {
  const { from: first, to: last } = daysOf(period);
  const byMonths = proRata === "months" && period.length === 4;
  const byDays = proRata === "days";
  const of = byDays ? daysBetween(first, last) : byMonths ? 12 : 1;
  return spells.flatMap(({ from, to, facts }) => {
    const [, start = first] = [from, first].sort();
    const end = to !== undefined && to < last ? to : last;
    if (start > end) return [];
    const count = byDays
      ? daysBetween(start, end)
      : byMonths
        ? monthsBetween(start, end) + (start.endsWith("-01") ? 1 : 0)
        : Number(start === first);
    return count > 0 ? [{ from: start, to: end, count, of, facts }] : [];
  });
}

/** Rates, prices and areas together have eight decimals, an exemption four more, VAT four more. */
const EXEMPT = 10_000n;
const RATES = 10n ** 8n;
const UNIT = RATES * EXEMPT * 10_000n;
const PLACES = 6;
const TOTAL_MAX = 1_000_000_000_000n;

interface Exact {
  line: Omit<AssessedLine, "amountMinor">;
  exact: bigint;
}

/** The rate of a basis that fits these facts and names most of them. */
function rateFor(kind: RollKind, rates: readonly Rate[], basis: Basis, facts: Facts): Rate | undefined {
  const { groups } = KINDS[kind];
  const names = (rate: Rate) =>
    groups.reduce((sum, group, i) => sum + (rate[group] === undefined ? 0 : 2 ** (groups.length - i)), 0);
  const fitting = rates.filter(
    (rate) =>
      rate.basis === basis &&
      groups.every((group) => rate[group] === undefined || rate[group].toLowerCase() === facts[group]?.toLowerCase()),
  );
  return fitting.sort((a, b) => names(b) - names(a))[0];
}

/** What one rate makes of the facts, in 10⁻⁸ minor units; undefined where its fact is not known. */
function rateAmount(rate: Rate, facts: Facts, scale: bigint) {
  switch (rate.basis) {
    case "area":
      if (facts.areaM2 === undefined) return undefined;
      return {
        exact: scaled(facts.areaM2, 2) * scaled(rate.price, PLACES) * scale,
        quantity: facts.areaM2,
        rate: rate.price,
      };
    case "value":
      if (facts.valueMinor === undefined) return undefined;
      return {
        exact: BigInt(facts.valueMinor) * scaled(rate.percent, PLACES),
        quantity: String(facts.valueMinor),
        rate: rate.percent,
      };
    default: {
      const count = rate.basis === "flat" ? 1 : rate.basis === "person" ? facts.persons : facts.bins;
      if (count === undefined) return undefined;
      return {
        exact: BigInt(rate.amountMinor) * BigInt(count) * RATES,
        quantity: String(count),
        rate: String(rate.amountMinor),
      };
    }
  }
}

/** What a whole period of these facts costs before exemptions, line by line in 10⁻⁸ minor units; or why not. */
function wholePeriod(kind: RollKind, rule: NewRule, facts: Facts): Exact[] | Skipped {
  const scale = 10n ** BigInt(exponentOf(rule.currency));
  const found: Exact[] = [];
  for (const basis of KINDS[kind].bases) {
    const rate = rateFor(kind, rule.rates, basis, facts);
    if (!rate) continue;
    const amount = rateAmount(rate, facts, scale);
    if (!amount) return "no_fact";
    const { exact, ...line } = amount;
    found.push({ line: { what: basis, ...line }, exact });
  }
  if (found.length === 0) return "no_rate";
  const sum = total(found);
  const least = BigInt(rule.minimumMinor ?? 0) * RATES;
  const most = rule.maximumMinor === undefined ? undefined : BigInt(rule.maximumMinor) * RATES;
  if (sum < least) found.push({ line: { what: "minimum" }, exact: least - sum });
  if (most !== undefined && sum > most) found.push({ line: { what: "maximum" }, exact: most - sum });
  return found;
}

const total = (all: readonly Exact[]): bigint => all.reduce((sum, { exact }) => sum + exact, 0n);

/**
 * What a period costs each payer, exactly, in this order: the rates of all bases that fit are added up, kept between
 * minimum and maximum, less the exemption, times the part's share of the period; then VAT. It is rounded once, here, at
 * the payer's total with VAT, by the rule's rounding. The lines are largest-remainder shares of that total, so they add
 * up; what a coarser rounding adds or takes is a line of its own.
 *
 * @param mayBeNobodys  charges also what nobody's account is known for
 * @returns the payers in order of their first day, and why the rest of the period is charged to nobody
 */
export function assess(
  kind: RollKind,
  rule: NewRule,
  spells: readonly Spell[],
  period: string,
  mayBeNobodys = false,
): { shares: Computed[]; skipped: Skipped[] } {
  const parts = partsOf(spells, period, rule.proRata);
  const skipped = new Set<Skipped>();
  const payers = new Map<string, { accountId: string | undefined; parts: Part[]; lines: Exact[] }>();
  for (const part of parts) {
    const { accountId } = part.facts;
    const whole = wholePeriod(kind, rule, part.facts);
    if (typeof whole === "string") skipped.add(whole);
    else if (accountId === undefined && !mayBeNobodys) skipped.add("no_account");
    else {
      const payer = payers.get(accountId ?? "") ?? { accountId, parts: [], lines: [] };
      payers.set(accountId ?? "", payer);
      payer.lines.push(...ofPart(whole, part, payer.parts.length));
      payer.parts.push(part);
    }
  }
  if (parts.length === 0) skipped.add("not_in_period");
  const shares: Computed[] = [];
  for (const { accountId, ...payer } of payers.values()) {
    const share = roundedShare(rule, payer.lines, BigInt(parts[0]!.of));
    if (share === "too_large") skipped.add(share);
    else if (share.totalMinor === 0) skipped.add("nothing_to_pay");
    else shares.push({ ...(accountId === undefined ? {} : { accountId }), parts: payer.parts, ...share });
  }
  return { shares, skipped: [...skipped] };
}

/** A whole period's lines, less the exemption, as they are of this part of it: in slices of `UNIT`. */
function ofPart(whole: readonly Exact[], { count, facts }: Part, index: number): Exact[] {
  const exempt = facts.exemptBasisPoints;
  const lines = whole.map(({ line, exact }) => ({ line, exact: exact * EXEMPT }));
  if (exempt !== undefined) lines.push({ line: { what: "exemption" }, exact: -total(whole) * BigInt(exempt) });
  return lines.map(({ line, exact }) => ({
    line: { ...line, part: index },
    exact: exact * 10_000n * BigInt(count),
  }));
}

function roundedShare(
  { vatBasisPoints, rounding: { mode, toMinor } }: NewRule,
  lines: Exact[],
  of: bigint,
): "too_large" | Pick<Computed, "lines" | "netMinor" | "vatMinor" | "totalMinor"> {
  const all = [...lines];
  if (vatBasisPoints > 0) all.push({ line: { what: "vat" }, exact: (total(lines) * BigInt(vatBasisPoints)) / 10_000n });
  const exact = total(all);
  const unit = UNIT * of;
  const sum = rounded(exact, unit * BigInt(toMinor), mode) * BigInt(toMinor);
  if (sum > TOTAL_MAX) return "too_large";
  const shown = toMinor === 1 ? sum : rounded(exact, unit, "half_up");
  const amounts = shareOut(
    shown,
    all.map((one) => one.exact),
    unit,
  );
  const assessed: AssessedLine[] = all.map(({ line }, i) => ({ ...line, amountMinor: Number(amounts[i]!) }));
  const vatMinor = assessed.find(({ what }) => what === "vat")?.amountMinor ?? 0;
  if (shown !== sum) assessed.push({ what: "rounding", amountMinor: Number(sum - shown) });
  return { lines: assessed, netMinor: Number(sum) - vatMinor, vatMinor, totalMinor: Number(sum) };
}

/** Who asked for something is not who lets it happen. @throws {Fault} forbidden */
export function fourEyes(askedBy: string, by: string): void {
  if (askedBy === by) throw new Fault("forbidden", "Who asked for it cannot approve it.");
}
