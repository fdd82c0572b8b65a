import type { Here } from "../../shared/here.ts";
import type { Table } from "../../shared/table.ts";
import { apart } from "./apart.ts";
import { countedOf } from "./checks/store.ts";
import { type Counted, cutsOf, totalsBy } from "./domain.ts";
import { Sum } from "./exact.ts";
import { LOOKED_MAX } from "./questions.ts";
import { Meter } from "./schema.ts";
import { countedOfSum, isDense, type Summed, summed } from "./summed.ts";

const DAY_S = 86_400;
const AT_ONCE = 16;
const REMEMBERED = 200_000;

/** What never changes of a meter once it has a number. */
interface Fact {
  no: number;
  isPulses: boolean;
}
const memories = new WeakMap<Table, Map<string, Fact>>();

/** What many meters used in one stretch of time, together. */
export interface UsedByMany {
  quantity: number;
  millionths: string;
  /** How many were asked for and are there, and of how many there is any reading. */
  meters: number;
  read: number;
  /** Of the time of all of them. */
  coverage: number;
  estimatedShare: number;
}

/**
 * What many meters used together, by the sums of days where nothing else is to be said of a meter.
 *
 * @param spans  in order, without overlap
 * @returns undefined: too many of them have to be looked at one by one
 */
export async function usedByMany(
  here: Here,
  meterIds: readonly string[],
  spans: readonly { fromS: number; toS: number }[],
): Promise<UsedByMany[] | undefined> {
  const cutsS = cutsOf(spans);
  const [fromS, toS] = [cutsS[0]!, cutsS.at(-1)!];
  // The marks first: whose mark has gone by then has a number, and its readings are in a segment.
  const set = await apart(here, monthAt(fromS - DAY_S), monthAt(toS + DAY_S));
  const { facts, unnumbered } = await factsOf(here, meterIds);
  const mayBeSummed = set !== undefined && !isDense(cutsS);
  const plain = new Map<number, string>();
  const looked = new Set<string>();
  for (const [id, { no, isPulses }] of facts) {
    if (mayBeSummed && !isPulses && !set.has(id)) plain.set(no, id);
    else looked.add(id);
  }
  // Of a meter without a number no batch ever spoke.
  for (const id of unnumbered) if (!set || set.has(id)) looked.add(id);
  const { sums, rowsDecide, disputed }: Summed =
    plain.size === 0
      ? { sums: new Map(), rowsDecide: new Set(), disputed: new Map() }
      : await summed(here, new Set(plain.keys()), cutsS);
  for (const no of [...rowsDecide, ...disputed.keys()]) {
    looked.add(plain.get(no)!);
    sums.delete(no);
  }
  if (looked.size > LOOKED_MAX) return undefined;

  const all = spans.map(() => ({ sum: new Sum(), read: 0, coveredS: 0, estimatedS: 0 }));
  const add = (counted: readonly Counted[]) => {
    for (const [i, total] of totalsBy(spans, counted).entries()) {
      const into = all[i]!;
      const coveredS = Math.max(0, ...total.covered.values());
      into.sum.addFinest(total.sum.finest());
      into.coveredS += coveredS;
      if (coveredS > 0) into.read++;
      if (total.coveredS > 0) into.estimatedS += (coveredS * total.estimatedS) / total.coveredS;
    }
  };
  for (const own of sums.values()) {
    // Of several channels the one that says most covers the time.
    if (own.some(({ channel, flow }) => channel !== own[0]!.channel || flow !== "consumption")) {
      add(own.map(countedOfSum));
      continue;
    }
    let at = 0;
    let before = -1;
    for (const one of own) {
      while (at < spans.length && spans[at]!.toS <= one.fromS) at++;
      const into = all[at];
      // Between two spans.
      if (!into || one.fromS < spans[at]!.fromS) continue;
      into.sum.add(one.digits, one.exponent);
      into.coveredS += one.coveredS;
      into.estimatedS += one.estimatedS;
      if (before !== at) into.read++;
      before = at;
    }
  }
  const ids = [...looked];
  for (let at = 0; at < ids.length; at += AT_ONCE)
    await Promise.all(
      ids.slice(at, at + AT_ONCE).map(async (id) => {
        const meter = Meter.parse((await here.table.get({ pk: `METER#${id}`, sk: "METER" }))!["meter"]);
        add(await countedOf(here, meter, fromS, toS, cutsS));
      }),
    );
  const meters = facts.size + unnumbered.length;
  return all.map(({ sum, read, coveredS, estimatedS }, i) => ({
    ...{ quantity: sum.whole(), millionths: String(sum.finest()), meters, read },
    coverage: share(coveredS, meters * (spans[i]!.toS - spans[i]!.fromS)),
    estimatedShare: share(estimatedS, coveredS),
  }));
}

const share = (part: number, all: number): number =>
  all === 0 ? 0 : Math.min(1, Math.round((part / all) * 10_000) / 10_000);
const monthAt = (atS: number): string => new Date(atS * 1000).toISOString().slice(0, 7);

/** What is known of meters by their ids; who is not there is left out. */
async function factsOf({ table }: Here, meterIds: readonly string[]) {
  let memory = memories.get(table);
  if (!memory || memory.size > REMEMBERED) {
    memory = new Map();
    memories.set(table, memory);
  }
  const facts = new Map<string, Fact>();
  const missing: string[] = [];
  for (const id of new Set(meterIds)) {
    const fact = memory.get(id);
    if (fact) facts.set(id, fact);
    else missing.push(id);
  }
  const unnumbered: string[] = [];
  for (const item of await table.getMany(missing.map((id) => ({ pk: `METER#${id}`, sk: "METER" })))) {
    const { id, registerUnit } = item["meter"] as Meter;
    if (item["no"] === undefined) unnumbered.push(id);
    else {
      const fact = { no: Number(item["no"]), isPulses: registerUnit === "pulse" };
      memory.set(id, fact);
      facts.set(id, fact);
    }
  }
  return { facts, unnumbered };
}
