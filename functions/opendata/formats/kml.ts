import { assembled, batched, COLUMNS_MAX, columnNames, type RawRow } from "./assembling.ts";
import type { Bytes } from "./bytes.ts";
import { layerOf } from "./layers.ts";
import { type Note, note, refuse } from "./note.ts";
import type { Hints, Source } from "./source.ts";
import { type Elements, readXml } from "./xml.ts";

interface Placemark {
  layer: string;
  line: number;
  fields: Map<string, string>;
  geometry: unknown;
}
type Found = { placemark: Placemark } | { link: number };

/** The name of the layer of what is in no folder. */
const UNFILED = "placemarks";

/** Opens KML: each folder that holds placemarks is a layer. A first reading finds folders and columns, a second rows. */
export async function openKml(bytes: Bytes, hints: Hints): Promise<Source> {
  const columns = new Map<string, Set<string>>();
  const links: number[] = [];
  for await (const found of readXml<Found>(bytes, elementsOf))
    for (const one of found) {
      if ("link" in one) {
        links.push(one.link);
        continue;
      }
      const { layer, fields, line } = one.placemark;
      const names = columns.get(layer) ?? new Set();
      columns.set(layer, names);
      for (const name of fields.keys()) names.add(name);
      if (names.size > COLUMNS_MAX) refuse("columns.many", { n: names.size, most: COLUMNS_MAX }, `#/line/${line}`);
    }
  if (columns.size === 0) refuse("kml.nothing");
  const layers = [...columns.keys()];
  const { layer, notes } = layerOf(layers, hints);
  if (links.length > 0) notes.push(note("kml.links", { n: links.length, at: `#/line/${links[0]}` }));
  const keys = [...columns.get(layer)!];
  const { names, notes: named } = columnNames(keys);
  return assembled(
    {
      format: "kml",
      layers,
      columns: names.map((name) => ({ name, values: "texts" })),
      hasPlaces: true,
      used: { layer },
      notes: [...notes, ...named] satisfies Note[],
      rows: () => batched(rowsOf(bytes, layer, keys)),
    },
    hints,
  );
}

async function* rowsOf(bytes: Bytes, layer: string, keys: string[]): AsyncIterable<RawRow> {
  for await (const found of readXml<Found>(bytes, elementsOf))
    for (const one of found) {
      if ("link" in one || one.placemark.layer !== layer) continue;
      const { line, fields, geometry } = one.placemark;
      yield { at: `#/line/${line}`, cells: keys.map((key) => fields.get(key) ?? null), geometry };
    }
}

const SHAPES = new Set(["Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"]);
/** Values that a placemark has of its own. */
const OWN = new Set(["name", "description", "address", "phoneNumber", "when", "begin", "end"]);

/** Documents within the outermost one are folders too, as some programs write layers. */
const isFolder = (name: string, path: string[]): boolean =>
  name === "Folder" || (name === "Document" && path.length > 2);

interface Making {
  type: string;
  rings: unknown[];
  parts: unknown[];
}

/** Placemarks, with what they say of themselves and their shape, and links to other files. */
function elementsOf(emit: (found: Found) => void): Elements {
  const folders: string[] = [];
  const path: string[] = [];
  let placemark: Placemark | undefined;
  let making: Making[] = [];
  let key = "";
  let text = "";
  return {
    open(name, attributes, line) {
      if (path.length === 0 && name !== "kml" && name !== "Document" && name !== "Folder" && name !== "Placemark")
        refuse("file.kind", { value: `<${name.slice(0, 40)}>` });
      path.push(name);
      text = "";
      if (isFolder(name, path)) folders.push("");
      else if (name === "NetworkLink") emit({ link: line });
      else if (name === "Placemark") {
        placemark = { layer: folders.filter(Boolean).join(" / ") || UNFILED, line, fields: new Map(), geometry: null };
        making = [];
      } else if (name === "Data" || name === "SimpleData") key = attributes["name"] ?? "";
      else if (placemark && SHAPES.has(name)) making.push({ type: name, rings: [], parts: [] });
    },
    text(more) {
      text += more;
    },
    close(name) {
      const wasFolder = isFolder(name, path);
      path.pop();
      const parent = path.at(-1);
      const said = text.trim();
      text = "";
      if (wasFolder) folders.pop();
      else if (name === "name" && parent !== undefined && isFolder(parent, path)) folders[folders.length - 1] = said;
      if (!placemark) return;
      if (name === "Placemark") {
        emit({ placemark });
        placemark = undefined;
      } else if (((name === "value" && parent === "Data") || name === "SimpleData") && key !== "")
        placemark.fields.set(key, said);
      else if (
        OWN.has(name) &&
        said !== "" &&
        (parent === "Placemark" || parent === "TimeStamp" || parent === "TimeSpan")
      )
        placemark.fields.set(name, said);
      else if (name === "coordinates" && making.length > 0) making.at(-1)!.parts = positionsOf(said);
      else if (SHAPES.has(name)) {
        const geometry = geometryOf(making.pop()!);
        const around = making.at(-1);
        if (!around) placemark.geometry = geometry;
        else if (around.type === "Polygon") around.rings.push((geometry as { coordinates: unknown }).coordinates);
        else around.parts.push(geometry);
      }
    },
  };
}

/**
 * `longitude,latitude,height` one after the other, parted by spaces; what is no number is found out later. A height of 0
 * is that of the ground, which most programs write for none.
 */
const positionsOf = (text: string): unknown[] =>
  text
    .split(/\s+/)
    .filter(Boolean)
    .map((position) => {
      const [x, y, height] = position.split(",").map((part) => (part === "" ? Number.NaN : Number(part)));
      return height ? [x, y, height] : [x, y];
    });

function geometryOf({ type, rings, parts }: Making): unknown {
  switch (type) {
    case "Point":
      return parts.length === 0 ? null : { type, coordinates: parts[0] };
    case "Polygon":
      return { type, coordinates: rings };
    case "MultiGeometry":
      return { type: "GeometryCollection", geometries: parts };
    default:
      return { type: "LineString", coordinates: parts };
  }
}
