import { Fault, invalid } from "../../shared/errors.ts";
import { movable, railUnit } from "../../shared/payable.ts";
import { charge, type TariffPart } from "../billing/events.ts";
import type { MonthBought, Sale } from "./schema.ts";

/** Wh or litres in a tenth of a kWh or m³. */
const BASE_PER_TENTH = 100;

export interface Selling {
  tariff: TariffPart;
  paidMinor: number;
  /** Kept from earlier purchases. */
  carriedMinor: number;
  /** Old dues that this purchase may be asked to pay a part of. */
  arrearsMinor: number;
  /** How much of each purchase goes to them. */
  arrearsBasisPoints: number;
  /** What this meter bought in this month so far. */
  bought: Omit<MonthBought, "month">;
  /** What it gets each month without paying. */
  freeTenths: number;
  /** The least that a token can carry, in tenths. */
  grainTenths: number;
  /** The most of one purchase: a tariff that gives everything away does not sell for ever. */
  mostTenths: number;
}

export const NOTHING_BOUGHT: Omit<MonthBought, "month"> = { tenths: 0, freeTenths: 0, isFixedPaid: false };

/**
 * What money buys: the inverse of `charge` over the month's purchases together, so that many small ones buy what one
 * large one does, step by step. It is rounded here and nowhere else: the arrears' share down to what every rail moves, the
 * quantity down to a whole tenth, what is left over kept for the next purchase, and the VAT that the price contains to
 * the nearest minor unit. Free units come on top and count in no step.
 *
 * @throws {Fault} invalid: it does not buy anything, or more than one purchase may
 */
export function sell(selling: Selling): Sale {
  const { tariff, paidMinor, carriedMinor, bought, grainTenths, mostTenths } = selling;
  const arrearsMinor = arrearsOf(selling);
  const forUse = paidMinor - arrearsMinor + carriedMinor;
  const grains = grainsFor(selling, forUse);
  const freeTenths = freeOf(selling);
  if (grains < 0 || (grains === 0 && freeTenths === 0)) throw tooLittle(leastMinor(selling));
  if (grains * grainTenths + freeTenths > mostTenths)
    throw invalid("#/amountMinor", "This buys more than one purchase may.");

  const tenths = grains * grainTenths;
  const costMinor = costOf(selling, grains);
  const vatMinor = vatIn(costMinor, tariff.vatBasisPoints);
  const fixedMinor = bought.isFixedPaid ? 0 : Math.min(tariff.fixedMinor, costMinor - vatMinor);
  return {
    ...{ paidMinor, carriedMinor, arrearsMinor, fixedMinor, vatMinor, tenths, freeTenths },
    energyMinor: costMinor - vatMinor - fixedMinor,
    keptMinor: forUse - costMinor,
    steps: stepsOf(tariff, bought.tenths, tenths),
  };
}

function tooLittle(least: number): Fault {
  const detail = `This is too little: the least that buys something is ${least}.`;
  return new Fault("invalid", detail, { errors: [{ pointer: "#/amountMinor", detail }], leastMinor: least });
}

/** The month with one more sale. */
export const plusSale = (bought: MonthBought, { tenths, freeTenths }: Sale): MonthBought => ({
  ...bought,
  tenths: bought.tenths + tenths,
  freeTenths: bought.freeTenths + freeTenths,
  isFixedPaid: true,
});

/** The month without a sale that was undone. The month's fixed part stays paid only where another purchase paid it. */
export const minusSale = (bought: MonthBought, { tenths, freeTenths, fixedMinor }: Sale): MonthBought => ({
  ...bought,
  tenths: bought.tenths - tenths,
  freeTenths: bought.freeTenths - freeTenths,
  isFixedPaid: fixedMinor === 0 && bought.isFixedPaid,
});

/** Cut down to what every rail moves, so that what is left of the dues can be paid. */
function arrearsOf({ tariff, paidMinor, arrearsMinor, arrearsBasisPoints }: Selling): number {
  const unit = BigInt(railUnit(tariff.currency));
  return Math.min(arrearsMinor, Number(((BigInt(paidMinor) * BigInt(arrearsBasisPoints)) / 10_000n / unit) * unit));
}

/** In whole grains, so that no part of the allowance is lost to one that a token cannot carry. */
function freeOf({ freeTenths, bought, grainTenths }: Selling): number {
  const left = Math.max(0, freeTenths - bought.freeTenths);
  return left - (left % grainTenths);
}

/** A sum beyond exact numbers is beyond what anybody pays. */
function chargeOf(tariff: TariffPart, tenths: number): number {
  try {
    return charge(tariff, tenths * BASE_PER_TENTH).totalMinor;
  } catch (error) {
    if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** What so many more cost: the month with them, less the month as it is. The month's fixed part comes with its first. */
function costOf({ tariff, bought, grainTenths }: Selling, grains: number): number {
  const before = bought.isFixedPaid ? chargeOf(tariff, bought.tenths) : 0;
  return chargeOf(tariff, bought.tenths + grains * grainTenths) - before;
}

/** The most that this much buys, or one more than may be; -1 where it does not even pay the month's fixed part. */
function grainsFor(selling: Selling, minor: number): number {
  const buys = (grains: number) => costOf(selling, grains) <= minor;
  if (!buys(0)) return -1;
  let least = 0;
  let above = 1;
  const max = Math.floor(selling.mostTenths / selling.grainTenths) + 1;
  while (above < max && buys(above)) {
    least = above;
    above = Math.min(max, above * 2);
  }
  if (above === max && buys(max)) return max;
  while (above - least > 1) {
    const middle = Math.floor((least + above) / 2);
    if (buys(middle)) least = middle;
    else above = middle;
  }
  return least;
}

/** The least payment that buys something, and that every rail moves. */
export function leastMinor(selling: Selling): number {
  const wanted = freeOf(selling) > 0 ? 0 : 1;
  const needed = Math.max(1, costOf(selling, wanted) - selling.carriedMinor);
  const { currency } = selling.tariff;
  let paidMinor = movable(needed, currency);
  // A share of at most nine tenths leaves at least one tenth of each more.
  for (;;) {
    const short = needed - (paidMinor - arrearsOf({ ...selling, paidMinor }));
    if (short <= 0) return paidMinor;
    paidMinor += movable(short, currency);
  }
}

/** The VAT that a price contains, to the nearest minor unit. */
function vatIn(grossMinor: number, basisPoints: number): number {
  const [exact, whole] = [BigInt(grossMinor) * BigInt(basisPoints), 10_000n + BigInt(basisPoints)];
  return Number((2n * exact + whole) / (2n * whole));
}

/** In which steps of the month a purchase lies. */
function stepsOf({ bands }: TariffPart, from: number, tenths: number): Sale["steps"] {
  const steps: Sale["steps"] = [];
  let at = from;
  for (const { upTo, price } of bands) {
    const to = upTo === undefined ? from + tenths : Math.min(from + tenths, upTo * 10);
    if (to > at) steps.push({ price, tenths: to - at });
    at = Math.max(at, to);
  }
  return steps;
}
