import { wrapped } from "./assembling.ts";
import { type Bytes, bytesOf, gunzipped, spooled, startOf } from "./bytes.ts";
import { openCsv } from "./csv.ts";
import { openGeoPackage } from "./geopackage.ts";
import { isGtfs, openGtfs } from "./gtfs.ts";
import { openJson } from "./json.ts";
import { kindOf, PACKED_WORKBOOKS, START } from "./kinds.ts";
import { openKml } from "./kml.ts";
import { layerOf } from "./layers.ts";
import { refuse } from "./note.ts";
import { openShapefile } from "./shapefile.ts";
import type { Hints, Source, SourceFile } from "./source.ts";
import { openXlsx } from "./xlsx.ts";
import { type Archive, openZip } from "./zip.ts";

/** Packed files within packed files, no deeper than somebody packs them. */
const PACKED_MAX = 3;

/**
 * Opens a file by what it holds, whatever it is called.
 * @throws {Unreadable} what is wrong with it, and where
 */
export const openSource = (file: SourceFile, hints: Hints = {}): Promise<Source> => openPacked(file, hints, 0);

async function openPacked(file: SourceFile, hints: Hints, depth: number): Promise<Source> {
  if (file.size === 0) refuse("file.empty");
  if (depth > PACKED_MAX) refuse("file.packed");
  switch (kindOf(await file.read(0, START))) {
    case "gzip":
      return openInner(gunzipped(file), hints, depth);
    case "zip":
      return openArchive(await openZip(file), hints, depth);
    case "sqlite":
      return openGeoPackage(await spooled(bytesOf(file)), hints);
    default:
      return openInner(bytesOf(file), hints, depth);
  }
}

/** Text is read as it comes; what must be read here and there is put on the disk first. */
async function openInner(bytes: Bytes, hints: Hints, depth: number): Promise<Source> {
  const kind = kindOf(await startOf(bytes, START));
  switch (kind) {
    case "xml":
      return openKml(bytes, hints);
    case "json":
    case "sequence":
      return openJson(bytes, hints, kind === "sequence");
    case "text":
      return openCsv(bytes, hints);
    default:
      return unpacked(bytes, (file) => openPacked(file, hints, depth + 1));
  }
}

async function unpacked(bytes: Bytes, open: (file: SourceFile) => Promise<Source>): Promise<Source> {
  const file = await spooled(bytes);
  try {
    const source = await open(file);
    return wrapped(source, {
      async close() {
        await source.close();
        await file.close();
      },
    });
  } catch (error) {
    await file.close();
    throw error;
  }
}

const READABLE = /\.(?:csv|tsv|txt|json|geojson|geojsonl|ndjson|xlsx|xlsm|gpkg|kml|kmz|zip|gz)$/i;

/** A zip file is a format of its own, or holds files each of which is a layer. */
async function openArchive(zip: Archive, hints: Hints, depth: number): Promise<Source> {
  const has = (pattern: RegExp) => zip.names.some((name) => pattern.test(name));
  const other = PACKED_WORKBOOKS.find(([, pattern]) => has(pattern));
  if (other && (other[0] !== ".ods" || has(/^content\.xml$/))) refuse("workbook.other", { value: other[0] });
  if (has(/^\[Content_Types\]\.xml$/i)) return openXlsx(zip, hints);
  if (has(/\.shp$/i)) return openShapefile(zip, hints);
  if (isGtfs(zip.names)) return openGtfs(zip, hints);
  const kml = zip.names.filter((name) => /\.kml$/i.test(name));
  const readable = kml.length > 0 ? kml.slice(0, 1) : zip.names.filter((name) => READABLE.test(name)).sort();
  if (readable.length === 0) refuse("zip.nothing");
  if (readable.length === 1) return openInner(zip.bytes(readable[0]!), hints, depth + 1);
  const { layer, notes } = layerOf(readable, hints);
  const source = await openInner(zip.bytes(layer), { ...hints, layer: undefined }, depth + 1);
  return wrapped(source, { layers: readable, used: { ...source.used, layer }, notes });
}
