import { z } from "zod";
import { basisPointsOf, latinDigits, minorOf } from "../../shared/amounts.ts";
import { parsed } from "../../shared/http.ts";
import { TypedToMinor } from "../../shared/rounding.ts";
import { TariffPart } from "./events.ts";
import { Kind } from "./schema.ts";

/** A tariff as a clerk types it: bands on lines of their own, money and percentages in decimals. */
export const TariffForm = z.strictObject({
  name: z.string().max(80),
  kind: Kind,
  bands: z.string().max(1_000),
  socialBands: z.string().max(1_000).optional(),
  socialUpTo: z.coerce.number().int().min(1).max(1_000_000_000).optional(),
  fixed: z.string().max(20).default("0"),
  vat: z.string().max(10).default("0"),
  toMinor: TypedToMinor,
});

const decimal = (text: string): string => latinDigits(text.trim()).replace(/[,٫]/, ".");

/**
 * Each line is `10: 0.50` (up to 10 units, at 0.50 each); the last one is a price alone.
 * @throws {Fault} invalid, by field
 */
export function tariffFrom(fields: z.infer<typeof TariffForm>, lang: string, currency: string): TariffPart {
  const { socialBands, socialUpTo } = fields;
  const social = socialBands && { bands: bandsIn(socialBands), ...(socialUpTo ? { upTo: socialUpTo } : {}) };
  return parsed(TariffPart, {
    names: { [lang]: fields.name },
    kind: fields.kind,
    currency,
    bands: bandsIn(fields.bands),
    fixedMinor: minorOf(fields.fixed, currency, "fixed"),
    vatBasisPoints: basisPointsOf(fields.vat, "vat"),
    rounding: { toMinor: fields.toMinor },
    ...(social ? { classes: { social } } : {}),
  });
}

const bandsIn = (typed: string) =>
  typed
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [first = "", second] = line.split(/[:;=]/).map(decimal);
      return second === undefined ? { price: first } : { upTo: Number(first), price: second };
    });
