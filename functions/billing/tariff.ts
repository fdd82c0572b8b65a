import { z } from "zod";
import { Currency } from "../../shared/money.ts";
import { Rounding, withRounding } from "../../shared/rounding.ts";

/** An exact price as text, so that no float ever touches it: "0.1740", at most six places. */
export const Price = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$/, "a price such as 0.1740, at most six decimal places")
  .meta({ example: "0.1740" });

const Name = z.string().trim().min(1).max(80);
/** By language tag. */
export const Names = z
  .partialRecord(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/), Name)
  .refine((names) => Object.keys(names).length > 0, "a name in at least one language")
  .refine((names) => Object.keys(names).length <= 40, "at most 40 languages");

/** A slice of a month's use. Each unit is charged at the price of the slice that it falls into, not of the last one. */
export const Band = z.strictObject({
  /** Whole kWh or m³, from the month's first one on; only the last band has none. */
  upTo: z.int().min(1).max(1_000_000_000).optional(),
  /** Per kWh or m³, before VAT, in the currency's main unit (euros, not cents). */
  price: Price,
});

const Bands = z
  .array(Band)
  .min(1)
  .max(20)
  .refine((bands) => bands.every(({ upTo }, i) => (upTo === undefined) === (i === bands.length - 1)), {
    message: "every band but the last has an upTo, and the last has none",
  })
  .refine((bands) => bands.every(({ upTo }, i) => i === 0 || (upTo ?? Infinity) > (bands[i - 1]?.upTo ?? 0)), {
    message: "each upTo is above the one before it",
  });
const FixedMinor = z.int().min(0).max(100_000_000);
/** 1925 is 19.25 %. */
export const VatBasisPoints = z.int().min(0).max(10_000);

/** The social tariff: what is left out is as in the normal one. */
const SocialRates = z.strictObject({
  bands: Bands,
  fixedMinor: FixedMinor.optional(),
  vatBasisPoints: VatBasisPoints.optional(),
  /** Whole kWh or m³ of a month. What is used beyond is charged by the normal bands, at the price of its own band. */
  upTo: z.int().min(1).max(1_000_000_000).optional(),
});

/**
 * How a month of use becomes money: what city staff enter, and the `tariff` part of a module. The total is computed
 * exactly and rounded once, at the bill's total with VAT, to a multiple of `rounding.toMinor`; a tariff that does not say
 * it rounds to what can be paid in its currency.
 */
export const TariffPart = z
  .strictObject({
    names: Names,
    /** What the meter counts: electricity per kWh, water and gas per m³. */
    kind: z.enum(["electricity", "water", "gas"]),
    currency: Currency,
    bands: Bands,
    /** Each month, whatever was used, before VAT; minor units. */
    fixedMinor: FixedMinor.default(0),
    vatBasisPoints: VatBasisPoints.default(0),
    rounding: Rounding,
    /** Other prices for accounts of a class. Who belongs to it the city decides, by account. */
    classes: z.strictObject({ social: SocialRates.optional() }).optional(),
  })
  .transform(withRounding)
  .meta({ id: "Tariff" });
export type TariffPart = z.infer<typeof TariffPart>;
/** As it is written, before its defaults are filled in. */
export type TariffSource = z.input<typeof TariffPart>;
