import { z } from "zod";
import { Currency } from "../../shared/money.ts";

export const Proof = z
  .object({
    isSound: z.boolean(),
    problems: z.array(z.string()),
    segments: z.int(),
    transfers: z.int(),
    sums: z.record(z.string(), z.int()),
    digest: z.string(),
  })
  .meta({ id: "LedgerProof" });

export const Balance = z.object({ account: z.string(), currency: z.string(), balanceMinor: z.int() });
export type Balance = z.infer<typeof Balance>;

export const Entry = z
  .object({
    /** `<post id>/<1, 2, …>`. */
    id: z.string(),
    at: z.iso.datetime(),
    seq: z.int(),
    debit: z.string(),
    credit: z.string(),
    amountMinor: z.int().positive(),
    currency: Currency,
    code: z.string().optional(),
    memo: z.string().optional(),
  })
  .meta({ id: "LedgerEntry" });
export type Entry = z.infer<typeof Entry>;

export const Account = z
  .string()
  .max(100)
  .regex(/^[a-z_]+(:[A-Za-z0-9_.-]+){0,4}$/, "an account such as revenue:water");
