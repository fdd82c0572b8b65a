import { z } from "@hono/zod-openapi";
import { BankText, Bic, Iban } from "../../shared/bank-details.ts";
import { Id, Slug } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { Digest } from "../contract/canonical.ts";
import { ModuleName, Version } from "../contract/manifest.ts";
import { Price } from "../contract/price.ts";
import { Words } from "../contract/words.ts";
import { SellerTax, Tax } from "./tax.ts";

export const Month = z
  .string()
  .regex(/^20[0-9]{2}-(0[1-9]|1[0-2])$/, "a month such as 2026-11")
  .meta({ example: "2026-11" });

/** The invoice of a month for the city, `2026-11`, and for each sponsor that pays in its place, `2026-11.bank-x`. */
export const InvoiceId = z
  .string()
  .regex(/^20[0-9]{2}-(0[1-9]|1[0-2])(\.[a-z0-9-]{1,40})?$/, "an invoice such as 2026-11")
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
    /** How much of it in all its sponsor has signed to pay in this city, where it has said so. */
    sponsoredMostMinor: z.int().positive().optional(),
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
    /** Where it pays tax, and which: without it none is on what it sells. */
    tax: SellerTax.optional(),
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
    /** Of which agreement it is; not on lines from before that was kept. */
    installId: Id("ins").optional(),
    terms: Digest.optional(),
    /** `once`; by days of a `month` or a `year`; `use`: each run in service and each application. */
    what: z.enum(["once", "month", "year", "use"]),
    /** Days in service, or uses; of a price that is paid once it is 1. */
    counted: z.int().positive(),
    /** The days of the month, where days were counted. */
    of: z.int().positive().optional(),
    /** The price for one use, once, or for the whole month. */
    unitMinor: z.int().positive(),
    /** What of it was credited before it was paid. */
    creditedMinor: z.int().min(0).default(0),
    /** What of it is more than its sponsor's pledge has left: nobody owes that. */
    beyondPledgeMinor: z.int().positive().optional(),
    /** After what was credited. */
    netMinor: z.int().min(0),
    tax: Tax,
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

/** `awaiting`: its sponsor has not paid yet, so nobody is paid of it. */
export const InvoiceState = z.enum(["awaiting", "drawn", "approved", "paying", "paid", "nothing_due"]);
export type InvoiceState = z.infer<typeof InvoiceState>;

/** The number of a credit note: of its invoice, and counted on it from 1 on. */
export const CreditNumber = z
  .string()
  .regex(/^20[0-9]{2}-(0[1-9]|1[0-2])(\.[a-z0-9-]{1,40})?-C[1-9][0-9]{0,3}$/, "a credit note such as 2026-11-C1")
  .meta({ example: "2026-11-C1" });

export const Credit = z.object({
  /** Which line, from 1 on. */
  line: z.int().positive(),
  amountMinor: z.int().positive(),
  reason: z.string(),
  at: z.iso.datetime(),
  by: z.string(),
});

/** What a credit note of an earlier month takes off what somebody is paid. */
export const Offset = z.object({ note: CreditNumber, party: PayeeName, amountMinor: z.int().positive() });
export type Offset = z.infer<typeof Offset>;

/** What all of a city's modules cost in a month: the city, or one of the sponsors that pay in its place. */
export const Invoice = z
  .object({
    id: InvoiceId,
    month: Month,
    /** The sponsor that it is for. */
    payer: Slug.optional(),
    currency: Currency,
    lines: z.array(Line),
    /** What its payer pays: a city's is without what sponsors pay. */
    netMinor: z.int().min(0),
    taxMinor: z.int().min(0),
    totalMinor: z.int().min(0),
    taxBasisPoints: z.int().min(0),
    population: z.int().optional(),
    payouts: z.array(Payout),
    /** What is not paid out, because it was credited on invoices that were paid. */
    offsets: z.array(Offset).default([]),
    credits: z.array(Credit),
    state: InvoiceState,
    /** Counts changes; of two at once the second is refused. */
    revision: z.int(),
    drawnAt: z.iso.datetime(),
    /** How a sponsor pays: by any way by which the city is paid, with this reference. */
    bill: z
      .object({
        billId: Id("bill"),
        reference: z.string(),
        amountMinor: z.int().positive(),
        dueOn: z.iso.date(),
        paidAt: z.iso.datetime().optional(),
      })
      .optional(),
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

/** By which rule something is given back of what is paid: see `rules.md`. */
export const CreditCause = z.enum(["removed", "suspended", "downgraded", "disputed"]);
export type CreditCause = z.infer<typeof CreditCause>;

export const NewCreditNote = z
  .strictObject({
    line: z.int().min(1).max(500),
    cause: CreditCause,
    /** Of what is disputed: how many of the uses or days that were counted were none. All else is counted by the house. */
    units: z.int().positive().max(1_000_000_000).optional(),
    reason: z.string().trim().min(3).max(200),
  })
  .refine(({ cause, units }) => (cause === "disputed") === (units !== undefined), {
    path: ["units"],
    error: "how many are disputed; of any other cause the house counts them",
  })
  .meta({ id: "NewModuleCreditNote" });
export type NewCreditNote = z.infer<typeof NewCreditNote>;

/** What one party gives back: less of what it is paid next, or by a bill of the city's. */
export const Back = z.object({
  party: PayeeName,
  amountMinor: z.int().positive(),
  /** What of it later invoices took off. */
  offsetMinor: z.int().min(0),
  /** Without an id it is just being raised. */
  bill: z
    .object({
      billId: Id("bill").optional(),
      reference: z.string().optional(),
      amountMinor: z.int().positive(),
      paidAt: z.iso.datetime().optional(),
    })
    .optional(),
});
export type Back = z.infer<typeof Back>;

/** Something is given back of an invoice that is paid: the invoice stays as it was paid. */
export const CreditNote = z
  .object({
    number: CreditNumber,
    invoice: InvoiceId,
    payer: Slug.optional(),
    currency: Currency,
    line: z.int().positive(),
    module: ModuleName,
    cause: CreditCause,
    /** How many of the line's days or uses are given back; of what was paid once, of its 365 days. */
    units: z.int().positive(),
    reason: z.string(),
    /** Before tax. */
    amountMinor: z.int().positive(),
    taxMinor: z.int().min(0),
    /** What each had of it gives back; they add up to `amountMinor`. Known once it is granted. */
    shares: z.array(Share),
    back: z.array(Back),
    state: z.enum(["asked", "granted", "refused"]),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    revision: z.int(),
  })
  .meta({ id: "ModuleCreditNote" });
export type CreditNote = z.infer<typeof CreditNote>;

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
