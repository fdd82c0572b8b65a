import { exponentOf } from "../../shared/money.ts";
import { rounded, scaled, shareOut } from "../../shared/rounding.ts";
import type { Line } from "./schema.ts";
import type { TariffPart } from "./tariff.ts";
import type { Exempted, FlatTariff } from "./terms-schema.ts";

// How use, or the passing of time, becomes an amount: the one place where a bill is rounded.

/**
 * Amounts are whole numbers of this part of a minor unit until they are rounded, so that there is no float and no
 * rounding on the way: six places of a price, three of a unit (Wh, L), four for each of four percentages.
 */
const ONE = 10n ** 25n;
const PRICE_PLACES = 6;
/** Wh in a kWh, litres in a m³. */
const BASE_PER_UNIT = 1_000n;
const WHOLE = 10_000n;

type Rounding = TariffPart["rounding"];

export interface Charge {
  lines: Line[];
  netMinor: number;
  vatMinor: number;
  totalMinor: number;
}

/** What is granted to whoever is billed, for this month. */
export interface Terms {
  isSocial?: boolean;
  /** At most one of each kind. */
  exempted?: readonly Exempted[];
}

interface Part {
  line: Omit<Line, "amountMinor">;
  exact: bigint;
}
/** Before VAT. */
interface NetPart extends Part {
  vatBasisPoints: number;
}

/**
 * What a month of use costs. The total with VAT is computed exactly and rounded once, here, by the tariff's rule.
 * The lines are shares of it: each is less than one minor unit from its exact amount, and they add up to the total;
 * what a coarser rounding than one minor unit adds or takes is a line of its own.
 *
 * With the social tariff, use up to its limit is charged by its bands; the rest by the normal ones, each unit at the
 * price of the band that it falls into, so that one unit more never costs a household the whole of its advantage.
 *
 * @param quantity  Wh or litres, a whole number; what a meter gave back (below 0) counts as 0
 * @throws {RangeError} when the total is beyond what is kept exactly
 */
export function charge(tariff: TariffPart, quantity: number, terms: Terms = {}): Charge {
  const used = BigInt(Math.max(0, quantity));
  const social = terms.isSocial ? tariff.classes?.social : undefined;
  const scale = 10n ** BigInt(exponentOf(tariff.currency));
  const { fixedMinor, vatBasisPoints } = { ...tariff, ...ratesOf(social) };

  const parts: NetPart[] = [];
  const use = (from: bigint, to: bigint, bands: TariffPart["bands"], more: { isSocial?: true }, vat: number): void => {
    let start = 0n;
    for (const [band, { upTo, price }] of bands.entries()) {
      const end = upTo === undefined ? to : min(to, BigInt(upTo) * BASE_PER_UNIT);
      const inBand = end - max(from, start);
      // Who used nothing sees the price of the first one.
      if (inBand > 0n || (band === 0 && used === 0n))
        parts.push({
          line: { what: "band", band, price, quantity: Number(inBand), ...more },
          exact: inBand * scaled(price, PRICE_PLACES) * scale * 10n ** 16n,
          vatBasisPoints: vat,
        });
      start = max(start, end);
    }
  };
  const socialTo = social?.upTo === undefined ? used : min(used, BigInt(social.upTo) * BASE_PER_UNIT);
  if (social) use(0n, socialTo, social.bands, { isSocial: true }, vatBasisPoints);
  if (!social || socialTo < used) use(social ? socialTo : 0n, used, tariff.bands, {}, tariff.vatBasisPoints);
  if (fixedMinor > 0) parts.push({ line: { what: "fixed" }, exact: BigInt(fixedMinor) * ONE, vatBasisPoints });
  return totalled(parts, terms.exempted ?? [], tariff.rounding, ONE);
}

const ratesOf = (social: NonNullable<TariffPart["classes"]>["social"]) => ({
  ...(social?.fixedMinor === undefined ? {} : { fixedMinor: social.fixedMinor }),
  ...(social?.vatBasisPoints === undefined ? {} : { vatBasisPoints: social.vatBasisPoints }),
});

/**
 * What a month of something without a meter costs: so many units, for these days of the month.
 * @throws {RangeError} when the total is beyond what is kept exactly
 */
export function chargeFlat(
  tariff: FlatTariff,
  of: { quantity: number; days: number; daysInMonth: number },
  terms: Pick<Terms, "exempted"> = {},
): Charge {
  const scale = 10n ** BigInt(exponentOf(tariff.currency));
  const exact = BigInt(of.quantity) * scaled(tariff.price, PRICE_PLACES) * scale * 10n ** 19n * BigInt(of.days);
  const { vatBasisPoints, price, rounding } = tariff;
  const parts = [{ line: { what: "flat" as const, price, ...of }, exact, vatBasisPoints }];
  return totalled(parts, terms.exempted ?? [], rounding, ONE * BigInt(of.daysInMonth));
}

/**
 * Takes off what is exempt, adds VAT, rounds once, and shares the total out among the lines.
 * @param one  a minor unit, as the exact amounts count it
 */
function totalled(parts: readonly NetPart[], exempted: readonly Exempted[], rounding: Rounding, one: bigint): Charge {
  const shareOf = (of: Exempted["of"]) => {
    const found = exempted.find((each) => each.of === of);
    return found && { line: { what: "exemption" as const, ...found }, share: BigInt(found.basisPoints) };
  };
  const net: Part[] = parts.map(({ line, exact }) => ({ line, exact }));
  const byRate = new Map<number, bigint>();
  const taxed = (vatBasisPoints: number, exact: bigint) =>
    byRate.set(vatBasisPoints, (byRate.get(vatBasisPoints) ?? 0n) + exact);
  for (const { vatBasisPoints, exact } of parts) taxed(vatBasisPoints, exact);

  const fixed = shareOf("fixed");
  const fixedPart = parts.find(({ line }) => line.what === "fixed");
  if (fixed && fixedPart) {
    const off = (fixedPart.exact * fixed.share) / WHOLE;
    net.push({ line: fixed.line, exact: -off });
    taxed(fixedPart.vatBasisPoints, -off);
  }
  const whole = shareOf("whole");
  if (whole) {
    let off = 0n;
    for (const [rate, exact] of byRate) {
      const ofRate = (exact * whole.share) / WHOLE;
      off += ofRate;
      byRate.set(rate, exact - ofRate);
    }
    net.push({ line: whole.line, exact: -off });
  }
  const vat: Part[] = [...byRate]
    .filter(([rate]) => rate > 0)
    .map(([rate, exact]) => ({
      line: { what: "vat", basisPoints: rate },
      exact: (exact * BigInt(rate)) / WHOLE,
    }));
  const vatOff = shareOf("vat");
  if (vatOff && vat.length > 0) vat.push({ line: vatOff.line, exact: -((sum(vat) * vatOff.share) / WHOLE) });

  const [netExact, vatExact] = [sum(net), sum(vat)];
  const exact = netExact + vatExact;
  const { mode, toMinor } = rounding;
  const total = rounded(exact, one * BigInt(toMinor), mode) * BigInt(toMinor);
  if (total > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("a bill beyond exact numbers");
  const shown = toMinor === 1 ? total : rounded(exact, one, "half_up");
  // Net and VAT first, so that neither can fall below zero; then each among its lines.
  const [netShown = 0n, vatShown = 0n] = shareOut(shown, [netExact, vatExact], one);
  const lines = [...linesOf(netShown, net, one), ...linesOf(vatShown, vat, one)];
  if (shown !== total) lines.push({ what: "rounding", amountMinor: Number(total - shown) });
  return { lines, vatMinor: Number(vatShown), totalMinor: Number(total), netMinor: Number(total - vatShown) };
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const max = (a: bigint, b: bigint) => (a > b ? a : b);
const sum = (parts: readonly Part[]) => parts.reduce((total, { exact }) => total + exact, 0n);

function linesOf(total: bigint, parts: readonly Part[], one: bigint): Line[] {
  const amounts = shareOut(
    total,
    parts.map(({ exact }) => exact),
    one,
  );
  return parts.map(({ line }, i) => ({ ...line, amountMinor: Number(amounts[i]!) }));
}
