import { gzipSync } from "node:zlib";
import { Compression, TileType, zxyToTileId } from "pmtiles";
import type { Box } from "../geometry.ts";
import type { Tile } from "./grid.ts";

// An archive of tiles as one file, by PMTiles version 3. The published package only reads; what writes it is this page.
// @see https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md

export const HEADER_BYTES = 127;
/** Header and root directory together stay below this, so that a reader has both in its first request. */
const ROOT_BYTES_MAX = 16_384 - HEADER_BYTES;
const DEGREES = 10_000_000;

export interface Archive {
  /** Any order; none of them empty, compressed with gzip. */
  tiles: readonly (Tile & { bytes: Uint8Array })[];
  bbox: Box;
  maxZoom: number;
  /** `vector_layers` as TileJSON has them, and what viewers show: name, description, attribution. */
  metadata: object;
}

interface Entry {
  id: number;
  offset: number;
  length: number;
  /** How many tiles in a row it stands for; 0 leads to a leaf directory. */
  run: number;
}

export function pmtilesOf({ tiles, bbox, maxZoom, metadata }: Archive): Uint8Array {
  const entries: Entry[] = [];
  const data: Uint8Array[] = [];
  let end = 0;
  const inOrder = tiles.map((tile) => ({ id: zxyToTileId(tile.z, tile.x, tile.y), bytes: tile.bytes }));
  for (const { id, bytes } of inOrder.sort((a, b) => a.id - b.id)) {
    entries.push({ id, offset: end, length: bytes.byteLength, run: 1 });
    data.push(bytes);
    end += bytes.byteLength;
  }
  const { root, leaves } = directories(entries);
  const about = gzipSync(JSON.stringify(metadata));
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("PMTiles", 0, "latin1");
  header.writeUInt8(3, 7);
  let at = HEADER_BYTES;
  for (const [i, length] of [root.byteLength, about.byteLength, leaves.byteLength, end].entries()) {
    header.writeBigUInt64LE(BigInt(at), 8 + i * 16);
    header.writeBigUInt64LE(BigInt(length), 16 + i * 16);
    at += length;
  }
  // Addressed tiles, entries and contents: none is repeated, so all are as many.
  for (const offset of [72, 80, 88]) header.writeBigUInt64LE(BigInt(entries.length), offset);
  header.writeUInt8(1, 96); // in the order of their ids
  header.writeUInt8(Compression.Gzip, 97);
  header.writeUInt8(Compression.Gzip, 98);
  header.writeUInt8(TileType.Mvt, 99);
  header.writeUInt8(0, 100);
  header.writeUInt8(maxZoom, 101);
  const [west, south, east, north] = bbox;
  for (const [i, degrees] of bbox.entries()) header.writeInt32LE(Math.round(degrees * DEGREES), 102 + i * 4);
  header.writeUInt8(Math.min(maxZoom, 10), 118);
  header.writeInt32LE(Math.round(((west + east) / 2) * DEGREES), 119);
  header.writeInt32LE(Math.round(((south + north) / 2) * DEGREES), 123);
  return Buffer.concat([header, root, about, leaves, ...data]);
}

/** How long an archive of ours is, by its header: its tiles come last. */
export const bytesOf = (header: Uint8Array): number => {
  const numbers = Buffer.from(header);
  return Number(numbers.readBigUInt64LE(56) + numbers.readBigUInt64LE(64));
};

/** All entries in the root, or in as many leaves as let the root be small enough. */
function directories(entries: readonly Entry[]): { root: Uint8Array; leaves: Uint8Array } {
  const whole = directory(entries);
  if (whole.byteLength <= ROOT_BYTES_MAX) return { root: whole, leaves: new Uint8Array() };
  for (let size = 4096; ; size *= 2) {
    const roots: Entry[] = [];
    const leaves: Uint8Array[] = [];
    let offset = 0;
    for (let from = 0; from < entries.length; from += size) {
      const leaf = directory(entries.slice(from, from + size));
      roots.push({ id: entries[from]!.id, offset, length: leaf.byteLength, run: 0 });
      leaves.push(leaf);
      offset += leaf.byteLength;
    }
    const root = directory(roots);
    if (root.byteLength <= ROOT_BYTES_MAX) return { root, leaves: Buffer.concat(leaves) };
  }
}

/** One column after the other: steps between ids, runs, lengths, offsets (0 where an entry follows the one before). */
function directory(entries: readonly Entry[]): Uint8Array {
  const numbers = [entries.length];
  let last = 0;
  for (const { id } of entries) {
    numbers.push(id - last);
    last = id;
  }
  for (const { run } of entries) numbers.push(run);
  for (const { length } of entries) numbers.push(length);
  for (const [i, { offset }] of entries.entries()) {
    const before = entries[i - 1];
    numbers.push(before && before.offset + before.length === offset ? 0 : offset + 1);
  }
  return gzipSync(Uint8Array.from(numbers.flatMap(varint)));
}

/** Seven bits a byte, the least first; the highest bit says that more follow. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
