import { quoted } from "../../../shared/delimited.ts";
import type { Mapping } from "../schema.ts";
import { unitOf } from "../series.ts";
import { refuseFile } from "./mistakes.ts";

type Role = keyof Mapping["columns"];

const WORDS: [Role, string[]][] = [
  ["quality", ["quality", "flag", "qualite", "جودة"]],
  ["unit", ["unit", "uom", "unite", "وحدة"]],
  ["channel", ["channel", "suffix", "canal"]],
  ["flow", ["flow", "direction", "sens", "اتجاه"]],
  ["end", ["end", "to", "until", "fin", "نهاية"]],
  ["start", ["start", "begin", "from", "debut", "timestamp", "datetime", "dt", "horodate", "horodatage", "بداية"]],
  ["date", ["date", "day", "jour", "تاريخ"]],
  ["clock", ["time", "hour", "heure", "وقت"]],
  ["register", ["register", "index", "reading", "read", "cumulative", "counter", "dial", "releve", "قراءة"]],
  [
    "value",
    [
      "value",
      "quantity",
      "consumption",
      "usage",
      "energy",
      "volume",
      "valeur",
      "consommation",
      "quantite",
      "قيمة",
      "استهلاك",
    ],
  ],
  ["meter", ["meter", "serial", "nmi", "device", "compteur", "pdl", "prm", "عداد"]],
];

export interface Columns extends Partial<Record<Role, number>> {
  /** Named in the heading of the value: `consumption (kWh)`. */
  headUnit?: string;
}

/** `usagekWh`: the longer units first, or a kilowatt-hour would be read as a watt-hour. */
const UNIT_AT_END = /(?:kwh|mwh|gwh|wh|m3|m³)$/;
const wordsOf = (heading: string): string[] =>
  heading
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}³]+/u)
    .filter(Boolean);

/** Says what each heading means; a column that means nothing here is left aside. */
export function columnsOf(headings: readonly string[], line: number, prefer?: "intervals" | "registers"): Columns {
  const columns: Columns = {};
  for (const [i, heading] of headings.entries()) {
    // `startTime` is two words, but `kWh` is one: units are looked for before words are taken apart.
    const whole = wordsOf(heading);
    const unit =
      whole.find((word) => word.length > 1 && ["Wh", "L", "pulse"].includes(unitOf(word)?.[0] ?? "")) ??
      whole.map((word) => UNIT_AT_END.exec(word)?.[0]).find(Boolean);
    const words = [...whole, ...wordsOf(heading.replace(/([a-z])([A-Z])/g, "$1 $2"))];
    const role =
      WORDS.find(([, known]) => words.some((word) => known.includes(word)))?.[0] ?? (unit ? "value" : undefined);
    if (role === undefined) continue;
    const before = columns[role];
    if (before === undefined) columns[role] = i;
    else if (role !== "meter")
      refuseFile(line, "csv_two_columns", { role, one: headings[before] ?? "", other: heading });
    if ((role === "value" || role === "register") && unit) columns.headUnit ??= unit;
  }
  // `date` beside `time` is one instant in two columns; either alone is one.
  if (
    columns.start === undefined &&
    columns.end === undefined &&
    (columns.date === undefined || columns.clock === undefined)
  ) {
    columns.start = columns.date ?? columns.clock;
    columns.date = columns.clock = undefined;
  }
  if (columns.value !== undefined && columns.register !== undefined) {
    if (prefer === "registers") columns.value = undefined;
    if (prefer === "intervals") columns.register = undefined;
  }
  const shown = headings.slice(0, 10).map(quoted).join(", ");
  if (columns.value === undefined && columns.register === undefined)
    refuseFile(line, "csv_no_values", { headings: shown });
  if (columns.start === undefined && columns.end === undefined && columns.date === undefined)
    refuseFile(line, "csv_no_time", { headings: shown });
  return columns;
}

/** The columns that a mapping names, whatever their headings mean here. */
export function columnsByMapping(headings: readonly string[], line: number, mapping: Mapping): Columns {
  const known = headings.map((heading) => heading.trim().toLowerCase());
  const columns: Columns = {};
  for (const [role, heading] of Object.entries(mapping.columns) as [Role, string][]) {
    const at = known.indexOf(heading.trim().toLowerCase());
    if (at < 0) refuseFile(line, "csv_no_heading", { heading, role });
    columns[role] = at;
  }
  return columns;
}
