import { charge, TariffInUse, type TariffPart } from "../../functions/billing/events.ts";
import { syntheticCity, syntheticUsage } from "../../functions/synthetic/events.ts";
import type { City, Here } from "../../shared/here.ts";
import type { Use } from "./domain.ts";

// The synthetic city of every trial: fixed, so that a trial gives the same result in every house.
const SEED = "hansa-trial-1";
const METERS = 80; // electricity and water in turn
const MONTHS = ["2025-01", "2025-07"];

const made = new Map<string, readonly Use[]>();

/** What the households of the city's synthetic copy use of this; there is none for gas. */
export function usesOf({ country, timeZone }: Pick<City, "country" | "timeZone">, kind: string): readonly Use[] {
  const key = `${country} ${timeZone} ${kind}`;
  const kept = made.get(key);
  if (kept) return kept;
  const { households } = syntheticCity({ seed: SEED, country, timeZone, households: METERS });
  const uses = households
    .filter((household) => household.kind === kind)
    .flatMap((household) =>
      MONTHS.map((month) => ({
        household: household.meterSerial,
        month,
        quantity: syntheticUsage(household, month, timeZone).total,
      })),
    );
  if (made.size > 50) made.clear();
  made.set(key, uses);
  return uses;
}

/** The tariff by which new bills for this are made today. */
export const tariffInForce = async (here: Here, kind: TariffPart["kind"]): Promise<TariffPart | undefined> =>
  (await here.ask(TariffInUse, { kind })).tariff;

/** One bill's total with VAT, in minor units, as billing itself would make it. @param quantity Wh or litres */
export const priceOf = (tariff: TariffPart, quantity: number): number => charge(tariff, quantity).totalMinor;
