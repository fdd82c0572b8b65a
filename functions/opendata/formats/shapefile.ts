import type { Cell } from "../schema.ts";
import { assembled, batched, columnNames, hintedSystem, type RawRow } from "./assembling.ts";
import { startOf } from "./bytes.ts";
import { type Dbf, openDbf } from "./dbf.ts";
import { layerOf } from "./layers.ts";
import { type Note, note, refuse } from "./note.ts";
import { shapesOf, shpBox } from "./shp.ts";
import type { Hints, Source } from "./source.ts";
import { type System, systemOfWkt, WGS84 } from "./systems.ts";
import type { Archive } from "./zip.ts";

const TEXT_MAX = 20_000;

/** Opens the shapefiles in a zip file, each a layer: `.shp` with `.dbf`, and `.prj` and `.cpg` where they are there. */
export async function openShapefile(zip: Archive, hints: Hints): Promise<Source> {
  const layers = zip.names.filter((name) => /\.shp$/i.test(name)).map((name) => name.slice(0, -4));
  const { layer, notes } = layerOf(layers, hints);
  const part = (extension: string) =>
    zip.names.find((name) => name.toLowerCase() === `${layer}.${extension}`.toLowerCase());
  const text = async (name: string) =>
    Buffer.from(await startOf(zip.bytes(name), TEXT_MAX))
      .toString("utf8")
      .trim();
  const shp = part("shp")!;
  const box = await shpBox(zip.bytes(shp), zip.size(shp));
  const dbfName = part("dbf") ?? refuse("shape.missing", { file: layer, value: "dbf" });
  const cpg = part("cpg");
  const dbf = await openDbf(
    zip.bytes(dbfName),
    zip.size(dbfName),
    hints.encoding ?? (cpg && codePage(await text(cpg))),
  );
  const prj = part("prj");
  const system = hintedSystem(hints) ?? systemOf(prj && (await text(prj)), box, notes);
  const { names, notes: named } = columnNames(dbf.fields);
  const shx = part("shx");
  const rows = new Rows(zip, shp, dbf, shx);
  return assembled(
    {
      format: "shapefile",
      layers,
      columns: names.map((name) => ({ name, values: "typed" })),
      hasPlaces: true,
      used: { layer, encoding: dbf.encoding },
      notes: [...notes, ...named],
      system,
      rows: () => batched(rows.each()),
      repaired: () => rows.repaired(),
    },
    hints,
  );
}

/** What a `.cpg` says: `UTF-8`, `1252`, `ANSI 1256`; undefined where nobody knows it. */
function codePage(said: string): string | undefined {
  const number = /^(?:ansi|cp|windows)?[\s-]*(\d{3,5})$/i.exec(said)?.[1];
  const label =
    number === undefined
      ? said
      : number === "65001"
        ? "utf-8"
        : number.startsWith("8859")
          ? `iso-8859-${number.slice(4)}`
          : `windows-${number}`;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

function systemOf(prj: string | undefined, [west, south, east, north]: number[], notes: Note[]): System {
  if (prj) return systemOfWkt(prj) ?? refuse("system.unknown", { value: prj.slice(0, 80) });
  const inDegrees = [west, east].every((x) => Math.abs(x!) <= 180) && [south, north].every((y) => Math.abs(y!) <= 90);
  if (!inDegrees) refuse("system.wanted");
  notes.push(note("system.missing"));
  return WGS84;
}

/** Shapes and rows of the table beside each other. */
class Rows {
  private shapes = 0;
  private records = 0;
  constructor(
    private readonly zip: Archive,
    private readonly shp: string,
    private readonly dbf: Dbf,
    private readonly shx: string | undefined,
  ) {}

  repaired(): Note[] {
    const { shapes, records, shx } = this;
    const notes = shapes === records ? [] : [note("shape.unequal", { file: this.shp, shapes, records })];
    const isIndexed = shx === undefined || this.zip.size(shx) === 100 + shapes * 8;
    return isIndexed ? notes : [...notes, note("shape.index", { file: shx! })];
  }

  async *each(): AsyncIterable<RawRow> {
    this.shapes = 0;
    this.records = 0;
    const records = this.dbf.rows()[Symbol.asyncIterator]();
    const empty: Cell[] = this.dbf.fields.map(() => null);
    try {
      for await (const { geometry, wrong } of shapesOf(this.zip.bytes(this.shp), this.zip.size(this.shp))) {
        this.shapes += 1;
        const { done, value } = await records.next();
        if (!done) this.records += 1;
        // A row that was deleted has its shape still; both are gone.
        if (value === null) continue;
        const row: RawRow = { at: `#/row/${this.shapes}`, cells: done ? empty : value, geometry };
        yield wrong ? { ...row, wrong } : row;
      }
      for (;;) {
        const { done, value } = await records.next();
        if (done) break;
        this.records += 1;
        if (value !== null) yield { at: `#/row/${this.records}`, cells: value, geometry: null };
      }
    } finally {
      await records.return?.();
    }
  }
}
