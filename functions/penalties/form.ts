import { z } from "zod";
import { basisPointsOf, minorOf } from "../../shared/amounts.ts";
import { parsed } from "../../shared/http.ts";
import { TypedToMinor } from "../../shared/rounding.ts";
import { NewAmnesty, NewPenaltyRule } from "./schema.ts";

// Rules and amnesties as a treasurer types them: money and shares in decimals, services by ticking them.

const Ticked = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);
const Decimal = z.string().max(20);
const Count = z.coerce.number().int().min(0).max(10_000);

export const RuleFields = z.strictObject({
  kinds: Ticked,
  fromOn: z.string().max(10).default(""),
  dueAfterDays: Count,
  graceDays: Count.default(0),
  type: z.enum(["none", "fixed", "once", "monthly"]),
  amount: Decimal.default("0"),
  percent: Decimal.default("0"),
  minimum: Decimal.default("0"),
  cap: Decimal.default("100"),
  toMinor: TypedToMinor,
});

export const AmnestyFields = z.strictObject({
  kinds: Ticked,
  name: z.string().max(120).default(""),
  issuedBefore: z.string().max(10).default(""),
  fromOn: z.string().max(10).default(""),
  toOn: z.string().max(10).default(""),
  remit: Decimal.default("100"),
  instalments: z.literal("yes").optional(),
});

/** @throws {Fault} invalid, by field */
export function ruleFrom(fields: z.infer<typeof RuleFields>, currency: string): NewPenaltyRule {
  const { type, amount, percent, minimum, cap, ...rest } = fields;
  const charge =
    type === "none"
      ? undefined
      : type === "fixed"
        ? { type, amountMinor: minorOf(amount, currency, "amount") }
        : { type, basisPoints: basisPointsOf(percent, "percent"), minimumMinor: minorOf(minimum, currency, "minimum") };
  return parsed(NewPenaltyRule, { ...rest, charge, capBasisPoints: basisPointsOf(cap, "cap") });
}

/** @throws {Fault} invalid, by field */
export function amnestyFrom(fields: z.infer<typeof AmnestyFields>, lang: string): NewAmnesty {
  const { name, remit, instalments, ...rest } = fields;
  return parsed(NewAmnesty, {
    ...rest,
    titles: name === "" ? {} : { [lang]: name },
    remitBasisPoints: basisPointsOf(remit, "remit"),
    allowsInstalments: instalments === "yes",
  });
}
