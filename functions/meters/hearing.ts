import type { Here } from "../../shared/here.ts";
import { blocksOfRows, type Row, resolved, undisputed, withoutBlocks } from "./batch-rows.ts";
import { batchStore } from "./batch-store.ts";
import { deliveredIn, type Look, lookAt } from "./deliveries.ts";
import { type Counted, counted, type DeliveredBlock } from "./domain.ts";
import { BASE_UNIT } from "./schema.ts";
import { countedOfSum, isDense, LOOK_AROUND_S, type Stretch, summed } from "./summed.ts";

const DAY_S = 86_400;
const monthAt = (atS: number): string => new Date(atS * 1000).toISOString().slice(0, 7);

/**
 * What was ever said of a meter, out of deliveries, the window and segments. Deliveries are read before the window, and
 * both before the segments: what a compaction moves meanwhile is then in two of them, never in none.
 */
export function hearing(here: Pick<Here, "table" | "clock" | "blobs" | "log">) {
  const { table } = here;
  const words = {
    look: (meterId: string, fromS: number): Promise<Look> => lookAt(table, meterId, fromS),

    /** Every packed block that bears on a range of time, whichever way it came; of batches one for each UTC day. */
    async heard(meterId: string, fromS: number, toS: number, seen?: Look): Promise<DeliveredBlock[]> {
      const look = seen ?? (await words.look(meterId, fromS));
      const files = await deliveredIn(table, look, fromS, toS);
      const no = await numberOf(meterId, look);
      if (no === undefined) return files;
      const [near, far] = await Promise.all([rows(no, fromS, toS), look.hasDials ? dials(no, fromS, toS) : []]);
      return [...files, ...blocksOfRows(withoutBlocks(resolved([...near, ...far]), files), unitOf(look))];
    },

    /** The intervals that files say, and no batch: of files the window holds nothing, so it is not read. */
    async filed(meterId: string, fromS: number, toS: number): Promise<DeliveredBlock[]> {
      const look = await words.look(meterId, fromS);
      const files = await deliveredIn(table, look, fromS, toS);
      const no = await numberOf(meterId, look);
      if (no === undefined) return files;
      const all = await batchStore(here).inSegments(no, monthAt(fromS - DAY_S), monthAt(toS + DAY_S));
      const near = all.filter(
        ({ file, stepS, atS }) => file && stepS > 0 && atS >= fromS - DAY_S && atS <= toS + DAY_S,
      );
      return [...files, ...blocksOfRows(withoutBlocks(resolved(near), files), unitOf(look))];
    },

    /**
     * What counts in a range of time, out of all that was heard.
     *
     * @param cutsS  it will be added up between these instants, from the first to the last: so it need not be told
     *   interval by interval where a compaction has added it up before
     */
    async counted(
      meterId: string,
      fromS: number,
      toS: number,
      cutsS?: readonly number[],
      seen?: Look,
    ): Promise<Counted[]> {
      const look = seen ?? (await words.look(meterId, fromS));
      const files = await deliveredIn(table, look, fromS, toS);
      const no = await numberOf(meterId, look);
      if (no === undefined) return counted(files);
      const [far, sums] = await Promise.all([
        look.hasDials ? dials(no, fromS, toS) : [],
        cutsS && !isDense(cutsS) ? added(no, cutsS) : undefined,
      ]);
      const plain = async (from: number, to: number, aroundS?: number) => {
        const near = await rows(no, from, to, aroundS);
        const all = far.length === 0 ? near : resolved([...near, ...far]);
        const only = files.length === 0 ? undisputed(all) : undefined;
        return only ?? counted([...files, ...blocksOfRows(withoutBlocks(all, files), unitOf(look))]);
      };
      const hasDials = far.length > 0 || files.some(({ block }) => block.kind === "registers");
      if (!cutsS || !sums || hasDials) return plain(fromS, toS);
      // Where words dispute a time, rows decide: nothing else there is but intervals, so a day further they say nothing.
      const touched = stretchesNear([...files.map(reachOfBlock), ...sums.disputed], cutsS);
      const within = (stretch: Stretch) => (one: Counted) => one.fromS >= stretch.fromS && one.fromS < stretch.toS;
      const parts = await Promise.all(
        touched.map(async (one) => (await plain(one.fromS, one.toS, DAY_S)).filter(within(one))),
      );
      return [...sums.counted.filter((sum) => !touched.some((one) => within(one)(sum))), ...parts.flat()];
    },
  };

  /** Its small number: a file's meter may have got it only when the file was compacted, after the look. */
  const numberOf = async (meterId: string, look: Look) => look.no ?? batchStore(here).numberOf(meterId);

  /** What the window and segments say in a range of time. */
  async function rows(no: number, fromS: number, toS: number, aroundS = LOOK_AROUND_S): Promise<Row[]> {
    // A register needs the one before it, which may lie months back; most meters send intervals or many registers.
    const all = await batchStore(here).rows(no, monthAt(fromS - aroundS), monthAt(toS + aroundS));
    return resolved(all).filter(({ atS, stepS, file }) => {
      if (file && stepS === 0) return true;
      const within = stepS === 0 ? aroundS : DAY_S;
      return atS >= fromS - within && atS <= toS + within;
    });
  }

  const dials = (no: number, fromS: number, toS: number): Promise<Row[]> =>
    batchStore(here).dials(no, monthAt(fromS), monthAt(toS));

  /** What batches and segments say, added up between instants, and where their rows decide; undefined: everywhere. */
  async function added(no: number, cutsS: readonly number[]) {
    const { sums, rowsDecide, disputed } = await summed(here, new Set([no]), cutsS);
    if (rowsDecide.has(no)) return undefined;
    return { counted: (sums.get(no) ?? []).map(countedOfSum), disputed: disputed.get(no) ?? [] };
  }

  return words;
}

const unitOf = ({ kind }: Look): string => (kind ? BASE_UNIT[kind] : "");

const reachOfBlock = ({ block: { startS, stepS, values } }: DeliveredBlock): Stretch => ({
  fromS: startS,
  toS: startS + stepS * values.length,
});

/** Between which cuts there is any of these times, or one within a day of them. */
function stretchesNear(times: readonly Stretch[], cutsS: readonly number[]): Stretch[] {
  const stretches: Stretch[] = [];
  if (times.length === 0) return stretches;
  for (let i = 1; i < cutsS.length; i++) {
    const [fromS, toS] = [cutsS[i - 1]!, cutsS[i]!];
    if (!times.some((one) => one.fromS < toS + DAY_S && one.toS > fromS - DAY_S)) continue;
    const last = stretches.at(-1);
    if (last?.toS === fromS) last.toS = toS;
    else stretches.push({ fromS, toS });
  }
  return stretches;
}
