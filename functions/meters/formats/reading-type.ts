import type { Flow } from "../packing.ts";
import type { Kind } from "../schema.ts";
import type { Series } from "../series.ts";
import type { MistakeKey, Wrong } from "./mistakes.ts";

/** What one of CIM's reading types says of the values that bear it. */
export interface ReadingType {
  kind: Series["kind"];
  counts: Kind;
  flow: Flow;
  unit: string;
  /** The values are so many powers of ten of the unit. */
  power: number;
  /** Length of an interval, `day` for days of the city; 0 of registers. */
  step: number | "day";
  isWhole: boolean;
}

const FIELDS = 18;
/** The field's place, from 0: macroPeriod.aggregate.measuringPeriod.accumulation.flowDirection.commodity.kind.… */
const AT = {
  macroPeriod: 0,
  aggregate: 1,
  period: 2,
  accumulation: 3,
  flow: 4,
  commodity: 5,
  measures: 6,
  tou: 11,
  cpp: 12,
  tier: 13,
  phases: 14,
  multiplier: 15,
  unit: 16,
} as const;

const DAILY = 11;
const SUM = 26;
const DELTA = 4;
/** Bulk quantity, continuous cumulative, cumulative, summation: what a dial shows. */
const DIALS = [1, 2, 3, 9];
const SUMMATION = 9;
const PERIODS: Record<number, number | "day"> = {
  1: 600,
  2: 900,
  3: 60,
  4: "day",
  5: 1800,
  6: 300,
  7: 3600,
  10: 120,
  14: 180,
  31: 1200,
};
/** None, energy, volume. */
const QUANTITIES = [0, 12, 58];
const KINDS: Record<number, Kind> = { 1: "electricity", 2: "electricity", 7: "gas", 9: "water", 14: "water" };
const UNITS: Record<number, string> = { 42: "m3", 71: "VAh", 72: "Wh", 73: "varh", 134: "L" };
/** None and forward; reverse. All else (net, total, quadrants) is measured and not billed. */
const FLOWS: Record<number, Flow> = { 0: "consumption", 1: "consumption", 19: "feedIn" };

/**
 * Reads one of CIM's reading types: 18 numbers with dots between, `0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0`.
 *
 * @returns or what of it is not known here
 * @see IEC 61968-9, annex C
 */
export function readingTypeOf(code: string): ReadingType | Wrong {
  const wrong = (key: MistakeKey, found: number): Wrong => [key, { code, found }];
  const fields = /^-?\d{1,4}(?:\.-?\d{1,4})*$/.test(code) ? code.split(".").map(Number) : [];
  if (fields.length !== FIELDS) return ["type_form", { code, count: FIELDS }];
  const field = (name: keyof typeof AT): number => fields[AT[name]]!;
  const counts = KINDS[field("commodity")];
  if (!counts) return wrong("type_commodity", field("commodity"));
  const unit = UNITS[field("unit")];
  if (!unit) return wrong("type_unit", field("unit"));
  if (Math.abs(field("multiplier")) > 12) return wrong("type_multiplier", field("multiplier"));
  if (field("aggregate") !== 0 && field("aggregate") !== SUM) return wrong("type_aggregate", field("aggregate"));
  if (unit !== "VAh" && unit !== "varh" && !QUANTITIES.includes(field("measures")))
    return wrong("type_measures", field("measures"));

  const accumulation = field("accumulation");
  const macro = field("macroPeriod");
  const isDial = DIALS.includes(accumulation) && !(accumulation === SUMMATION && macro !== 0);
  const step = macro === DAILY ? "day" : macro === 0 ? PERIODS[field("period")] : undefined;
  if (!isDial && accumulation !== DELTA) return wrong("type_accumulation", accumulation);
  if (!isDial && step === undefined) return wrong("type_period", macro !== 0 ? macro : field("period"));
  const billed = unit === "Wh" || unit === "m3" || unit === "L";
  return {
    kind: isDial ? "registers" : "intervals",
    counts,
    flow: (billed ? FLOWS[field("flow")] : undefined) ?? "other",
    unit,
    power: field("multiplier"),
    step: isDial ? 0 : step!,
    isWhole: (["tou", "cpp", "tier", "phases"] as const).every((name) => field(name) === 0),
  };
}
