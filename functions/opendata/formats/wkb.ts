import { wkbToGeojson } from "hyparquet/src/wkb.js";

// A geometry of a GeoPackage: "GP", version, flags, the number of its system, a box, and then well-known binary.
const HEADER = 8;
const BOX_BYTES = [0, 32, 48, 48, 64];
const IS_EMPTY = 0x10;

/** @returns null for an empty one, undefined where the bytes hold no geometry */
export function wkbOf(blob: Uint8Array): unknown {
  if (blob.length < HEADER || blob[0] !== 0x47 || blob[1] !== 0x50) return undefined;
  const flags = blob[3]!;
  const box = BOX_BYTES[(flags >> 1) & 7];
  if (box === undefined) return undefined;
  if (flags & IS_EMPTY) return null;
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  try {
    return wkbToGeojson({ view, offset: HEADER + box });
  } catch {
    // It reads on until the bytes end, however many points they say there are.
    return undefined;
  }
}
