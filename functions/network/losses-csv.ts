import { stringify } from "csv-stringify/sync";
import { decimalOf } from "../../shared/money.ts";
import type { AreaResult, Intervention } from "./losses-schema.ts";

const CSV = { escape_formulas: true, record_delimiter: "\r\n" } as const;
const money = (minor: number | undefined, currency: string | undefined) =>
  minor === undefined || currency === undefined ? "" : decimalOf(minor, currency);

/** A line for each area. Quantities are Wh or litres. */
export const balancesCsv = (results: readonly AreaResult[]): string =>
  stringify(
    [
      [
        ...["area", "level", "kind", "month", "to", "points", "input", "billed", "unbilled", "loss", "loss_share"],
        ...["currency", "billed_money", "loss_money", "gap_share", "estimated_share", "leak_per_day", "leak_share"],
        "theft_score",
      ],
      ...results.map((one) => [
        ...[one.area, one.level, one.kind, one.month, one.toOn, one.points],
        ...[one.inputQuantity ?? "", one.billedQuantity, one.unbilledQuantity, one.lossQuantity ?? ""],
        ...[one.lossShare ?? "", one.currency ?? "", money(one.billedMinor, one.currency)],
        ...[money(one.lossMinor, one.currency), one.gapShare, one.estimatedShare],
        ...[one.night?.leakPerDay ?? "", one.night?.share ?? "", one.theftScore ?? ""],
      ]),
    ],
    CSV,
  );

export const interventionsCsv = (all: readonly Intervention[]): string =>
  stringify(
    [
      ["kind", "area", "point", "currency", "loss_a_month", "chance", "crew_days", "money_per_crew_day", "work_order"],
      ...all.map((one) => [
        ...[one.kind, one.area, one.point ?? "", one.currency, decimalOf(one.lossMinor, one.currency)],
        ...[one.chance, one.crewDays, decimalOf(one.perCrewDayMinor, one.currency), one.orderId ?? ""],
      ]),
    ],
    CSV,
  );
