import type { Here } from "../../shared/here.ts";
import { addedAt } from "./adding.ts";
import { askedOf, atOnce } from "./area-asked.ts";
import type { AreaAdding, AreaUse } from "./schema.ts";

/**
 * What the meters of an area counted on each day: of the points that it and its parts fed, whichever meter stood there.
 * Where the readings of more than some hundred of them have to be looked at it goes on by itself, and says how far it is.
 *
 * @param from,to  days, both included
 * @throws {Fault} absent; invalid: the days
 */
export async function areaUse(here: Here, code: string, from: string, to: string): Promise<AreaUse | AreaAdding> {
  const asked = await askedOf(here, code, from, to);
  const totals = (await atOnce(here, asked)) ?? (await addedAt(here, asked, `${code}#${from}#${to}`));
  const { area, days } = asked;
  if (!Array.isArray(totals)) return { state: "adding", area: code, level: area.level, ...totals };
  return {
    ...{ area: code, kind: area.kind, level: area.level, timeZone: here.city.timeZone },
    days: days.map((day, i) => {
      const { millionths, meters, read, stoodS, coveredS, estimatedS } = totals[i]!;
      const quantity = wholeOf(millionths);
      return {
        ...{ ...day, quantity, meters, read },
        coverage: share(coveredS, stoodS),
        estimatedShare: share(estimatedS, coveredS),
      };
    }),
  };
}

const MILLION = 1_000_000n;
/** A half is rounded away from zero, once. */
const wholeOf = (millionths: bigint): number =>
  Number((millionths + (millionths < 0n ? -MILLION / 2n : MILLION / 2n)) / MILLION);
const share = (part: number, all: number): number => (all === 0 ? 0 : Math.round((part / all) * 10_000) / 10_000);
