import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";

export const ThirdPartyId = Id("tpy");
const Amount = z.int().positive().max(1_000_000_000_000);

/** A name of the internet, without path or port: nothing is ever sent elsewhere. */
const Host = z
  .string()
  .max(100)
  .regex(
    /^(?=.{4,100}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$|^localhost$/,
    "a host such as api.wallet.example",
  );

export const NewThirdParty = z
  .strictObject({
    name: z.string().trim().min(1).max(80),
    /** The program key that speaks for it, made with the scopes `billpay.…`. */
    keyId: Id("key"),
    callbackHosts: z.array(Host).max(10).default([]),
    /** For each payment, and for each day of the city: what it may take before it is asked to settle. */
    paymentLimitMinor: Amount,
    dayLimitMinor: Amount,
  })
  .meta({ id: "NewThirdParty" });
export type NewThirdParty = z.infer<typeof NewThirdParty>;

export const ThirdParty = NewThirdParty.extend({
  id: ThirdPartyId,
  currency: Currency,
  /** ISO 11649: by it the bank's line that settles what it owes is known. */
  settlementReference: z.string(),
  createdAt: z.iso.datetime(),
}).meta({ id: "ThirdParty" });
export type ThirdParty = z.infer<typeof ThirdParty>;

/** One payment that a third party took for the city. */
export const Taken = z.object({
  /** Ours: the service provider's reference. */
  id: Id("bpp"),
  thirdPartyId: ThirdPartyId,
  correlationId: z.string(),
  reference: z.string(),
  kind: z.string(),
  amountMinor: z.int(),
  currency: Currency,
  isFull: z.boolean(),
  /** The third party's own number for it. */
  providerRef: z.string(),
  callbackUrl: z.string().optional(),
  state: z.enum(["pending", "completed"]),
  outcome: z.enum(["settled", "suspense"]).optional(),
  paymentId: Id("pay").optional(),
  createdAt: z.iso.datetime(),
  completedAt: z.iso.datetime().optional(),
});
export type Taken = z.infer<typeof Taken>;
