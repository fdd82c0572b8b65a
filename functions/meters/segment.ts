import { createHash, randomUUID } from "node:crypto";
import type { Item, Key } from "../../shared/table.ts";
import type { Row } from "./batch-rows.ts";
import { packChunk } from "./chunk.ts";
import { buckets } from "./domain.ts";
import { Reader, Writer } from "./packing.ts";
import { daySums, packSums } from "./sums.ts";

/** A month of a meter's quarter-hours, or of some meters' hours. Eight bytes a value make 40 KB of one chunk, decoded. */
export const CHUNK_READINGS = 5_000;

/**
 * Readings of a UTC month, sorted by meter and time, in a blob of chunks, and behind them what they come to by days of
 * the city; the index of ranges is its item.
 */
export interface Segment {
  month: string;
  digest: string;
  /** Where its bytes are. Made anew, a segment lies elsewhere: so who removes the old bytes never removes the new ones. */
  blob: string;
  readings: number;
  fromS: number;
  toS: number;
  chunks: Span[];
  /** Blocks of sums by day; undefined of the first segments, which had none: their readings are added up. */
  sums: Span[] | undefined;
  /** Registers count up to those of months around them. */
  hasRegisters: boolean;
}
/** Where all of some meters' lies. */
export interface Span {
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
 * @param zone  by whose days they are added up
 */
export function packSegment(
  month: string,
  rows: readonly Row[],
  zone: string,
): { segment: Segment; bytes: Uint8Array } {
  const chunks: Span[] = [];
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
  const { fromS, lastS, toS } = reachOf(rows);
  const inDays = buckets("day", fromS, lastS + 1, zone);
  const days = [...inDays.map((day) => day.fromS), inDays.at(-1)!.toS];
  const sums = packSums(daySums(rows, days), days).map(({ bytes, ...meters }): Span => {
    parts.push(bytes);
    offset += bytes.length;
    return { ...meters, offset: offset - bytes.length, length: bytes.length };
  });
  const bytes = new Uint8Array(Buffer.concat(parts));
  const digest = createHash("sha256").update(month).update(bytes).digest("hex");
  const blob = `meters/segments/${month}/${digest}-${randomUUID()}`;
  const hasRegisters = rows.some(({ stepS }) => stepS === 0);
  return { segment: { month, digest, blob, readings: rows.length, fromS, toS, chunks, sums, hasRegisters }, bytes };
}

/** The first instant of rows, the last one's beginning, and their end. */
export function reachOf(rows: readonly Row[]): { fromS: number; lastS: number; toS: number } {
  let [fromS, lastS, toS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { atS, stepS } of rows) {
    fromS = Math.min(fromS, atS);
    lastS = Math.max(lastS, atS);
    toS = Math.max(toS, atS + stepS);
  }
  return { fromS, lastS, toS };
}

/** A chunk holds whole meters, so that a meter's month lies in one; only a meter with more than a chunk is cut. */
function endOfChunk(rows: readonly Row[], from: number): number {
  const most = Math.min(rows.length, from + CHUNK_READINGS);
  if (most === rows.length) return most;
  let end = most;
  while (end > from && rows[end]!.meter === rows[end - 1]!.meter) end--;
  return end > from ? end : most;
}

/** The chunks that may have readings of a meter. */
export const openChunks = (segment: Segment, meter: number): Span[] =>
  segment.chunks.filter(({ firstMeter, lastMeter }) => firstMeter <= meter && meter <= lastMeter);

export const segmentKey = ({ month, digest }: Pick<Segment, "month" | "digest">): Key => ({
  pk: "SEGMENTS",
  sk: `${month}#${digest}`,
});

/** Under their digest alone lay the first segments, whose items did not say where. */
const firstBlob = ({ month, digest }: Pick<Segment, "month" | "digest">): string =>
  `meters/segments/${month}/${digest}`;
/** The condition that a segment is the one that was read: made again it has other bytes. */
export const asRead = (segment: Segment): { blob: string | undefined } => ({
  blob: segment.blob === firstBlob(segment) ? undefined : segment.blob,
});

export function segmentItem(segment: Segment): Item {
  const { blob, readings, fromS, toS, chunks, sums, hasRegisters } = segment;
  return {
    ...{ ...segmentKey(segment), blob, readings, fromS, toS, hasRegisters },
    ...{ chunks: chunks.length, ranges: packSpans(chunks) },
    ...(sums ? { sums: sums.length, sumRanges: packSpans(sums) } : {}),
  };
}

export function segmentOf(item: Item): Segment {
  const [month = "", digest = ""] = item.sk.split("#");
  const [readings, fromS, toS] = ["readings", "fromS", "toS"].map((name) => Number(item[name])) as [
    number,
    number,
    number,
  ];
  const chunks = unpackSpans(item["ranges"] as Uint8Array, Number(item["chunks"]), 0);
  const last = chunks.at(-1);
  const behind = last ? last.offset + last.length : 0;
  const sums = item["sumRanges"]
    ? unpackSpans(item["sumRanges"] as Uint8Array, Number(item["sums"]), behind)
    : undefined;
  // Nor did the first ones say whether there are registers in them.
  const blob = String(item["blob"] ?? firstBlob({ month, digest }));
  return { month, digest, blob, readings, fromS, toS, chunks, sums, hasRegisters: item["hasRegisters"] !== false };
}

/** Ascending by meter, one behind the other. */
function packSpans(spans: readonly Span[]): Uint8Array {
  const out = new Writer();
  let meter = 0;
  for (const { firstMeter, lastMeter, length } of spans) {
    out.unsigned(firstMeter - meter);
    out.unsigned(lastMeter - firstMeter);
    out.unsigned(length);
    meter = lastMeter;
  }
  return out.done();
}

function unpackSpans(bytes: Uint8Array, count: number, begin: number): Span[] {
  const from = new Reader(bytes);
  let [meter, offset] = [0, begin];
  return Array.from({ length: count }, () => {
    const firstMeter = meter + from.unsigned();
    const lastMeter = firstMeter + from.unsigned();
    const length = from.unsigned();
    meter = lastMeter;
    offset += length;
    return { firstMeter, lastMeter, offset: offset - length, length };
  });
}
