import { stringify } from "csv-stringify/sync";
import { decimalOf } from "../exact.ts";
import { BASE_UNIT } from "../schema.ts";
import type { Contents } from "./contents.ts";

const HEADINGS = ["meter", "channel", "flow", "start", "end", "value", "register", "unit", "quality"];

/** A plain file as this house reads it: a quantity of each interval, and what the dial showed where there are none. */
export function csvOf({ meter, channels }: Contents): string {
  const unit = BASE_UNIT[meter.kind];
  const rows = channels.flatMap(({ name, flow, intervals, reads }) => {
    const head = [meter.serial, name, flow];
    return [
      ...intervals.map((one) => [
        ...head,
        time(one.fromS),
        time(one.toS),
        decimalOf(one.digits, one.exponent),
        "",
        unit,
        one.quality,
      ]),
      ...reads.map((one) => [...head, time(one.atS), "", "", decimalOf(one.digits, one.exponent), unit, one.quality]),
    ];
  });
  // A cell that a spreadsheet would take for a formula is given as text.
  return stringify([HEADINGS, ...rows], { escape_formulas: true, record_delimiter: "\r\n" });
}

const time = (atS: number): string => `${new Date(atS * 1000).toISOString().slice(0, 19)}Z`;
