import { Temporal } from "temporal-polyfill";
import { Mistakes, quoted, type Row, refuseLine, rowsOf } from "../../shared/delimited.ts";
import { dayRange } from "../../shared/time.ts";
import { exact } from "./exact.ts";
import { isNem12, readNem12 } from "./nem12.ts";
import { type FileReading, type ReadFile, type Series, unitOf, unknownUnit } from "./series.ts";

/** What the sender says about a plain file, where it does not say so itself. */
export interface CsvOptions {
  /** The one meter of a file without a meter column. */
  meter?: string | undefined;
  unit?: string | undefined;
  values?: "intervals" | "registers" | undefined;
  /** For times without an offset. */
  timeZone: string;
}

/**
 * Reads a meter file: NEM12 if its first lines are NEM12 records, else plain CSV with a line of headings.
 *
 * @throws {Fault} invalid, with the lines that are wrong
 */
export function readMeterFile(text: string, options: CsvOptions): ReadFile {
  const rows = rowsOf(text);
  return isNem12(rows) ? readNem12(rows) : readCsv(rows, options);
}

type Role = "meter" | "start" | "end" | "date" | "clock" | "value" | "register" | "quality" | "unit" | "channel";

const WORDS: [Role, string[]][] = [
  ["quality", ["quality", "flag", "qualite", "جودة"]],
  ["unit", ["unit", "uom", "unite", "وحدة"]],
  ["channel", ["channel", "suffix", "canal"]],
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

interface Columns extends Partial<Record<Role, number>> {
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
      whole.find((word) => word.length > 1 && ["Wh", "L"].includes(unitOf(word)?.[0] ?? "")) ??
      whole.map((word) => UNIT_AT_END.exec(word)?.[0]).find(Boolean);
    const words = [...whole, ...wordsOf(heading.replace(/([a-z])([A-Z])/g, "$1 $2"))];
    const role =
      WORDS.find(([, known]) => words.some((word) => known.includes(word)))?.[0] ?? (unit ? "value" : undefined);
    if (role === undefined) continue;
    const before = columns[role];
    if (before === undefined) columns[role] = i;
    else if (role !== "meter")
      refuseLine(line, `Two columns could be the ${role}: ${quoted(headings[before] ?? "")} and ${quoted(heading)}.`);
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
    else columns.register = undefined;
  }
  const shown = headings.slice(0, 10).map(quoted).join(", ");
  if (columns.value === undefined && columns.register === undefined)
    refuseLine(
      line,
      `No column holds a meter's values: the headings are ${shown}. Name one "value" or "register", or by its unit.`,
    );
  if (columns.start === undefined && columns.end === undefined && columns.date === undefined)
    refuseLine(line, `No column holds the time: the headings are ${shown}. Name one "time", "start" or "end".`);
  return columns;
}

const QUALITIES = new Map(
  Object.entries({
    "": "A",
    a: "A",
    actual: "A",
    measured: "A",
    ok: "A",
    reel: "A",
    reelle: "A",
    e: "E",
    est: "E",
    estimated: "E",
    estimate: "E",
    estime: "E",
    estimee: "E",
    s: "S",
    substituted: "S",
    substitute: "S",
    f: "F",
    final: "F",
    n: "N",
    null: "N",
    missing: "N",
  }),
); // prettier-ignore

interface Timed extends Omit<FileReading, "stepS"> {
  stepS: number | undefined;
  isDay: boolean;
}
type Draft = Omit<Series, "readings"> & { drafts: Timed[] };

function readCsv(rows: readonly Row[], options: CsvOptions): ReadFile {
  const head = rows[0];
  if (!head) refuseLine(1, "The file is empty.");
  const columns = columnsOf(head.fields, head.line, options.values);
  const kind = options.values ?? (columns.value === undefined ? "registers" : "intervals");
  const at = kind === "registers" ? (columns.register ?? columns.value)! : (columns.value ?? columns.register)!;
  if (columns.meter === undefined && options.meter === undefined)
    refuseLine(
      head.line,
      'No column names the meter, and no meter was given with the file. Name a column "meter", or choose the meter.',
    );
  if (rows.length === 1) refuseLine(head.line, "The file has headings, but no readings.");

  const mistakes = new Mistakes();
  const instants = new Instants(options.timeZone);
  const comma = !rows[1]!.fields.some((field) => /^\d+\.\d+$/.test(field));
  const drafts = new Map<string, Draft>();
  for (const { line, fields } of rows.slice(1)) {
    const name = columns.meter === undefined ? options.meter! : (fields[columns.meter] ?? "");
    if (name === "" || name.length > 40) {
      mistakes.at(
        line,
        name === "" ? "It names no meter." : `The meter's number ${quoted(name)} is longer than 40 signs.`,
      );
      continue;
    }
    const unit = options.unit ?? ((columns.unit === undefined ? "" : fields[columns.unit]) || columns.headUnit);
    const channel =
      (columns.channel === undefined ? "" : fields[columns.channel]) || (kind === "registers" ? "register" : "main");
    if (!/^[\p{L}\p{N}_-]{1,20}$/u.test(channel)) {
      mistakes.at(line, `The channel ${quoted(channel)} is not 1 to 20 letters and digits.`);
      continue;
    }
    const key = `${name}\n${channel}`;
    let draft = drafts.get(key);
    if (!draft) {
      const flow =
        channel === "main" || channel === "register" || /^E/.test(channel)
          ? "consumption"
          : /^B/.test(channel)
            ? "feedIn"
            : "other";
      draft = { names: [name], serial: name, channel, flow, unit, kind, line, drafts: [] };
      drafts.set(key, draft);
      if (unit !== undefined && unitOf(unit) === undefined) mistakes.at(line, unknownUnit(unit));
    } else if (draft.unit !== unit)
      mistakes.at(line, `The unit is ${quoted(unit ?? "")}, and ${quoted(draft.unit ?? "")} on line ${draft.line}.`);
    const timed = readingOf(line, fields, columns, at, comma, draft, instants, mistakes);
    if (timed) draft.drafts.push(timed);
  }
  mistakes.refuse();
  const series = withSteps([...drafts.values()], columns, options.timeZone, mistakes);
  mistakes.refuse();
  return { format: "csv", series };
}

function readingOf(
  line: number,
  fields: string[],
  columns: Columns,
  valueAt: number,
  comma: boolean,
  draft: Draft,
  instants: Instants,
  mistakes: Mistakes,
): Timed | undefined {
  const timeText =
    columns.date !== undefined
      ? `${fields[columns.date] ?? ""} ${fields[columns.clock!] ?? ""}`
      : (fields[columns.start ?? columns.end!] ?? "");
  const last = draft.drafts.at(-1)?.atS;
  const time = instants.of(timeText, last);
  if (typeof time === "string") {
    mistakes.at(line, time);
    return undefined;
  }
  let stepS: number | undefined;
  if (draft.kind === "registers") stepS = 0;
  else if (columns.start !== undefined && columns.end !== undefined) {
    const end = instants.of(fields[columns.end] ?? "", time.atS);
    if (typeof end === "string") {
      mistakes.at(line, end);
      return undefined;
    }
    stepS = end.atS - time.atS;
    if (stepS < 60 || stepS > DAY_S + 3600) {
      mistakes.at(line, "The interval is not between a minute and a day long.");
      return undefined;
    }
  }
  const text = fields[valueAt] ?? "";
  const given = columns.quality === undefined ? "" : (fields[columns.quality] ?? "");
  const quality = /^[ASFEN](?:\d{2})?$/.test(given)
    ? given
    : QUALITIES.get(
        given
          .normalize("NFD")
          .replace(/[\u0300-\u036f]/g, "")
          .toLowerCase(),
      );
  if (quality === undefined) {
    mistakes.at(line, `The quality ${quoted(given)} is not known: A actual, E estimated, S or F substituted, N none.`);
    return undefined;
  }
  if (text === "" || quality === "N") {
    // An empty register says nothing at all; an empty interval says that it has no value.
    if (draft.kind === "registers") return undefined;
    return { atS: time.atS, stepS, isDay: time.isDay, value: { digits: 0, exponent: 0 }, quality: "N", line };
  }
  const value = exact(comma ? text.replace(",", ".") : text);
  if (value === undefined) mistakes.at(line, `${quoted(text)} is no number.`);
  else if (value.digits < 0) mistakes.at(line, `The value ${text} is negative.`);
  else return { atS: time.atS, stepS, isDay: time.isDay, value, quality, line };
  return undefined;
}

const DAY_S = 86_400;

/** The interval's length is the smallest distance between two readings of a meter, where the file has no ends. */
function withSteps(drafts: Draft[], columns: Columns, zone: string, mistakes: Mistakes): Series[] {
  const smallest = drafts.map(({ drafts: given }) => {
    const times = given.map((one) => one.atS).sort((a, b) => a - b);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 1; i < times.length; i++)
      if (times[i]! > times[i - 1]! && times[i]! - times[i - 1]! < least) least = times[i]! - times[i - 1]!;
    return least;
  });
  const common = Math.min(...smallest);
  return drafts.map(({ drafts: given, ...series }, i) => {
    const stepS = smallest[i] === Number.POSITIVE_INFINITY ? common : smallest[i]!;
    const readings: FileReading[] = [];
    for (const { isDay, ...one } of given) {
      let step = one.stepS;
      let atS = one.atS;
      if (step === undefined) {
        // Days of 23 and 25 hours are days as well.
        const daily = isDay || (stepS >= DAY_S - 3600 && stepS <= DAY_S + 3600);
        if (!daily && !(stepS >= 60 && stepS < DAY_S)) {
          mistakes.at(
            one.line,
            stepS === Number.POSITIVE_INFINITY
              ? "One reading alone does not say how long its interval is: add a column of ends."
              : "The interval is not between a minute and a day long.",
          );
          break;
        }
        step = daily ? dayLengthS(atS, zone) : stepS;
        if (columns.end !== undefined && columns.start === undefined) {
          if (daily && !isDay) step = dayLengthS(atS - DAY_S / 2, zone);
          if (!isDay) atS -= step;
        }
      }
      readings.push({ ...one, atS, stepS: step });
    }
    return { ...series, readings };
  });
}

/** How long the local day is that begins at this instant; a day that begins elsewhere has 24 hours. */
function dayLengthS(atS: number, zone: string): number {
  const at = Temporal.Instant.fromEpochMilliseconds(atS * 1000).toZonedDateTimeISO(zone);
  const start = at.startOfDay();
  if (start.epochMilliseconds !== atS * 1000) return DAY_S;
  return (start.add({ days: 1 }).epochMilliseconds - start.epochMilliseconds) / 1000;
}

const ISO = /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;
const DAY_FIRST = /^(\d{2})[/.](\d{2})[/.](\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?()$/;

/** Reads times, those without an offset in the city's zone. */
class Instants {
  /** First instant and length of the local days that were met. */
  private days = new Map<string, { fromS: number; lengthS: number }>();
  constructor(private readonly zone: string) {}

  /**
   * @param lastS the reading before: of the two instants of an hour that comes twice, the first that is later counts
   * @returns seconds since 1970, or what is wrong
   */
  of(text: string, lastS: number | undefined): { atS: number; isDay: boolean } | string {
    const wrong = `${quoted(text)} is no time such as 2026-11-23T14:30, with or without an offset.`;
    const iso = ISO.exec(text);
    const found = iso ?? DAY_FIRST.exec(text);
    if (!found) return wrong;
    const [year, month, day] = iso ? [found[1], found[2], found[3]] : [found[3], found[2], found[1]];
    const [hour, minute, second] = [Number(found[4] ?? 0), Number(found[5] ?? 0), Number(found[6] ?? 0)];
    const date = `${year}-${month}-${day}`;
    const utcS = Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000;
    const isDate = new Date(utcS * 1000).toISOString().startsWith(date);
    if (!isDate || Number(year) < 1990 || hour > 23 || minute > 59 || second > 59) return wrong;
    const offset = found[7];
    if (offset) {
      const sign = offset.startsWith("-") ? -1 : 1;
      const digits = offset.replace(/\D/g, "");
      const offsetS = offset === "Z" ? 0 : sign * (Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60);
      return { atS: utcS + hour * 3600 + minute * 60 + second - offsetS, isDay: false };
    }
    const local = this.days.get(date) ?? this.dayOf(date);
    if (found[4] === undefined) return { atS: local.fromS, isDay: true };
    if (local.lengthS === DAY_S) return { atS: local.fromS + hour * 3600 + minute * 60 + second, isDay: false };
    return this.onShift(date, hour, minute, second, lastS);
  }

  private dayOf(date: string) {
    const { from, to } = dayRange(date, this.zone);
    const day = { fromS: from.getTime() / 1000, lengthS: (to.getTime() - from.getTime()) / 1000 };
    this.days.set(date, day);
    return day;
  }

  /** A day whose clock is put forward or back. */
  private onShift(date: string, hour: number, minute: number, second: number, lastS: number | undefined) {
    const plain = Temporal.PlainDate.from(date).toPlainDateTime({ hour, minute, second });
    const [earlier, later] = (["earlier", "later"] as const).map((disambiguation) =>
      plain.toZonedDateTime(this.zone, { disambiguation }),
    );
    const isThere = earlier!.toPlainDateTime().equals(plain);
    if (!isThere)
      return `The time ${plain.toString()} does not exist in ${this.zone}: the clock is put forward over it.`;
    const [earlierS, laterS] = [earlier!.epochMilliseconds / 1000, later!.epochMilliseconds / 1000];
    return { atS: lastS !== undefined && lastS >= earlierS ? laterS : earlierS, isDay: false };
  }
}
