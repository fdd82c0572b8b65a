import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import Flatbush from "flatbush";
import { z } from "zod";
import { type Frame, rowsOf } from "./frame.ts";
import { type Box, boxOf, type Geometry } from "./geometry.ts";
import { Cell, Column } from "./schema.ts";

/** A published version in memory, ready to be asked. */
export interface Loaded {
  columns: Column[];
  cells: Cell[][];
  places: (Geometry | null)[] | undefined;
  rows: number;
  bbox: Box | undefined;
  /** The rows whose place touches a box, in the dataset's order. */
  within(box: Box): number[];
  /** About how much memory it takes. */
  bytes: number;
}

const Stored = z.object({
  format: z.literal("hansa-frame/1"),
  columns: z.array(Column),
  cells: z.array(z.array(Cell)),
  places: z.array(z.unknown()).optional(),
});

/** A version as one immutable file: columns one after the other, so that gzip finds what repeats. */
export function pack(frame: Frame): { bytes: Uint8Array; digest: string } {
  const { columns, cells, places } = frame;
  const text = JSON.stringify({ format: "hansa-frame/1", columns, cells, ...(places ? { places } : {}) });
  const bytes = gzipSync(text, { level: 6 });
  return { bytes, digest: createHash("sha256").update(bytes).digest("hex") };
}

/** Opens what `pack` made. @throws {Error} when the bytes are not those of the digest: they were changed */
export function unpack(bytes: Uint8Array, digest: string): Loaded {
  if (createHash("sha256").update(bytes).digest("hex") !== digest)
    throw new Error("a dataset's file is not what was published");
  const text = gunzipSync(bytes).toString("utf8");
  const stored = Stored.parse(JSON.parse(text));
  const { columns, cells } = stored;
  // Geometries were checked one by one before they were packed; the digest says that they are still those.
  const places = stored.places as (Geometry | null)[] | undefined;
  const rows = rowsOf({ cells, places });
  const boxes = (places ?? []).map((place) => (place ? boxOf(place) : undefined));
  const placed = boxes.flatMap((box, row) => (box ? [row] : []));
  const index = placed.length > 0 ? new Flatbush(placed.length) : undefined;
  let bbox: Box | undefined;
  for (const row of placed) {
    const box = boxes[row]!;
    index!.add(...box);
    bbox = bbox
      ? [Math.min(bbox[0], box[0]), Math.min(bbox[1], box[1]), Math.max(bbox[2], box[2]), Math.max(bbox[3], box[3])]
      : [...box];
  }
  index?.finish();
  return {
    columns,
    cells,
    places,
    rows,
    bbox,
    // Cells and geometries, and the texts of features that are made from them.
    bytes: text.length * 5,
    within: (box) => (index ? index.search(...box).map((i) => placed[i]!) : []).sort((a, b) => a - b),
  };
}
