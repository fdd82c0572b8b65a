import { createHash, randomUUID } from "node:crypto";
import type { Item, Key } from "../../shared/table.ts";
import { type Columns, packColumns, unpackColumns } from "./batch-packing.ts";
import type { Row } from "./batch-rows.ts";
import { Reader, Writer } from "./packing.ts";

/** About a month of quarter-hours. Eight bytes a value make 24 KB of one chunk, decoded: what one meter's day may cost. */
export const CHUNK_READINGS = 3_000;

/** Readings of a UTC month, sorted by meter and time, in a blob of chunks; the index of ranges is its item. */
export interface Segment {
  month: string;
  digest: string;
  /** Where its bytes are. Made anew, a segment lies elsewhere: so who removes the old bytes never removes the new ones. */
  blob: string;
  readings: number;
  fromS: number;
  toS: number;
  chunks: Chunk[];
}
interface Chunk {
  firstMeter: number;
  lastMeter: number;
  offset: number;
  length: number;
}

/**
 * Packs rows into chunks, each a few columns for all its meters. The same rows give the same bytes, and the digest is
 * theirs.
 *
 * @param rows  of one UTC month, resolved: ascending by meter, length of interval, time
 */
export function packSegment(month: string, rows: readonly Row[]): { segment: Segment; bytes: Uint8Array } {
  const chunks: Chunk[] = [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = endOfChunk(rows, at);
    const some = rows.slice(at, end);
    const part = packChunk(some);
    chunks.push({ firstMeter: some[0]!.meter, lastMeter: some.at(-1)!.meter, offset, length: part.length });
    parts.push(part);
    offset += part.length;
  }
  const bytes = new Uint8Array(Buffer.concat(parts));
  const digest = createHash("sha256").update(month).update(bytes).digest("hex");
  let [fromS, toS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    fromS = Math.min(fromS, row.atS);
    toS = Math.max(toS, row.atS + row.stepS);
  }
  const blob = `meters/segments/${month}/${digest}-${randomUUID()}`;
  return { segment: { month, digest, blob, readings: rows.length, fromS, toS, chunks }, bytes };
}

/** A chunk holds whole meters, so that a meter's month lies in one; only a meter with more than a chunk is cut. */
function endOfChunk(rows: readonly Row[], from: number): number {
  const most = Math.min(rows.length, from + CHUNK_READINGS);
  if (most === rows.length) return most;
  let end = most;
  while (end > from && rows[end]!.meter === rows[end - 1]!.meter) end--;
  return end > from ? end : most;
}

function packChunk(rows: readonly Row[]): Uint8Array {
  const groups = Map.groupBy(rows, ({ stepS, exponent }) => `${stepS} ${exponent}`);
  const out = new Writer();
  out.unsigned(groups.size);
  for (const some of groups.values()) {
    const first = some[0]!;
    const bytes = packColumns(
      {
        stepS: first.stepS,
        exponent: first.exponent,
        meters: some.map(({ meter }) => meter),
        timesS: some.map(({ atS }) => atS),
        values: some.map(({ value }) => value),
        qualities: some.every(({ quality }) => quality === "A") ? undefined : some.map(({ quality }) => quality),
        asOfS: 0,
        asOfs: some.map(({ asOfS }) => asOfS),
      },
      true,
    );
    out.unsigned(bytes.length);
    out.bytes(bytes);
  }
  return out.done();
}

export function readChunk(bytes: Uint8Array): Columns[] {
  const from = new Reader(bytes);
  return Array.from({ length: from.unsigned() }, () => unpackColumns(from.take(from.unsigned())));
}

/** The chunks that may have readings of a meter. */
export const openChunks = (segment: Segment, meter: number): Chunk[] =>
  segment.chunks.filter(({ firstMeter, lastMeter }) => firstMeter <= meter && meter <= lastMeter);

export const segmentKey = ({ month, digest }: Pick<Segment, "month" | "digest">): Key => ({
  pk: "SEGMENTS",
  sk: `${month}#${digest}`,
});

export function segmentItem(segment: Segment): Item {
  const out = new Writer();
  let [meter] = [0];
  for (const { firstMeter, lastMeter, length } of segment.chunks) {
    out.unsigned(firstMeter - meter);
    out.unsigned(lastMeter - firstMeter);
    out.unsigned(length);
    meter = lastMeter;
  }
  const { blob, readings, fromS, toS, chunks } = segment;
  return { ...segmentKey(segment), blob, readings, fromS, toS, chunks: chunks.length, ranges: out.done() };
}

export function segmentOf(item: Item): Segment {
  const [month = "", digest = ""] = item.sk.split("#");
  const from = new Reader(item["ranges"] as Uint8Array);
  let [meter, offset] = [0, 0];
  const chunks = Array.from({ length: Number(item["chunks"]) }, () => {
    const firstMeter = meter + from.unsigned();
    const lastMeter = firstMeter + from.unsigned();
    const length = from.unsigned();
    meter = lastMeter;
    offset += length;
    return { firstMeter, lastMeter, offset: offset - length, length };
  });
  const [readings, fromS, toS] = ["readings", "fromS", "toS"].map((name) => Number(item[name])) as [
    number,
    number,
    number,
  ];
  // The first segments lay under their digest alone.
  const blob = String(item["blob"] ?? `meters/segments/${month}/${digest}`);
  return { month, digest, blob, readings, fromS, toS, chunks };
}
