import type { Item, Key, Table, Write } from "../../shared/table.ts";
import { fileMarks, markKey } from "./apart.ts";
import { shortId } from "./batch-rows.ts";
import type { DeliveredBlock } from "./domain.ts";
import { unpack } from "./packing.ts";
import type { Plan, Pointer } from "./plan.ts";
import { type Kind, Meter } from "./schema.ts";

// question                                     key
// one delivery, with its first 64 KB           pk DELIVERY#<id>   sk DELIVERY
// its further bytes                            pk DELIVERY#<id>   sk PART#<nnnn>
// where a meter's intervals of a month lie     pk METER#<id>      sk BLOCKS#<yyyy-mm>#<delivery>   (UTC months)
// where its registers lie                      pk METER#<id>      sk DIALS#<yyyy-mm>#<delivery>
// whether files ever had registers of it       pk METER#<id>      sk DIALS                         (stays)
// which of those a delivery has                pk DELIVERY#<id>   sk SLICE#<nnnn>
// which deliveries are not in segments yet     pk OPENFILES       sk <receivedAt>#<delivery>
//
// A delivery is there when its DELIVERY item is: that is written last, so that nothing of it is read before. When
// segments hold its readings, all of this goes but what the delivery is answered by (`file-compaction.ts`).

const DAY_S = 86_400;
/** So many items of an index, or readings, are moved at a time. */
const SLICE_ITEMS = 1_000;
const SLICE_READINGS = 500_000;
const DELETES_AT_ONCE = 90;
/** More neighbours than one, in case that a delivery of theirs was never finished. */
export const NEIGHBOURS = 3;

export const PREFIX = { intervals: "BLOCKS#", registers: "DIALS#" } as const;
export const CORRECTION = "CORRECTION#";
const HAS_DIALS = "DIALS";
const fourDigits = (number: number): string => String(number).padStart(4, "0");
export const deliveryKey = (id: string): Key => ({ pk: `DELIVERY#${id}`, sk: "DELIVERY" });
const partKey = (id: string, part: number): Key => ({
  pk: `DELIVERY#${id}`,
  sk: part === 0 ? "DELIVERY" : `PART#${fourDigits(part)}`,
});
const sliceKey = (id: string, slice: number): Key => ({ pk: `DELIVERY#${id}`, sk: `SLICE#${fourDigits(slice)}` });
const monthAt = (atS: number): string => new Date(atS * 1000).toISOString().slice(0, 7);

/** What a delivery writes: all but the last may be cut off anywhere. */
export function deliveryWrites({ delivery, parts, index }: Plan): { body: Write[]; last: Write[] } {
  const { id, receivedAt } = delivery;
  const items = index.flatMap((entry) => indexItems(entry, id));
  const slices = slicesOf(items);
  const body: Write[] = [
    ...parts.slice(1).map((bytes, i): Write => ({ put: { ...partKey(id, i + 1), bytes } })),
    ...items.map((put): Write => ({ put })),
    ...slices.map((some, i): Write => ({ put: { ...sliceKey(id, i), keys: some.map(({ pk, sk }) => [pk, sk]) } })),
    ...[...new Set(items.filter(({ sk }) => sk.startsWith(PREFIX.registers)).map(({ pk }) => pk))].map(
      (pk): Write => ({ put: { pk, sk: HAS_DIALS } }),
    ),
    ...fileMarks(index, id),
  ];
  const last: Write[] = [
    {
      put: { ...deliveryKey(id), delivery, asOf: delivery.asOf, bytes: parts[0], parts: parts.length },
      if: "absent",
    },
    {
      put: {
        ...{ pk: `DELIVERY#${id}`, sk: "LISTED" },
        ...{ gsi1pk: "DELIVERIES", gsi1sk: `${receivedAt}#${id}`, deliveryId: id },
      },
    },
    { put: { pk: "OPENFILES", sk: `${receivedAt}#${id}`, slices: slices.length } },
  ];
  return { body, last };
}

function indexItems({ meterId, month, pointers }: Plan["index"][number], deliveryId: string): Item[] {
  return [...Map.groupBy(pointers, (pointer) => pointer.kind)].map(([kind, some]) => ({
    pk: `METER#${meterId}`,
    sk: `${PREFIX[kind]}${month}#${deliveryId}`,
    deliveryId,
    pointers: some,
  }));
}

function slicesOf(items: readonly Item[]): Item[][] {
  const slices: Item[][] = [];
  let readings = 0;
  for (const item of items) {
    const more = (item["pointers"] as Pointer[]).reduce((sum, { count }) => sum + count, 0);
    if (slices.length === 0 || slices.at(-1)!.length === SLICE_ITEMS || readings + more > SLICE_READINGS) {
      slices.push([]);
      readings = 0;
    }
    slices.at(-1)!.push(item);
    readings += more;
  }
  return slices;
}

/** What the table says of a meter by itself, in one look: all that lies beside it, from a time on. */
export interface Look {
  /** Its small number and kind; undefined where it has none, or there is no such meter. */
  no: number | undefined;
  kind: Kind | undefined;
  /** Files have, or had, registers of it, which count up to those of any time around them. */
  hasDials: boolean;
  blocks: Item[];
  dials: Item[];
  corrections: Item[];
}

export async function lookAt(table: Table, meterId: string, fromS: number): Promise<Look> {
  // An interval is at most a day long, so a month's block may begin a day earlier.
  const range = { from: `${PREFIX.intervals}${monthAt(fromS - DAY_S)}`, to: "METER" };
  const items: Item[] = [];
  for await (const item of table.all({ pk: `METER#${meterId}`, ...range })) items.push(item);
  const own = items.find(({ sk }) => sk === "METER");
  const having = (prefix: string) => items.filter(({ sk }) => sk.startsWith(prefix));
  return {
    no: own?.["no"] as number | undefined,
    kind: own && Meter.parse(own["meter"]).kind,
    hasDials: items.some(({ sk }) => sk === HAS_DIALS),
    blocks: having(PREFIX.intervals),
    dials: having(PREFIX.registers),
    corrections: having(CORRECTION),
  };
}

/**
 * Every packed block that lies in deliveries and bears on a range of time, with what decides among them. Of registers
 * also the neighbours outside, without which the first and the last have nothing to be counted from.
 *
 * @param look  from the range's beginning on
 */
export async function deliveredIn(
  table: Table,
  { blocks, dials }: Look,
  fromS: number,
  toS: number,
): Promise<DeliveredBlock[]> {
  const wanted = [...blocks, ...around(dials, fromS, toS)].flatMap((item) =>
    (item["pointers"] as Pointer[])
      .filter((one) => one.kind === "registers" || (one.fromS < toS + DAY_S && one.toS > fromS - DAY_S))
      .map((pointer) => ({ pointer, deliveryId: item["deliveryId"] as string })),
  );
  if (wanted.length === 0) return [];
  return (await blocksAt(table, wanted)).map(({ block, asOfS, deliveryId }) => ({ block, asOfS, deliveryId }));
}

/** The entries within a range, and those of the nearest few months before and after it. */
function around(entries: readonly Item[], fromS: number, toS: number): Item[] {
  const months = Map.groupBy(entries, ({ sk }) => sk.split("#")[1]!);
  const ascending = [...months.keys()];
  const [first, last] = [monthAt(fromS), monthAt(toS)];
  return [
    ...ascending.filter((month) => month < first).slice(-NEIGHBOURS),
    ...ascending.filter((month) => month >= first && month <= last),
    ...ascending.filter((month) => month > last).slice(0, NEIGHBOURS),
  ].flatMap((month) => months.get(month)!);
}

interface Lying {
  pointer: Pointer;
  deliveryId: string;
}

/** Blocks where pointers say; those of a delivery that was never finished, or is in segments by now, are left out. */
async function blocksAt<T extends Lying>(table: Table, wanted: readonly T[]): Promise<(T & DeliveredBlock)[]> {
  const keys = new Map(
    wanted.flatMap(({ pointer, deliveryId }) =>
      [partKey(deliveryId, 0), partKey(deliveryId, pointer.part)].map((key) => [`${key.pk} ${key.sk}`, key]),
    ),
  );
  const found = new Map((await table.getMany([...keys.values()])).map((item) => [`${item.pk} ${item.sk}`, item]));
  return wanted.flatMap((one) => {
    const { pointer, deliveryId } = one;
    const head = found.get(`DELIVERY#${deliveryId} DELIVERY`);
    const { pk, sk } = partKey(deliveryId, pointer.part);
    const bytes = found.get(`${pk} ${sk}`)?.["bytes"] as Uint8Array | undefined;
    if (!head || !bytes) return [];
    const block = unpack(bytes.subarray(pointer.offset, pointer.offset + pointer.length));
    return [{ ...one, block, asOfS: Date.parse(head["asOf"] as string) / 1000, deliveryId: shortId(deliveryId) }];
  });
}

/** A delivery that no segment holds yet. */
export interface OpenFile {
  item: Item;
  deliveryId: string;
  slices: number;
}

/** The oldest first. */
export async function openFiles(table: Table, most: number): Promise<OpenFile[]> {
  const { items } = await table.query({ pk: "OPENFILES", limit: most });
  return items.map((item) => ({
    item,
    deliveryId: item.sk.slice(item.sk.indexOf("#") + 1),
    slices: Number(item["slices"]),
  }));
}

/** A part of a delivery that is moved at once. */
export interface Slice {
  file: OpenFile;
  number: number;
  index: Item[];
  blocks: ({ meterId: string } & DeliveredBlock)[];
}

/**
 * @returns undefined where it was moved before
 * @throws {RangeError} bytes that are not those of a block
 */
export async function sliceOf(table: Table, file: OpenFile, number: number): Promise<Slice | undefined> {
  const item = await table.get(sliceKey(file.deliveryId, number));
  if (!item) return undefined;
  const index = await table.getMany((item["keys"] as [string, string][]).map(([pk, sk]) => ({ pk, sk })));
  const { deliveryId } = file;
  const wanted = index.flatMap(({ pk, pointers }) =>
    (pointers as Pointer[]).map((pointer) => ({ pointer, deliveryId, meterId: pk.slice("METER#".length) })),
  );
  return { file, number, index, blocks: await blocksAt(table, wanted) };
}

/** Removes a slice whose readings are in segments: the index of its blocks first, so that cut off it is moved again. */
export async function removeSlice(table: Table, { file, number, index }: Slice): Promise<void> {
  const { deliveryId } = file;
  await removeAll(
    table,
    index.flatMap(({ pk, sk }): Key[] => {
      const [prefix = "", month = ""] = sk.split("#");
      const mark = markKey(month, pk.slice("METER#".length), deliveryId);
      return `${prefix}#` === PREFIX.intervals ? [{ pk, sk }, mark] : [{ pk, sk }];
    }),
  );
  await table.delete(sliceKey(deliveryId, number));
}

/** Removes the bytes of a delivery that is wholly in segments. What it was answered stays. */
export async function removeBytes(table: Table, { item, deliveryId }: OpenFile): Promise<void> {
  const key = deliveryKey(deliveryId);
  const parts = Number((await table.get(key))?.["parts"] ?? 0);
  await removeAll(
    table,
    Array.from({ length: Math.max(0, parts - 1) }, (_, i) => partKey(deliveryId, i + 1)),
  );
  await table.transact([{ update: key, remove: ["bytes", "parts"] }, { delete: item }]);
}

async function removeAll(table: Table, keys: readonly Key[]): Promise<void> {
  for (let at = 0; at < keys.length; at += DELETES_AT_ONCE)
    await table.transact(keys.slice(at, at + DELETES_AT_ONCE).map((key): Write => ({ delete: key })));
}
