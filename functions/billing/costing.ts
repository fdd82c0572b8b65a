import type { z } from "zod";
import type { Here } from "../../shared/here.ts";
import { charge } from "./charging.ts";
import type { CostOfUse } from "./events.ts";
import { grantedToAll, termsOf } from "./exemptions.ts";
import { tariffInUse } from "./run.ts";

/** What quantities would cost if they were billed today. @returns no costs where there is no tariff */
export async function costOfUse(
  here: Here,
  { kind, accountId, meterId, month, quantities }: z.infer<typeof CostOfUse.args>,
): Promise<z.infer<typeof CostOfUse.answer>> {
  const [inUse, granted] = await Promise.all([
    tariffInUse(here, kind),
    accountId === undefined ? undefined : grantedToAll(here, [accountId]),
  ]);
  if (!inUse) return {};
  const { tariff } = inUse;
  const terms = termsOf((accountId && granted?.get(accountId)) || [], { kind, meterId, month });
  try {
    const costs = quantities.map((quantity) => {
      const { lines, totalMinor, vatMinor } = charge(tariff, quantity, terms);
      const fixedMinor = lines.reduce((sum, { what, amountMinor }) => sum + (what === "fixed" ? amountMinor : 0), 0);
      return { totalMinor, vatMinor, fixedMinor };
    });
    const isSocial = terms.isSocial === true && tariff.classes?.social !== undefined;
    return { currency: tariff.currency, costs, isSocial };
  } catch (error) {
    // What a broken meter counts may be beyond any bill; a run refuses to draw it up.
    if (error instanceof RangeError) return {};
    throw error;
  }
}
