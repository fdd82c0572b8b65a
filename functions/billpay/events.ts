import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { offer } from "../../shared/room.ts";

/**
 * A bank's line by which a third party settles what it took for the city, once for each line; what is beyond that
 * stays its credit. `unknown`: nobody has this reference; then nothing moved.
 */
export const ThirdPartySettles = offer(
  "billpay.third_party_settles",
  z.object({
    /** Of the line. */
    id: z.string().max(120),
    reference: z.string().max(40),
    amountMinor: z.int().positive(),
    currency: Currency,
    bankAccountId: Id("ban"),
  }),
  z.object({ outcome: z.enum(["settled", "unknown"]) }),
);
