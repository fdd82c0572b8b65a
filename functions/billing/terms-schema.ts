import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { Rounding, withRounding } from "../../shared/rounding.ts";
import { Month } from "./events.ts";
import { Names, Price, VatBasisPoints } from "./tariff.ts";

// What makes one account's bill another than its neighbour's: exemptions, the social tariff, and what it has without a
// meter.

/** What is billed by the month. */
export const ServiceKind = z.enum(["electricity", "water", "gas", "waste", "market", "parking", "other"]);
export type ServiceKind = z.infer<typeof ServiceKind>;

/** What may be taken off a bill, in this order: of its fixed part, of all of it before VAT, of the VAT. */
export const ExemptPart = z.enum(["fixed", "whole", "vat"]);

/** What is taken off one bill, as it stands on the bill. */
export const Exempted = z.object({
  exemptionId: Id("exm"),
  of: ExemptPart,
  basisPoints: z.int(),
  reason: z.string(),
});
export type Exempted = z.infer<typeof Exempted>;

const Reason = z.string().trim().min(3).max(200);
const grant = {
  accountId: Id("acc"),
  /** Only of this meter. */
  meterId: Id("mtr").optional(),
  /** Only of this service. */
  kind: ServiceKind.optional(),
  /** The social tariff, or what is taken off. */
  what: z.enum(["social_tariff", ...ExemptPart.options]),
  /** Of what is taken off, the share: 5000 is half. All of it, if it is left out. */
  basisPoints: z.int().min(1).max(10_000).default(10_000),
  /** Whole months: the first, and the last where it ends. */
  fromMonth: Month,
  toMonth: Month.optional(),
  /** The payer reads it on the bill. */
  reason: Reason,
  /** What was seen, such as the number of a certificate; staff alone read it. */
  evidence: Reason,
};

export const NewExemption = z
  .strictObject({ id: Id("exm").optional(), ...grant })
  .refine(({ fromMonth, toMonth }) => toMonth === undefined || toMonth >= fromMonth, {
    path: ["toMonth"],
    message: "not before its first month",
  })
  .refine(({ what, basisPoints }) => what !== "social_tariff" || basisPoints === 10_000, {
    path: ["basisPoints"],
    message: "the social tariff is given as a whole",
  })
  .meta({ id: "NewExemption" });
export type NewExemption = z.infer<typeof NewExemption>;

export const Exemption = z
  .object({
    id: Id("exm"),
    ...grant,
    state: z.enum(["asked", "approved", "refused"]),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    /** Who ended it sooner than was decided. */
    endedBy: z.string().optional(),
  })
  .meta({ id: "Exemption" });
export type Exemption = z.infer<typeof Exemption>;

export const ExemptionEnd = z.strictObject({ toMonth: Month }).meta({ id: "ExemptionEnd" });

export const FlatTariffId = Id("ftr");
export const SubscriptionId = Id("sub");
/** The city's own word for what one can subscribe to. */
export const FlatCode = z
  .string()
  .trim()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "small letters, digits and hyphens, at most 40, such as bin-240l");

/** A price by the month of what has no meter: a bin, a tap, a stall. Of one code, new bills use the latest. */
export const FlatTariff = z
  .strictObject({
    code: FlatCode,
    names: Names,
    kind: ServiceKind,
    currency: Currency,
    /** Of one unit for a whole month, before VAT, in the currency's main unit. */
    price: Price,
    vatBasisPoints: VatBasisPoints.default(0),
    rounding: Rounding,
  })
  .transform(withRounding)
  .meta({ id: "FlatTariff" });
export type FlatTariff = z.infer<typeof FlatTariff>;

export const NewFlatTariff = z
  .strictObject({ id: FlatTariffId.optional(), tariff: FlatTariff })
  .meta({ id: "NewFlatTariff", description: "It never changes: enter another with its code, and new bills use it." });

export const KeptFlatTariff = z
  .object({ id: FlatTariffId, tariff: FlatTariff, enteredAt: z.iso.datetime() })
  .meta({ id: "KeptFlatTariff" });
export type KeptFlatTariff = z.infer<typeof KeptFlatTariff>;

const subscribed = {
  accountId: Id("acc"),
  code: FlatCode,
  /** Units: bins, taps, square metres. */
  quantity: z.int().min(1).max(1_000_000).default(1),
  /** The first day, and the last where it ends; both are billed. */
  fromOn: z.iso.date(),
  toOn: z.iso.date().optional(),
};
export const NewSubscription = z
  .strictObject({ id: SubscriptionId.optional(), ...subscribed })
  .refine(({ fromOn, toOn }) => toOn === undefined || toOn >= fromOn, {
    path: ["toOn"],
    message: "not before its first day",
  })
  .meta({ id: "NewSubscription" });
export type NewSubscription = z.infer<typeof NewSubscription>;

export const Subscription = z
  .object({
    id: SubscriptionId,
    ...subscribed,
    kind: ServiceKind,
    enteredBy: z.string(),
    enteredAt: z.iso.datetime(),
    endedBy: z.string().optional(),
  })
  .meta({ id: "Subscription" });
export type Subscription = z.infer<typeof Subscription>;

export const SubscriptionEnd = z.strictObject({ toOn: z.iso.date() }).meta({ id: "SubscriptionEnd" });
