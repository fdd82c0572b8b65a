import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { MeterShare } from "../network/events.ts";
import { BillState, DueKind, Month, Period, ReliefKind, TariffPart, Titles } from "./events.ts";
import { ExemptPart, KeptFlatTariff, ServiceKind, SubscriptionId } from "./terms-schema.ts";

export const Kind = z.enum(["electricity", "water", "gas"]);
export type Kind = z.infer<typeof Kind>;
export const TariffId = Id("trf");
export const BillId = Id("bill");

/** The id is chosen by the caller if it likes, so that sending it twice keeps one tariff. */
export const NewTariff = z
  .strictObject({ id: TariffId.optional(), tariff: TariffPart })
  .meta({ id: "NewTariff", description: "A tariff never changes: enter another, and new bills use the latest." });

/** Where a tariff comes from: the city's own, or a part of an installed module. */
export const TariffSource = z.discriminatedUnion("from", [
  z.object({ from: z.literal("city"), tariffId: TariffId }),
  z.object({
    from: z.literal("module"),
    installId: Id("ins"),
    module: z.string(),
    version: z.string(),
    digest: z.string(),
    partId: z.string(),
  }),
]);
export const KeptTariff = z
  .object({ source: TariffSource, tariff: TariffPart, enteredAt: z.iso.datetime().optional() })
  .meta({ id: "KeptTariff" });
export type KeptTariff = z.infer<typeof KeptTariff>;

/** One line of a bill; the lines add up to its total. Only that of an exemption, or of a rounding, is below 0. */
export const Line = z
  .object({
    what: z.enum(["band", "fixed", "flat", "exemption", "vat", "rounding"]),
    /** Of a band: which, its price, and how much of the month's use falls into it (Wh or L). Of a flat: units. */
    band: z.int().optional(),
    price: z.string().optional(),
    quantity: z.int().optional(),
    /** The band is the social tariff's. */
    isSocial: z.literal(true).optional(),
    /** Of a flat: for so many days of the month. */
    days: z.int().optional(),
    daysInMonth: z.int().optional(),
    /** Of VAT its rate, of an exemption the share that is taken off. */
    basisPoints: z.int().optional(),
    /** Of an exemption: of what, by which decision, and why. */
    of: ExemptPart.optional(),
    exemptionId: z.string().optional(),
    reason: z.string().optional(),
    amountMinor: z.int(),
  })
  .meta({ id: "BillLine" });
export type Line = z.infer<typeof Line>;

const common = {
  id: BillId,
  reference: z.string(),
  month: Month,
  currency: Currency,
  netMinor: z.int(),
  vatMinor: z.int(),
  totalMinor: z.int().positive(),
  issuedAt: z.iso.datetime(),
  cancelledAt: z.iso.datetime().optional(),
  /** How much less is due than was issued, by credit notes and write-offs. */
  relievedMinor: z.int().optional(),
  /** How much more is due than was issued, by penalties less what was taken back of them. */
  penaltyMinor: z.int().optional(),
};
/** What a correction of readings made of a bill. Net and VAT are the difference: above 0 billed, below 0 credited. */
export const Adjustment = z
  .object({
    billId: BillId,
    /** The correction, or the delivery that came late. */
    causeId: z.string(),
    /** The payer reads it. */
    reason: z.string(),
    at: z.iso.datetime(),
    /** Wh or L: by the bill, or by the adjustment before; and now. */
    quantityBefore: z.int(),
    quantity: z.int(),
    /** What was charged for the month until then, and what it costs by the same tariff. */
    chargedMinor: z.int(),
    nowMinor: z.int(),
    netMinor: z.int(),
    vatMinor: z.int(),
    /** The bill over what is more, or the credit note over what is less. */
    raisedBillId: BillId.optional(),
    reliefId: Id("rlf").optional(),
  })
  .meta({ id: "BillAdjustment" });
export type Adjustment = z.infer<typeof Adjustment>;

const metered = {
  ...common,
  accountId: Id("acc"),
  meterId: Id("mtr"),
  kind: Kind,
  /** Wh or L. */
  quantity: z.int(),
  estimatedShare: z.number(),
  lines: z.array(Line),
  tariff: KeptTariff,
  /** Of a connection point: the meters that stood there, each while it did; they add up to the quantity. */
  point: z.string().optional(),
  meters: z.array(MeterShare).optional(),
  /** It was made by the social tariff: by which decision, and why. */
  social: z.object({ exemptionId: z.string(), reason: z.string() }).optional(),
};
const raised = {
  ...common,
  /** Of the room that raised it. */
  raisedAs: z.string(),
  accountId: Id("acc").optional(),
  kind: DueKind,
  titles: Titles,
  period: Period,
  /** What of its net is rounding. */
  roundingMinor: z.int().optional(),
  expiresAt: z.iso.datetime().optional(),
  /** Of a month of something without a meter. */
  flat: z.object({ subscriptionId: SubscriptionId, tariff: KeptFlatTariff, lines: z.array(Line) }).optional(),
  /** Of a month that was billed and is reckoned anew: of which bill, and why. */
  adjusts: Adjustment.extend({ reference: z.string() }).optional(),
};
const MeteredIssued = z.object(metered);
const Raised = z.object(raised);
export type Metered = z.infer<typeof MeteredIssued>;
export type Raised = z.infer<typeof Raised>;
/**
 * A bill as it was issued: of a meter's month, or of what another room raised. It never changes, except that it can be
 * taken back; what is still due of it stands in the ledger alone.
 */
export const Issued = z.union([MeteredIssued, Raised]);
export type Issued = z.infer<typeof Issued>;

const standing = {
  dueMinor: z.int(),
  state: BillState,
  /** What of it was paid from what its account had paid ahead; said of one bill, not in lists. */
  fromCreditMinor: z.int().optional(),
};
const MeteredBill = z.object({ ...metered, ...standing }).meta({ id: "MeteredBill" });
const RaisedBill = z.object({ ...raised, ...standing }).meta({ id: "RaisedBill" });
export const Bill = z.union([MeteredBill, RaisedBill]).meta({ id: "Bill" });
export type Bill = z.infer<typeof Bill>;
export const isMetered = <B extends Issued>(bill: B): bill is Extract<B, { meterId: string }> => "meterId" in bill;

/** What whoever has the reference may see: what it is for and what is due, but no name. */
export const Inquiry = z
  .object({
    reference: z.string(),
    kind: DueKind,
    titles: Titles.optional(),
    month: Month,
    /** Of what is not for a month. */
    period: Period.optional(),
    /** As it was issued; penalties come on top. */
    totalMinor: z.int(),
    penaltyMinor: z.int().optional(),
    dueMinor: z.int(),
    currency: Currency,
    state: BillState,
  })
  .meta({ id: "BillInquiry" });

/** The same of an account as a whole, by its own reference. */
export const AccountInquiry = z
  .object({
    reference: z.string(),
    kind: z.literal("account"),
    totalMinor: z.int(),
    dueMinor: z.int(),
    currency: Currency,
    state: BillState,
    /** What is due, in the order in which a payment pays it. */
    dues: z.array(z.object({ kind: DueKind, titles: Titles.optional(), month: Period, dueMinor: z.int() })),
  })
  .meta({ id: "AccountInquiry" });

/** Without an amount, all that is due. */
export const NewRelief = z
  .strictObject({
    kind: ReliefKind,
    amountMinor: z.int().positive().max(1_000_000_000_000).optional(),
    reason: z.string().trim().min(3).max(200),
  })
  .meta({ id: "NewRelief" });
export type NewRelief = z.infer<typeof NewRelief>;

export const Relief = z
  .object({
    id: Id("rlf"),
    billId: BillId,
    reference: z.string(),
    kind: ReliefKind,
    amountMinor: z.int().positive(),
    currency: Currency,
    reason: z.string(),
    /** `withdrawn`: a later correction of readings took its place before anybody decided. */
    state: z.enum(["asked", "approved", "refused", "withdrawn"]),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    /**
     * Of a corrected reading: what was paid already becomes credit, and so much of the amount is VAT. Whoever asked for
     * the credit notes that it takes the place of has a part in it.
     */
    adjustment: z
      .object({ causeId: z.string(), vatMinor: z.int(), askedBefore: z.array(z.string()).optional() })
      .optional(),
  })
  .meta({ id: "Relief" });
export type Relief = z.infer<typeof Relief>;

export const NewInstalments = z
  .strictObject({ count: z.int().min(2).max(24), firstOn: z.iso.date() })
  .meta({ id: "NewInstalments" });
export type NewInstalments = z.infer<typeof NewInstalments>;

export const Plan = z.object({
  billId: BillId,
  /** When it was agreed; its parts add up to it. */
  dueMinor: z.int().positive(),
  /** What of it were penalties. Those that come later are not in the parts. */
  penaltyMinor: z.int().default(0),
  currency: Currency,
  parts: z.array(z.object({ dueOn: z.iso.date(), amountMinor: z.int().positive() })),
  agreedBy: z.string(),
  agreedAt: z.iso.datetime(),
});
export type Plan = z.infer<typeof Plan>;

export const Standing = z.object({
  parts: z.array(
    z.object({
      dueOn: z.iso.date(),
      amountMinor: z.int(),
      leftMinor: z.int(),
      state: z.enum(["paid", "open", "late"]),
    }),
  ),
  /** Of parts whose day has passed. */
  lateMinor: z.int(),
  /** The oldest part that is not paid, as far as it is not. */
  next: z.object({ dueOn: z.iso.date(), amountMinor: z.int() }).optional(),
});
export type Standing = z.infer<typeof Standing>;

/** A plan and how it stands; of one that is paid, its parts alone. */
export const Instalments = Plan.omit({ parts: true })
  .extend({ ...Standing.shape, parts: z.array(Standing.shape.parts.element.partial({ leftMinor: true, state: true })) })
  .meta({ id: "Instalments" });

/** By which a payment is matched to dues. */
export const MatchingRule = z
  .strictObject({
    order: z.enum(["oldest_first", "by_kind", "smallest_first"]).default("oldest_first"),
    /** The services in the order in which they are paid; those that are not named come after them, by age. */
    kinds: z
      .array(DueKind)
      .max(20)
      .refine((kinds) => new Set(kinds).size === kinds.length, "each service once")
      .default([]),
    /** Whether the bill that a payer names is paid before this order, or in its turn. */
    named: z.enum(["first", "in_turn"]).default("first"),
    /** What is beyond a bill: to the account's other dues and its credit, or to suspense, for somebody to decide. */
    beyond: z.enum(["account", "suspense"]).default("account"),
  })
  .refine(({ order, kinds }) => order !== "by_kind" || kinds.length > 0, {
    path: ["kinds"],
    message: "name at least one service",
  })
  .meta({ id: "MatchingRule" });
export type MatchingRule = z.infer<typeof MatchingRule>;

export const KeptRule = z
  .object({
    ...MatchingRule.shape,
    version: z.int().min(0),
    /** The first one is the house's. */
    setBy: z.string().optional(),
    setAt: z.iso.datetime().optional(),
  })
  .meta({ id: "KeptMatchingRule" });
export type KeptRule = z.infer<typeof KeptRule>;

/** One movement of an account. */
export const StatementLine = z
  .object({
    at: z.iso.datetime(),
    what: z.enum([
      ...(["billed", "cancelled", "credit_note", "write_off", "paid", "undone", "refunded", "refund_failed"] as const),
      ...(["penalty", "remission", "share"] as const),
      ...(["disputed", "credited", "credit_back", "credit_used", "credit_returned"] as const),
    ]),
    /** What more (above 0) or less (below 0) is owed by it. */
    amountMinor: z.int(),
    /** What went from credit to a bill, or back: it changes nothing of what is owed in all. */
    withinMinor: z.int().optional(),
    billId: BillId.optional(),
    reference: z.string().optional(),
    kind: DueKind.optional(),
    paymentId: z.string().optional(),
    /** What was owed after it; below 0 it is paid ahead. */
    balanceMinor: z.int(),
  })
  .meta({ id: "StatementLine" });
export type StatementLine = z.infer<typeof StatementLine>;

export const Statement = z
  .object({
    accountId: Id("acc"),
    currency: Currency,
    /** By the ledger: what is due in all, and what was paid ahead. */
    dueMinor: z.int(),
    creditMinor: z.int(),
    /** After the last line. */
    balanceMinor: z.int(),
    /** The oldest first. */
    lines: z.array(StatementLine),
  })
  .meta({ id: "Statement" });
export type Statement = z.infer<typeof Statement>;

export const NewRun = z
  .strictObject({
    month: Month,
    /** Its meters, and what is subscribed to without one. */
    kind: ServiceKind,
    /** Bills meters too that lack readings on some days, for what was read. */
    includeIncomplete: z.boolean().default(false),
  })
  .meta({ id: "NewBillRun" });
export type NewRun = z.infer<typeof NewRun>;

export const SKIPPED = ["billed_before", "no_readings", "incomplete", "nothing_to_pay"] as const;
export type Skipped = (typeof SKIPPED)[number];

export const Run = z
  .object({
    id: Id("run"),
    month: Month,
    kind: ServiceKind,
    /** While it runs, the counts say how far it is. */
    state: z.enum(["running", "done"]).default("done"),
    /** Of its meters, where there is one. */
    tariff: KeptTariff.optional(),
    /** Meters and subscriptions that it has looked at, of every kind. */
    looked: z.int().default(0),
    issued: z.int(),
    totalMinor: z.int(),
    currency: Currency,
    /** Meters and subscriptions without a new bill, by reason. */
    skipped: z.record(z.enum(SKIPPED), z.int()),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "BillRun" });
export type Run = z.infer<typeof Run>;

/** A run as it is kept, so that it goes on where it was. */
export const KeptRun = Run.extend({
  includeIncomplete: z.boolean().default(false),
  /** Its meters come first, account by account; then its subscriptions. */
  phase: z.enum(["meters", "subscriptions"]).default("meters"),
  /** Of what comes next in its phase. */
  cursor: z.string().optional(),
});
export type KeptRun = z.infer<typeof KeptRun>;
