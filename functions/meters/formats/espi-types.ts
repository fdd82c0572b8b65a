import { textAt } from "../../../shared/xml.ts";
import type { Flow } from "../packing.ts";
import type { Kind } from "../schema.ts";
import type { Series } from "../series.ts";
import type { Wrong } from "./mistakes.ts";

// The numbers of ESPI that bear on readings, both ways: reading feeds, and writing them (`exporting/`).

export const COUNTS: Record<string, Kind> = { "0": "electricity", "1": "gas", "2": "water" };
export const UNITS: Record<string, string> = { "42": "m3", "71": "VAh", "72": "Wh", "73": "varh", "134": "L" };
export const FLOWS: Record<string, Flow> = {
  "": "consumption",
  "0": "consumption",
  "1": "consumption",
  "19": "feedIn",
};
/** Bulk quantity, continuous cumulative, cumulative; none and delta are quantities of intervals. */
const DIALS = ["1", "2", "3"];
const DELTAS = ["", "0", "4"];

/**
 * 0 valid, 14 raw and 18 verified are as read. 17, validated and perhaps edited or estimated, is a final word and
 * may not pass for a reading: F. 7 edited, 11 derived, 15 normalised; estimated, doubted, projected, mixed, other.
 */
export const QUALITIES: Record<string, string> = {
  "0": "A",
  "7": "S",
  "8": "E",
  "9": "E",
  "10": "E",
  "11": "S",
  "12": "E",
  "13": "E",
  "14": "A",
  "15": "S",
  "16": "E",
  "17": "F",
  "18": "A",
};

/** What a feed's ReadingType says of the values that bear it. */
export interface EspiType {
  kind: Series["kind"];
  flow: Flow;
  unit: string;
  /** Values are so many powers of ten of the unit. */
  power: number;
  /** Of an interval that says no length of its own; 0 where that is not said here either. */
  lengthS: number;
  /** Of a reading that says none of its own. */
  quality: string;
  isWhole: boolean;
}

/** Reads a ReadingType, or says which of its fields is not known here and why. */
export function typeOf(type: unknown): EspiType | [field: string, ...reason: Wrong] {
  const field = (name: string) => textAt(type, name);
  const unit = UNITS[field("uom")];
  if (!unit) return ["uom", "gb_unit", { unit: field("uom") }];
  const power = field("powerOfTenMultiplier") || "0";
  if (!/^-?\d{1,2}$/.test(power) || Math.abs(Number(power)) > 12)
    return ["powerOfTenMultiplier", "gb_power", { power }];
  const accumulation = field("accumulationBehaviour");
  const isDial = DIALS.includes(accumulation);
  if (!isDial && !DELTAS.includes(accumulation)) return ["accumulationBehaviour", "gb_accumulation", { accumulation }];
  const length = field("intervalLength") || "0";
  if (!/^\d{1,8}$/.test(length)) return ["intervalLength", "gb_length", { length }];
  const quality = field("defaultQuality") || "0";
  if (!QUALITIES[quality]) return ["defaultQuality", "quality_unknown", { quality }];
  const billed = unit === "Wh" || unit === "m3" || unit === "L";
  return {
    kind: isDial ? "registers" : "intervals",
    flow: (billed ? FLOWS[field("flowDirection")] : undefined) ?? "other",
    unit,
    power: Number(power),
    lengthS: Number(length),
    quality,
    isWhole: ["tou", "cpp", "consumptionTier"].every((name) => ["", "0"].includes(field(name))),
  };
}
