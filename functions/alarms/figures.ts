import type { Here } from "../../shared/here.ts";
import type { Item, Key, Write } from "../../shared/table.ts";
import { type Counts, NONE } from "./domain.ts";

// question                                     key
// how often, how much, in a week, of a payment pk     ALARM_FIGURES#<of>   sk     <what>
// all figures                                  gsi1pk ALARM_FIGURES        gsi1sk <of>#<what>
// Figures are kept for as long as a rule looks back at them, and then run out.
const KEPT_DAYS = 120;

/** Of a week, a month or a payment: what is counted. */
export interface Figure {
  of: string;
  what: string;
}

const keyOf = ({ of, what }: Figure): Key => ({ pk: `ALARM_FIGURES#${of}`, sk: what });
const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;
const countsOf = (item: Item | undefined): Counts => (item ? (item["counts"] as Counts) : NONE);

/** How these stand. */
export async function figuresOf({ table }: Here, figures: readonly Figure[]): Promise<Counts[]> {
  const found = new Map((await table.getMany(figures.map(keyOf))).map((item) => [nameOf(item), item]));
  return figures.map((figure) => countsOf(found.get(nameOf(keyOf(figure)))));
}

/** How these stand with more counted to each, and the writes that keep it if nobody else counts meanwhile. */
export async function counted(
  { table, clock }: Here,
  more: readonly (Figure & Counts)[],
): Promise<{ after: Counts[]; writes: Write[] }> {
  const found = new Map((await table.getMany(more.map(keyOf))).map((item) => [nameOf(item), item]));
  const expiresAt = Math.floor(clock.now().getTime() / 1000) + KEPT_DAYS * 86_400;
  const after: Counts[] = [];
  const writes = more.map(({ of, what, count, amountMinor }): Write => {
    const key = keyOf({ of, what });
    const item = found.get(nameOf(key));
    const was = countsOf(item);
    const counts = { count: was.count + count, amountMinor: was.amountMinor + amountMinor };
    after.push(counts);
    const put = { ...key, gsi1pk: "ALARM_FIGURES", gsi1sk: `${of}#${what}`, counts, expiresAt };
    return { put, if: item ? { counts: item["counts"] } : "absent" };
  });
  return { after, writes };
}

export const figureItems = ({ table }: Here): AsyncIterable<Item> => table.all({ pk: "ALARM_FIGURES", index: "gsi1" });
