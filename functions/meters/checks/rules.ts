import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { ConditionFailed, type Item } from "../../../shared/table.ts";
import type { Kind } from "../schema.ts";
import { type NewRuleSet, RuleSet, Rules } from "./schema.ts";

// question                                    key
// the city's rules, and each set before       pk READINGRULES   sk <version>
const PK = "READINGRULES";
const keyOf = (version: number) => ({ pk: PK, sk: String(version).padStart(6, "0") });
const ON = { isOn: true } as const;
const KINDS = ["electricity", "water", "gas"] as const satisfies readonly Kind[];
/** So many sets at most: a city that changes its rules every week has twenty years. */
const SETS_MAX = 1_000;

const COMMON = {
  negative: ON,
  gap: ON,
  reversed: ON,
  roll_over: ON,
  exchange: ON,
  daylight_saving: ON,
  unit: ON,
  tampered: ON,
} as const;

/** What every city begins with: a home's connection and a small business's stay below it. */
export const FIRST: RuleSet = {
  version: 0,
  from: "1970-01-01",
  electricity: {
    ...COMMON,
    range: { ...ON, mostPerHour: 250_000 },
    spike: { ...ON, times: 10, leastPerHour: 5_000 },
    zero_run: { ...ON, hours: 72 },
    clock_shift: { ...ON, hours: 3 },
  },
  water: {
    ...COMMON,
    range: { ...ON, mostPerHour: 10_000 },
    spike: { ...ON, times: 10, leastPerHour: 500 },
    zero_run: { ...ON, hours: 336 },
    clock_shift: { ...ON, hours: 3 },
  },
  gas: {
    ...COMMON,
    range: { ...ON, mostPerHour: 25_000 },
    spike: { ...ON, times: 10, leastPerHour: 4_000 },
    // In summer a home that heats with gas may use none for weeks.
    zero_run: { isOn: false, hours: 504 },
    clock_shift: { ...ON, hours: 3 },
  },
};

/** A rule that the house has learned since a set was made is in it as the house begins with it. */
const setOf = (item: Item): RuleSet => {
  const kept = item["rules"] as Record<string, object>;
  const whole = KINDS.map((kind) => [kind, { ...FIRST[kind], ...kept[kind] }]);
  return RuleSet.parse({ ...kept, ...Object.fromEntries(whole) });
};

/** Every set, the latest first; the one that every city begins with stands last. */
export async function ruleSets({ table }: Pick<Here, "table">): Promise<RuleSet[]> {
  const sets: RuleSet[] = [];
  for await (const item of table.all({ pk: PK })) sets.push(setOf(item));
  return [...sets.reverse(), FIRST];
}

/** The set that judges a day: the one with the latest beginning; of two that begin on one day, the later set. */
export function ruleSetOn(sets: readonly RuleSet[], day: string): RuleSet {
  let best = FIRST;
  for (const one of sets)
    if (one.from <= day && (one.from > best.from || (one.from === best.from && one.version > best.version))) best = one;
  return best;
}

export const rulesOn = (sets: readonly RuleSet[], day: string, kind: Kind): Rules => ruleSetOn(sets, day)[kind];

/**
 * Sets other rules from a day on. No set is ever changed: what is left out is taken from the one in force on that day.
 *
 * @throws {Fault} conflict: somebody else set some at this moment
 */
export async function setRules(here: Here, asked: NewRuleSet, by: string): Promise<RuleSet> {
  const sets = await ruleSets(here);
  if (sets.length > SETS_MAX) throw new Fault("conflict", `A city sets its rules at most ${SETS_MAX} times.`);
  const before = ruleSetOn(sets, asked.from);
  const next: RuleSet = {
    version: Math.max(...sets.map(({ version }) => version)) + 1,
    from: asked.from,
    electricity: before.electricity,
    water: before.water,
    gas: before.gas,
    setBy: by,
    setAt: here.clock.now().toISOString(),
  };
  for (const kind of KINDS) next[kind] = Rules.parse({ ...before[kind], ...asked[kind] });
  try {
    await here.commit([{ put: { ...keyOf(next.version), rules: next }, if: "absent" }]);
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault("conflict", "Somebody set other rules meanwhile: look again.");
    throw error;
  }
  return next;
}

export const ruleItems = ({ table }: Here): AsyncIterable<Item> => table.all({ pk: PK });
