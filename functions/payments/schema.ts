import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { RailName } from "./rail.ts";

export const State = z.enum([
  "created",
  "pending",
  "settled",
  "failed",
  "expired",
  "refunding",
  "refunded",
  "disputed",
]);
export type State = z.infer<typeof State>;

export const PaymentId = Id("pay");

/** Whoever has a bill's reference may pay it. Without an amount, what is due; less is possible, more is not. */
export const NewPayment = z
  .strictObject({
    reference: z.string().min(1).max(40),
    amountMinor: z.int().positive().max(99_999_999).optional(),
    currency: Currency.optional(),
  })
  .meta({ id: "NewPayment" });
export type NewPayment = z.infer<typeof NewPayment>;

export const Payment = z
  .object({
    id: PaymentId,
    billId: Id("bill"),
    reference: z.string(),
    /** For what: the service and its month; no name. */
    kind: z.string(),
    month: z.string(),
    amountMinor: z.int().positive(),
    currency: Currency,
    state: State,
    provider: z.enum([...RailName.options, "stand_in", "third_party"]),
    /** Of the payer, for the provider's page. */
    lang: z.string(),
    sessionId: z.string().optional(),
    /** The provider's page, as long as it can be paid there. */
    checkoutUrl: z.string().optional(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    settledAt: z.iso.datetime().optional(),
    /** What came in, where the provider says something else than what was asked. */
    settledMinor: z.int().optional(),
    /** The receipt's, made when it was settled: it outlives the key, and a move to another house. */
    signature: z.string().optional(),
  })
  .meta({ id: "Payment" });
export type Payment = z.infer<typeof Payment>;

/** What a provider says about one payment, from whichever side it was heard. */
export const Witness = z.object({
  says: z.enum(["paid", "open", "failed", "expired"]),
  sessionId: z.string().max(200),
  /** The payment that it was opened for, where it says so. */
  paymentId: PaymentId.optional(),
  amountMinor: z.int(),
  currency: z.string(),
});
export type Witness = z.infer<typeof Witness>;

/** The city's own account at Stripe. Kept sealed; never shown again. */
export const StripeAccount = z
  .strictObject({
    secretKey: z.string().regex(/^(sk|rk)_(test|live)_[A-Za-z0-9]{8,250}$/, "a secret key such as sk_test_…"),
    webhookSecret: z.string().regex(/^whsec_[A-Za-z0-9+/=_-]{8,250}$/, "a signing secret such as whsec_…"),
  })
  .meta({ id: "StripeAccount" });
export type StripeAccount = z.infer<typeof StripeAccount>;

export const Receipt = z
  .object({
    paymentId: PaymentId,
    city: z.string(),
    reference: z.string(),
    amountMinor: z.int(),
    currency: Currency,
    settledAt: z.iso.datetime(),
    /** Ed25519 over the receipt's text, base64url. */
    signature: z.string(),
  })
  .meta({ id: "Receipt" });
export type Receipt = z.infer<typeof Receipt>;

export const Checked = z
  .object({ isGenuine: z.boolean(), receipt: Receipt.omit({ signature: true }).optional() })
  .meta({ id: "CheckedReceipt" });
