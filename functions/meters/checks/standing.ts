import type { DeliveredBlock } from "../domain.ts";
import { exact } from "../exact.ts";
import type { Block } from "../packing.ts";
import type { Meter } from "../schema.ts";
import { unitOf } from "../series.ts";
import type { Correction } from "./schema.ts";
import type { Dial, Exchange, Truth, Withdrawn } from "./truth.ts";

/** A correction with the readings that it puts in, where it does. */
export interface Kept {
  correction: Correction;
  blocks: readonly Block[];
}

/**
 * Which corrections stand: those that no standing one took back. It hangs on the set alone, not on its order.
 * @returns by each that does not stand, the one that took it back
 */
export function undone(corrections: readonly Correction[]): Map<string, string> {
  const undos = Map.groupBy(
    corrections.filter(({ kind }) => kind === "undo"),
    ({ correctionId }) => correctionId!,
  );
  const stands = (id: string): boolean => takerOf(id) === undefined;
  const takerOf = (id: string): string | undefined =>
    undos
      .get(id)
      ?.map((undo) => undo.id)
      // An undo comes after what it takes back: so nothing goes round in a circle.
      .filter((taker) => taker > id && stands(taker))
      .sort()[0];
  return new Map(
    corrections.flatMap(({ id }) => {
      const taker = takerOf(id);
      return taker === undefined ? [] : [[id, taker] as const];
    }),
  );
}

/** What stands, put together. Any order and any repetition of the same corrections give the same. */
export function truthOf(all: readonly Kept[], meter: Pick<Meter, "registerUnit">): Truth {
  const once = [...new Map(all.map((one) => [one.correction.id, one])).values()].sort((a, b) =>
    a.correction.id < b.correction.id ? -1 : 1,
  );
  const gone = undone(once.map(({ correction }) => correction));
  const blocks: DeliveredBlock[] = [];
  const withdrawn: Withdrawn[] = [];
  const exchanges: Exchange[] = [];
  const dials: Dial[] = [];
  const power = unitOf(meter.registerUnit)![1];
  for (const { correction, blocks: put } of once) {
    if (gone.has(correction.id)) continue;
    const { id, kind, at, from, to, last, first, digits, multiplier, channels } = correction;
    const fromS = Date.parse(from) / 1000;
    const rank = kind === "estimate" ? "estimated" : "corrected";
    blocks.push(...put.map((block) => ({ block, asOfS: Date.parse(at) / 1000, deliveryId: id, rank }) as const));
    if (correction.withdrawn) withdrawn.push({ kind: correction.withdrawn, fromS, toS: Date.parse(to ?? from) / 1000 });
    if (kind === "exchange")
      exchanges.push({ channel: channels![0]!, atS: fromS, last: exact(last!)!, first: exact(first!)! });
    if (kind === "dial")
      dials.push({
        fromS,
        ...(digits === undefined ? {} : { roundPower: digits + power }),
        ...(multiplier === undefined ? {} : { multiplier: exact(multiplier)! }),
      });
  }
  // Of two words on one instant the later one counts.
  return {
    blocks,
    withdrawn,
    exchanges: latest(exchanges),
    dials: dials.sort((a, b) => a.fromS - b.fromS),
    isPulses: meter.registerUnit === "pulse",
  };
}

const latest = (all: readonly Exchange[]): Exchange[] =>
  [...new Map(all.map((one) => [`${one.atS} ${one.channel}`, one])).values()].sort((a, b) => a.atS - b.atS);
