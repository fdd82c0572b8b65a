import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { TokenKind } from "./schema.ts";

const Amount = z.int().positive();

/** Told once money has become units, in the transaction that orders their token. The token's digits are told to nobody. */
export const CreditSold = defineEvent(
  "vending.credit_sold.v1",
  z.object({
    purchaseId: Id("ppp"),
    meterId: Id("ppm"),
    billId: Id("bill"),
    resource: z.enum(["electricity", "water"]),
    paidMinor: Amount,
    arrearsMinor: z.int().min(0),
    currency: Currency,
    tenths: z.int().min(0),
    freeTenths: z.int().min(0),
  }),
);

/** Told when a sale whose token was never made is undone: its money waits to be given back. */
export const SaleUndone = defineEvent(
  "vending.sale_undone.v1",
  z.object({ purchaseId: Id("ppp"), meterId: Id("ppm"), billId: Id("bill"), paidMinor: Amount, currency: Currency }),
);

/**
 * Told for each bill that the arrears' share of a purchase touches: old dues get it, the purchase's own bill gives it,
 * and is by as much no bill of its service. The same of a bulk order, whose bill pays those of its purchases. `moveId`
 * tells which; undoing it has another.
 */
export const ShareMoved = defineEvent(
  "vending.share_moved.v1",
  z.object({
    moveId: z.string(),
    billId: Id("bill"),
    /** Of what leaves the bill of a bulk order, none. */
    purchaseId: Id("ppp").optional(),
    bulkId: Id("ppb").optional(),
    /** Below 0 where it leaves. */
    amountMinor: z.int(),
    currency: Currency,
    /** No money: less was billed. */
    isCredit: z.boolean(),
  }),
);

/** Told once the money of a bulk order has come to its purchases; what is left waits to be given back. */
export const BulkShared = defineEvent(
  "vending.bulk_shared.v1",
  z.object({
    bulkId: Id("ppb"),
    billId: Id("bill"),
    purchaseIds: z.array(Id("ppp")),
    sharedMinor: z.int().min(0),
    leftMinor: z.int().min(0),
    currency: Currency,
  }),
);

/** Told when more money of a bulk order went back than its purchases that were not sold can give. */
export const BulkPaidBack = defineEvent(
  "vending.bulk_paid_back_after_sale.v1",
  z.object({ bulkId: Id("ppb"), billId: Id("bill") }),
);

/** Told once the tokens of an order are there. */
export const TokenIssued = defineEvent(
  "vending.token_issued.v1",
  z.object({
    orderId: Id("tko"),
    meterId: Id("ppm"),
    kind: TokenKind,
    purchaseId: Id("ppp").optional(),
    isTest: z.boolean(),
  }),
);

/** Told when a source refused an order for good. */
export const TokenRefused = defineEvent(
  "vending.token_refused.v1",
  z.object({ orderId: Id("tko"), meterId: Id("ppm"), purchaseId: Id("ppp").optional() }),
);

/** Told when money of a purchase went back although its token was ordered. */
export const PaidBackAfterSale = defineEvent(
  "vending.paid_back_after_sale.v1",
  z.object({ purchaseId: Id("ppp"), meterId: Id("ppm"), billId: Id("bill") }),
);

/** Told when somebody saw that a meter works with its new key. */
export const KeyConfirmed = defineEvent(
  "vending.key_confirmed.v1",
  z.object({ meterId: Id("ppm"), campaignId: Id("kcc").optional() }),
);
