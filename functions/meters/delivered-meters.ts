import type { Here } from "../../shared/here.ts";
import { type Answer, answer } from "../../shared/room.ts";
import { MetersOfDelivery } from "./events.ts";

// Which meters a delivery brought readings of, where they are too many for the fact that tells of it: kept for as long
// as somebody may still go through them.
//
// question                           key
// the meters of a large delivery     pk     DELIVERYMETERS#<delivery>   sk <nnnn>   (1,000 each, for thirty days)

const IN_ONE = 1_000;
const KEPT_S = 30 * 86_400;
const keyOf = (deliveryId: string, number: number) => ({
  pk: `DELIVERYMETERS#${deliveryId}`,
  sk: String(number).padStart(6, "0"),
});

/** Notes a delivery's meters before it is told. Told again, it notes the same. */
export async function noteMeters(
  here: Pick<Here, "table" | "clock">,
  deliveryId: string,
  meterIds: readonly string[],
): Promise<void> {
  const expiresAt = Math.floor(here.clock.now().getTime() / 1000) + KEPT_S;
  for (let at = 0; at < meterIds.length; at += IN_ONE)
    await here.table.put({ ...keyOf(deliveryId, at / IN_ONE), meterIds: meterIds.slice(at, at + IN_ONE), expiresAt });
}

/** Answers part by part; an unknown delivery has none. */
export const metersOfDelivery: Answer = answer(MetersOfDelivery, async (here, { deliveryId, skip, limit }) => {
  const item = await here.table.get(keyOf(deliveryId, Math.floor(skip / IN_ONE)));
  const all = (item?.["meterIds"] as string[] | undefined) ?? [];
  const meterIds = all.slice(skip % IN_ONE, (skip % IN_ONE) + limit);
  return { meterIds, ...(meterIds.length === 0 ? {} : { next: skip + meterIds.length }) };
});

/** What the export leaves behind. */
export const deliveredLeaves: Record<string, string> = {
  "DELIVERYMETERS#": "which meters a large delivery had is asked in the days after it",
};
