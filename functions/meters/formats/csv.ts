import type { Row } from "../../../shared/delimited.ts";
import { exact } from "../exact.ts";
import type { Flow } from "../packing.ts";
import { type FileReading, KEPT_UNIT_NAMES, type ReadFile, type Series, unitOf } from "../series.ts";
import type { FileOptions, Format } from "./contract.ts";
import { type Columns, columnsByMapping, columnsOf } from "./csv-columns.ts";
import { FileMistakes, isWrong, refuseFile } from "./mistakes.ts";
import { rowsOfFile } from "./rows.ts";
import { DAY_S, dayBeforeS, dayLengthS, Instants } from "./times.ts";

/** Plain files with a line of headings: whatever no other format knows. */
export const csv: Format = {
  recognises: () => true,
  read: (file, options) => readCsv(rowsOfFile(file), options),
};

/** What headings of a `flow` say, beside `other`; a channel's own name says it where there is no such column. */
const FLOWS: Record<string, Flow> = { consumption: "consumption", feedin: "feedIn", other: "other" };
const flowOf = (channel: string): Flow =>
  channel === "main" || channel === "register" || channel.startsWith("E")
    ? "consumption"
    : channel.startsWith("B")
      ? "feedIn"
      : "other";

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

type Kind = Series["kind"];

/** Where a file has both, a row without a quantity says what the dial showed. */
function kindOf(fields: readonly string[], columns: Columns, asked: Kind | undefined): Kind {
  if (asked !== undefined) return asked;
  if (columns.value === undefined) return "registers";
  const isDial = columns.register !== undefined && fields[columns.value] === "" && fields[columns.register] !== "";
  return isDial ? "registers" : "intervals";
}

function readCsv(rows: readonly Row[], options: FileOptions): ReadFile {
  const head = rows[0];
  if (!head) refuseFile(1, "empty");
  const { mapping } = options;
  const columns = mapping
    ? columnsByMapping(head.fields, head.line, mapping)
    : columnsOf(head.fields, head.line, options.values);
  if (columns.meter === undefined && options.meter === undefined) refuseFile(head.line, "csv_no_meter");
  if (rows.length === 1) refuseFile(head.line, "csv_no_rows");

  const mistakes = new FileMistakes();
  const zone = mapping?.timeZone ?? options.timeZone;
  const file = {
    columns,
    instants: new Instants(zone),
    hasComma: !rows[1]!.fields.some((field) => /^\d+\.\d+$/.test(field)),
    qualities: new Map([
      ...QUALITIES,
      ...Object.entries(mapping?.qualities ?? {}).map(([own, is]) => [plain(own), is] as const),
    ]),
    mistakes,
  };
  const drafts = new Map<string, Draft>();
  for (const { line, fields } of rows.slice(1)) {
    const kind = kindOf(fields, columns, options.values);
    const name = columns.meter === undefined ? options.meter! : (fields[columns.meter] ?? "");
    if (name === "" || name.length > 40) {
      if (name === "") mistakes.tell(line, "meter_unnamed");
      else mistakes.tell(line, "meter_long", { meter: name });
      continue;
    }
    const given = columns.unit === undefined ? "" : fields[columns.unit];
    const unit = options.unit ?? (given || columns.headUnit || mapping?.unit);
    const channel =
      (columns.channel === undefined ? "" : fields[columns.channel]) || (kind === "registers" ? "register" : "main");
    if (!/^[\p{L}\p{N}._-]{1,60}$/u.test(channel)) {
      mistakes.tell(line, "csv_channel", { channel });
      continue;
    }
    const told = columns.flow === undefined ? "" : (fields[columns.flow] ?? "");
    const flow = told === "" ? flowOf(channel) : FLOWS[told.toLowerCase()];
    if (flow === undefined) {
      mistakes.tell(line, "csv_flow", { flow: told });
      continue;
    }
    const key = `${name}\n${channel}\n${kind}`;
    let draft = drafts.get(key);
    if (!draft) {
      draft = { names: [name], serial: name, channel, flow, unit, kind, line, drafts: [] };
      drafts.set(key, draft);
      if (unit !== undefined && unitOf(unit) === undefined)
        mistakes.tell(line, "unit_unknown", { unit, known: KEPT_UNIT_NAMES });
    } else if (draft.unit !== unit)
      mistakes.tell(line, "unit_differs", { unit: unit ?? "", other: draft.unit ?? "", line: draft.line });
    else if (draft.flow !== flow)
      mistakes.tell(line, "csv_flow_differs", { flow, other: draft.flow, line: draft.line });
    const timed = readingOf(line, fields, draft, file);
    if (timed) draft.drafts.push(timed);
  }
  mistakes.refuse();
  const series = withSteps([...drafts.values()], columns, zone, mistakes);
  mistakes.refuse();
  return { format: "csv", series };
}

interface PlainFile {
  columns: Columns;
  instants: Instants;
  hasComma: boolean;
  qualities: ReadonlyMap<string, string>;
  mistakes: FileMistakes;
}

const plain = (word: string): string =>
  word
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();

function readingOf(line: number, fields: string[], draft: Draft, file: PlainFile): Timed | undefined {
  const { columns, instants, mistakes } = file;
  const timeText =
    columns.date !== undefined
      ? `${fields[columns.date] ?? ""} ${fields[columns.clock!] ?? ""}`
      : (fields[columns.start ?? columns.end!] ?? "");
  const last = draft.drafts.at(-1)?.atS;
  const time = instants.of(timeText, last);
  if (isWrong(time)) {
    mistakes.tell(line, ...time);
    return undefined;
  }
  let stepS: number | undefined;
  if (draft.kind === "registers") stepS = 0;
  else if (columns.start !== undefined && columns.end !== undefined) {
    const end = instants.of(fields[columns.end] ?? "", time.atS);
    if (isWrong(end)) {
      mistakes.tell(line, ...end);
      return undefined;
    }
    stepS = end.atS - time.atS;
    if (stepS < 60 || stepS > DAY_S + 3600) {
      mistakes.tell(line, "interval_length");
      return undefined;
    }
  }
  const valueAt =
    draft.kind === "registers" ? (columns.register ?? columns.value)! : (columns.value ?? columns.register)!;
  const text = fields[valueAt] ?? "";
  const given = columns.quality === undefined ? "" : (fields[columns.quality] ?? "");
  const quality =
    file.qualities.get(plain(given)) ?? (/^[ASFEN](?:\d{2})?(?::\d{1,3})?$/.test(given) ? given : undefined);
  if (quality === undefined) {
    mistakes.tell(line, "csv_quality", { quality: given });
    return undefined;
  }
  if (text === "" || quality.startsWith("N")) {
    // An empty register says nothing at all; an empty interval says that it has no value.
    if (draft.kind === "registers") return undefined;
    return { atS: time.atS, stepS, isDay: time.isDay, value: { digits: 0, exponent: 0 }, quality: "N", line };
  }
  const value = exact(file.hasComma ? text.replace(",", ".") : text);
  if (value === undefined) mistakes.tell(line, "value_not_number", { value: text });
  else if (value.digits < 0) mistakes.tell(line, "value_negative", { value: text });
  else return { atS: time.atS, stepS, isDay: time.isDay, value, quality, line };
  return undefined;
}

/** The interval's length is the smallest distance between two readings of a meter, where the file has no ends. */
function withSteps(drafts: Draft[], columns: Columns, zone: string, mistakes: FileMistakes): Series[] {
  const smallest = drafts.map(({ kind, drafts: given }) => {
    if (kind === "registers") return Number.POSITIVE_INFINITY;
    const times = given.map((one) => one.atS).sort((a, b) => a - b);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 1; i < times.length; i++)
      if (times[i]! > times[i - 1]! && times[i]! - times[i - 1]! < least) least = times[i]! - times[i - 1]!;
    return least;
  });
  const common = smallest.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
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
          mistakes.tell(one.line, stepS === Number.POSITIVE_INFINITY ? "csv_one_reading" : "interval_length");
          break;
        }
        step = daily ? dayLengthS(atS, zone) : stepS;
        if (columns.end !== undefined && columns.start === undefined) {
          if (daily && !isDay) step = dayBeforeS(atS, zone);
          if (!isDay) atS -= step;
        }
      }
      readings.push({ ...one, atS, stepS: step });
    }
    return { ...series, readings };
  });
}
