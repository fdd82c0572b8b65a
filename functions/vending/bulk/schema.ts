import { z } from "zod";
import { Id } from "../../../shared/ids.ts";
import { Currency } from "../../../shared/money.ts";
import { LANGS } from "../../../shared/texts.ts";
import { TariffPart } from "../../billing/events.ts";
import { AMOUNT_MAX, BulkId, MeterId, NewPurchase, Purchase, PurchaseId, Quote, TypedNumber } from "../schema.ts";

/** What fits one transaction of the ledger with its facts, and a page that somebody can check. */
export const LINES_MAX = 50;

const Asked = z.strictObject({ meter: TypedNumber, amountMinor: z.int().positive().max(AMOUNT_MAX) });
export type Asked = z.infer<typeof Asked>;

export const NewBulk = z
  .strictObject({
    /** Chosen by the caller if it likes, so that sending it twice is one order. */
    id: BulkId.optional(),
    /** Meters of one service, each once. */
    lines: z.array(Asked).min(1).max(LINES_MAX),
    currency: Currency.optional(),
    /** Telephone or e-mail to which each token is sent. */
    contact: NewPurchase.shape.contact,
  })
  .meta({ id: "NewBulkPurchase" });
export type NewBulk = z.infer<typeof NewBulk>;

/** Not paid in full; its money has come to its purchases; never paid. How each purchase stands, it says itself. */
export const BulkState = z.enum(["quoted", "paid", "expired"]);
export type BulkState = z.infer<typeof BulkState>;

const quotedLine = { ...Quote.pick({ meter: true, withKeyChange: true }).shape, quote: Quote.shape.sale };

export const BulkQuote = z
  .object({
    resource: Quote.shape.meter.shape.resource,
    currency: Currency,
    totalMinor: z.int().positive(),
    lines: z.array(z.object({ ...quotedLine, amountMinor: z.int().positive() })),
  })
  .meta({ id: "BulkQuote" });
export type BulkQuote = z.infer<typeof BulkQuote>;

const bulk = {
  id: BulkId,
  state: BulkState,
  resource: Quote.shape.meter.shape.resource,
  totalMinor: z.int().positive(),
  currency: Currency,
  /** Its bill's: by this all of it is paid. */
  reference: z.string(),
  billId: Id("bill"),
  /** Of its money, what came to no purchase or came back from one: it waits to be given back. */
  leftMinor: z.int().min(0),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  paidAt: z.iso.datetime().optional(),
};

/** What whoever has its id may see; a line's purchase is there once the order is paid. */
export const Bulk = z
  .object({
    ...bulk,
    /** So many lines have their token. */
    vended: z.int().min(0),
    lines: z.array(
      z.object({
        ...quotedLine,
        amountMinor: z.int().positive(),
        ...Purchase.pick({ state: true, sale: true, hindrance: true, tokens: true, vendedAt: true }).shape,
        purchaseId: PurchaseId.optional(),
        /** The purchase's own, by which its token is shown again. */
        reference: z.string().optional(),
      }),
    ),
  })
  .meta({ id: "BulkPurchase" });
export type Bulk = z.infer<typeof Bulk>;

export const KeptBulk = z.object({
  ...bulk,
  lines: z.array(
    z.object({
      ...quotedLine,
      amountMinor: z.int().positive(),
      /** Drawn with the order; the purchase is opened when the order is paid. */
      purchaseId: PurchaseId,
      meterId: MeterId,
      accountId: Id("acc").optional(),
    }),
  ),
  tariff: TariffPart,
  contact: z.string().optional(),
  lang: z.enum(LANGS),
  /** Purchases that could not take their share, as they were paid or taken back by themselves. */
  stayed: z.array(PurchaseId),
  /** Money that went back although the tokens were ordered: somebody has to look. */
  wentBackAt: z.iso.datetime().optional(),
  seenBy: z.string().optional(),
});
export type KeptBulk = z.infer<typeof KeptBulk>;
export type BulkLine = KeptBulk["lines"][number];

/** What staff see in a list, without the lines. */
export const StaffBulk = KeptBulk.omit({ tariff: true, contact: true, lang: true, lines: true, stayed: true })
  .extend({ meters: z.int() })
  .meta({ id: "StaffBulkPurchase" });
export type StaffBulk = z.infer<typeof StaffBulk>;
