import { z } from "@hono/zod-openapi";
import { BankText, Bic, Iban } from "../../shared/bank-details.ts";
import { Id, Slug } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { Digest } from "../contract/canonical.ts";
import { ModuleName, Version } from "../contract/manifest.ts";
import { Price } from "../contract/price.ts";
import { Words } from "../contract/words.ts";

export const Month = z
  .string()
  .regex(/^20[0-9]{2}-(0[1-9]|1[0-2])$/, "a month such as 2026-11")
  .meta({ example: "2026-11" });

/** The house among those that are paid: no party can be called so. */
export const HOUSE = "_house";
export const PayeeName = z.union([Slug, z.literal(HOUSE)]);

export const Role = z.enum(["publisher", "contributor", "reviewer", "house"]);

/** Who gets how much of what a module costs; the weights of all add up to the whole. */
export const Weight = z.object({ party: PayeeName, role: Role, weight: z.int().positive() });
export type Weight = z.infer<typeof Weight>;

/** A price that the city agreed to, with all that follows from it. Another price is another agreement. */
export const Agreement = z
  .object({
    installId: Id("ins"),
    module: ModuleName,
    title: Words(80),
    version: Version,
    /** Of price and shares. */
    terms: Digest,
    price: Price,
    weights: z.array(Weight),
    /** Until which month its sponsor has signed that it pays. */
    sponsoredUntil: Month.optional(),
    at: z.iso.datetime(),
    by: z.string(),
  })
  .meta({ id: "ModulePriceAgreement" });
export type Agreement = z.infer<typeof Agreement>;

/** What invoices depend on beyond prices. */
export const Terms = z
  .strictObject({
    /** How many people live in the city, as it says itself: by it bands of prices are chosen. */
    population: z.int().positive().max(100_000_000).optional(),
    /** What the city owes its own tax office on top of a price, in hundredths of a percent. */
    taxBasisPoints: z.int().min(0).max(5_000).default(0),
  })
  .meta({ id: "ModuleMoneyTerms" });
export type Terms = z.infer<typeof Terms>;

/** Where somebody's money is sent, as the city's treasurer has it from them. */
export const NewPayee = z
  .strictObject({
    name: BankText(70),
    iban: Iban.optional(),
    bic: Bic.optional(),
    /** A wallet at an operator of mobile money. */
    msisdn: z
      .string()
      .regex(/^\+[1-9][0-9]{7,14}$/, "a number such as +2250700000000")
      .optional(),
    /** Their own account at Stripe, connected to the house's. */
    stripeAccount: z
      .string()
      .regex(/^acct_[A-Za-z0-9]{4,60}$/, "an account such as acct_…")
      .optional(),
  })
  .meta({ id: "NewModulePayee" });
export const Payee = NewPayee.extend({ party: PayeeName }).meta({ id: "ModulePayee" });
export type Payee = z.infer<typeof Payee>;

export const Share = z.object({ party: PayeeName, role: Role, amountMinor: z.int().min(0) });

export const Line = z
  .object({
    module: ModuleName,
    title: Words(80),
    version: Version,
    /** `once`; by days of a `month` or a `year`; `use`: each run in service and each application. */
    what: z.enum(["once", "month", "year", "use"]),
    /** Days in service, or uses; of a price that is paid once it is 1. */
    counted: z.int().positive(),
    /** The days of the month, where days were counted. */
    of: z.int().positive().optional(),
    /** The price for one use, once, or for the whole month. */
    unitMinor: z.int().positive(),
    /** What of it was credited since. */
    creditedMinor: z.int().min(0).default(0),
    /** After what was credited. */
    netMinor: z.int().min(0),
    taxMinor: z.int().min(0),
    /** A party that pays in the city's place. */
    sponsor: Slug.optional(),
    weights: z.array(Weight),
    /** They add up to `netMinor`. */
    shares: z.array(Share),
  })
  .meta({ id: "ModuleInvoiceLine" });
export type Line = z.infer<typeof Line>;

export const PayoutState = z.enum(["owed", "ordered", "paid"]);
export const By = z.enum(["bank", "mobile_money", "card"]);
export const Payout = z.object({
  party: PayeeName,
  amountMinor: z.int().positive(),
  state: PayoutState,
  by: By.optional(),
  paidAt: z.iso.datetime().optional(),
  /** Of a payment by card: where it is paid, and what the provider keeps for the house of it. */
  card: z
    .object({
      id: Id("chg"),
      /** On whose account at the provider it is charged. */
      account: z.string(),
      sessionId: z.string(),
      url: z.string().optional(),
      feeMinor: z.int().min(0),
    })
    .optional(),
});
export type Payout = z.infer<typeof Payout>;

export const InvoiceState = z.enum(["drawn", "approved", "paying", "paid", "nothing_due"]);
export type InvoiceState = z.infer<typeof InvoiceState>;

export const Credit = z.object({
  /** Which line, from 1 on. */
  line: z.int().positive(),
  amountMinor: z.int().positive(),
  reason: z.string(),
  at: z.iso.datetime(),
  by: z.string(),
});

/** What all of a city's modules cost in a month. */
export const Invoice = z
  .object({
    month: Month,
    currency: Currency,
    lines: z.array(Line),
    /** What the city pays: without what sponsors pay. */
    netMinor: z.int().min(0),
    taxMinor: z.int().min(0),
    totalMinor: z.int().min(0),
    taxBasisPoints: z.int().min(0),
    population: z.int().optional(),
    payouts: z.array(Payout),
    credits: z.array(Credit),
    state: InvoiceState,
    /** Counts changes; of two at once the second is refused. */
    revision: z.int(),
    drawnAt: z.iso.datetime(),
    approvedBy: z.string().optional(),
    approvedAt: z.iso.datetime().optional(),
    rail: z.enum(["transfer", "card"]).optional(),
    railBy: z.string().optional(),
    /** The city's own number of its purchase order. */
    purchaseOrder: z.string().optional(),
    orderId: Id("ord").optional(),
    /** The operator's own number of the batch that was paid. */
    batchReference: z.string().optional(),
  })
  .meta({ id: "ModuleInvoice" });
export type Invoice = z.infer<typeof Invoice>;

export const NewCredit = z
  .strictObject({
    /** Which line of the invoice, from 1 on. */
    line: z.int().min(1).max(500),
    /** Before tax. */
    amountMinor: z.int().positive().max(99_999_999_999),
    reason: z.string().trim().min(3).max(200),
  })
  .meta({ id: "NewModuleCredit" });
export type NewCredit = z.infer<typeof NewCredit>;

const PurchaseOrder = BankText(35).optional();
export const NewPayment = z
  .discriminatedUnion("rail", [
    z.strictObject({
      rail: z.literal("transfer"),
      purchaseOrder: PurchaseOrder,
      /** The city's account at a bank, where somebody is paid into one. */
      bankAccountId: Id("ban").optional(),
      executeOn: z.iso.date().optional(),
    }),
    z.strictObject({ rail: z.literal("card"), purchaseOrder: PurchaseOrder }),
  ])
  .meta({ id: "NewModulePayment" });
export type NewPayment = z.infer<typeof NewPayment>;
