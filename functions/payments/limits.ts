import { Fault } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { LimitsSet } from "./events.ts";
import { KeptLimits, type Limits } from "./schema.ts";

// question                                                   key
// how much may be given back, and what is asked for instead  pk REFUND_LIMITS   sk LIMITS
const KEY = { pk: "REFUND_LIMITS", sk: "LIMITS" };

async function read({ table }: Here): Promise<{ item: Item | undefined; before: KeptLimits }> {
  const item = await table.get(KEY);
  return { item, before: KeptLimits.parse(item?.["limits"] ?? {}) };
}
export const limitsOf = async (here: Here): Promise<KeptLimits> => (await read(here)).before;
export async function* limitItems({ table }: Here): AsyncIterable<Item> {
  const item = await table.get(KEY);
  if (item) yield item;
}

const inForce = ({ asked: _not, ...limits }: KeptLimits): Limits => limits;
/** Without a number there is no limit. */
const isLooser = (before: Limits, after: Limits): boolean =>
  (["refundMaxMinor", "refundDayMaxMinor"] as const).some(
    (name) => (after[name] ?? Number.POSITIVE_INFINITY) > (before[name] ?? Number.POSITIVE_INFINITY),
  );

async function keep(here: Here, item: Item | undefined, limits: KeptLimits, events: NewEvent[]): Promise<KeptLimits> {
  try {
    await here.commit([{ put: { ...KEY, limits }, if: item ? { limits: item["limits"] } : "absent" }], events);
    return limits;
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Fault("conflict", "The limits changed meanwhile: look again.");
    throw error;
  }
}

/** Narrower limits are in force at once; wider ones only when another person agrees. */
export async function askLimits(here: Here, limits: Limits, by: string): Promise<KeptLimits> {
  const { item, before } = await read(here);
  if (!isLooser(before, limits)) return keep(here, item, limits, [told(LimitsSet, "limits", { ...limits, by })]);
  const at = here.clock.now().toISOString();
  return keep(here, item, { ...inForce(before), asked: { limits, by, at } }, []);
}

/**
 * @param seen  when what was shown was asked for: other limits than those are not decided by that
 * @throws {Fault} conflict: nothing is asked for, or something else; forbidden: by the same person
 */
export async function decideLimits(here: Here, by: string, agrees: boolean, seen?: string): Promise<KeptLimits> {
  const { item, before } = await read(here);
  const { asked } = before;
  if (!asked) throw new Fault("conflict", "No other limits are asked for.");
  if (seen !== undefined && seen !== asked.at)
    throw new Fault("conflict", "Other limits were asked for meanwhile: look again.");
  if (agrees && asked.by === by) throw new Fault("forbidden", "Who asked for other limits cannot agree to them.");
  if (!agrees) return keep(here, item, inForce(before), []);
  const event = told(LimitsSet, "limits", { ...asked.limits, by: asked.by, agreedBy: by });
  return keep(here, item, asked.limits, [event]);
}
