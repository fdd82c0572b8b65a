import { at, listAt, textAt } from "../../../shared/xml.ts";
import { exact } from "../exact.ts";
import type { FileReading, ReadFile, Series } from "../series.ts";
import { type Named, withTotals } from "./channels.ts";
import type { FileOptions } from "./contract.ts";
import { Places } from "./documents.ts";
import { FileMistakes, isWrong, type Wrong } from "./mistakes.ts";
import { type ReadingType, readingTypeOf } from "./reading-type.ts";
import { DAY_S, dayBeforeS, Instants } from "./times.ts";

/** What was asked for or is to be taken back holds no readings that count. */
const TELLS = /^(?:creat|chang)ed?$|^reply$/i;

/**
 * Readings as IEC 61968-9 has them, out of its XML or its JSON: a message (or its payload alone) of MeterReadings,
 * each of a Meter, with Readings and IntervalBlocks whose values bear a reading type of 18 numbers. An interval ends
 * at its time. The total is called as other formats call it; every other series by its reading type.
 *
 * A reply to a message may be that a part of it was taken; so elements that are wrong are left aside if that is asked.
 *
 * @param path  where `document` is: the name of an XML document's root, or empty
 * @throws {Fault} invalid, with the path of each element that is wrong
 */
export function readMessage(
  format: "cim-xml" | "cim-json",
  document: unknown,
  path: string,
  options: FileOptions,
): ReadFile {
  const places = new Places();
  /** Of the message itself; of its elements, which alone may be left aside. */
  const mistakes = new FileMistakes(places.find);
  const aside = new FileMistakes(places.find);
  const reader = new Reader(places, aside, options);
  const refuse = (where: string, ...wrong: Wrong) => mistakes.tell(places.of(where), ...wrong);

  const [verb, time] = [textAt(document, "Header", "Verb"), textAt(document, "Header", "Timestamp")];
  if (verb !== "" && !TELLS.test(verb)) refuse(join(path, "Header/Verb"), "cim_verb", { verb });
  const madeAt = time === "" ? undefined : reader.instants.of(time, undefined);
  if (isWrong(madeAt)) refuse(join(path, "Header/Timestamp"), ...madeAt);

  const payload = at(document, "Payload") === undefined ? path : join(path, "Payload");
  const isBare = path === "MeterReadings";
  const sets = isBare ? [document] : listAt(at(document, "Payload") ?? document, "MeterReadings");
  for (const [i, set] of sets.entries()) {
    const inner = isBare ? path : join(payload, sets.length > 1 ? `MeterReadings/${i}` : "MeterReadings");
    for (const [j, one] of listAt(set, "MeterReading").entries()) reader.meter(join(inner, `MeterReading/${j}`), one);
  }
  const named = [...reader.named.values()].filter(({ series }) => series.readings.length > 0);
  if (named.length === 0 && mistakes.list.length + aside.list.length === 0)
    refuse(isBare ? `${path}/MeterReading` : join(payload, "MeterReadings/MeterReading"), "cim_no_readings");
  mistakes.refuse();
  if (!options.partial || named.length === 0) aside.refuse();
  return {
    format,
    ...(madeAt && !isWrong(madeAt) ? { madeAtS: madeAt.atS } : {}),
    series: withTotals(named),
    place: places.find,
    aside: aside.list,
  };
}

const join = (path: string, more: string): string => (path === "" ? more : `${path}/${more}`);

class Reader {
  /** By meter and reading type. */
  readonly named = new Map<string, Named>();
  readonly instants: Instants;
  constructor(
    private readonly places: Places,
    private readonly mistakes: FileMistakes,
    private readonly options: FileOptions,
  ) {
    this.instants = new Instants(options.timeZone);
  }

  meter(path: string, value: unknown): void {
    const names = namesOf(value, "Meter");
    const points = namesOf(value, "UsagePoint");
    const all = [...new Set([...names, ...points, ...(this.options.meter ? [this.options.meter] : [])])];
    const long = all.find((name) => name.length > 40);
    if (all.length === 0 || long !== undefined) {
      const place = this.places.of(`${path}/Meter`);
      if (long === undefined) this.mistakes.tell(place, "meter_unnamed");
      else this.mistakes.tell(place, "number_long", { meter: long });
      return;
    }
    for (const [i, one] of listAt(value, "Readings").entries())
      this.reading(`${path}/Readings/${i}`, one, this.seriesOf(`${path}/Readings/${i}`, one, all, points));
    for (const [i, block] of listAt(value, "IntervalBlocks").entries()) {
      const inner = `${path}/IntervalBlocks/${i}`;
      const readings = listAt(block, "IntervalReadings");
      const found = this.seriesOf(inner, block, all, points);
      if (found && readings.length === 0) this.mistakes.tell(this.places.of(inner), "cim_no_intervals");
      for (const [j, one] of readings.entries()) this.reading(`${inner}/IntervalReadings/${j}`, one, found);
    }
  }

  private seriesOf(path: string, value: unknown, names: string[], points: string[]) {
    const code = refOf(at(value, "ReadingType"));
    const type: ReadingType | Wrong = code === "" ? ["type_none"] : readingTypeOf(code);
    if (isWrong(type)) {
      this.mistakes.tell(this.places.of(`${path}/ReadingType`), ...type);
      return undefined;
    }
    const key = `${names[0]}\n${code}`;
    let named = this.named.get(key);
    if (!named) {
      const { kind, counts, flow, unit, isWhole } = type;
      const series: Series = {
        names,
        serial: names[0]!,
        ...(points[0] === undefined || points[0] === names[0] ? {} : { point: points[0] }),
        channel: code,
        code,
        flow,
        unit,
        kind,
        counts,
        line: this.places.of(path),
        readings: [],
      };
      named = { series, isWhole };
      this.named.set(key, named);
    }
    return { type, series: named.series };
  }

  private reading(path: string, value: unknown, found: { type: ReadingType; series: Series } | undefined): void {
    if (!found) return;
    const line = this.places.of(path);
    const { series, type } = found;
    const quality = this.qualityOf(path, value);
    const last = series.readings.at(-1);
    const time = this.timeOf(path, value, type, last && last.atS + last.stepS);
    if (quality === undefined || time === undefined) return;
    const text = textAt(value, "value");
    if (quality === "N") {
      if (series.kind === "intervals")
        series.readings.push({ ...time, value: { digits: 0, exponent: 0 }, quality, line });
      return;
    }
    const amount = exact(text);
    const wrong = (...said: Wrong) => this.mistakes.tell(this.places.of(`${path}/value`), ...said);
    if (amount === undefined) return text === "" ? wrong("no_value") : wrong("value_long", { value: text });
    if (amount.digits < 0) return wrong("value_negative", { value: text });
    const exponent = amount.digits === 0 ? 0 : amount.exponent + type.power;
    series.readings.push({ ...time, value: { digits: amount.digits, exponent }, quality, line });
  }

  /** Undefined, and a mistake, if it is not said or not known. */
  private timeOf(
    path: string,
    value: unknown,
    { kind, step }: ReadingType,
    lastS: number | undefined,
  ): Pick<FileReading, "atS" | "stepS"> | undefined {
    const instant = (name: string, ...within: string[]): number | undefined => {
      const time = this.instants.of(textAt(value, ...within, name), lastS);
      if (!isWrong(time)) return time.atS;
      this.mistakes.tell(this.places.of([path, ...within, name].join("/")), ...time);
      return undefined;
    };
    if (kind === "registers") {
      const atS = instant("timeStamp");
      return atS === undefined ? undefined : { atS, stepS: 0 };
    }
    if (at(value, "timePeriod") !== undefined) {
      const [atS, endS] = [instant("start", "timePeriod"), instant("end", "timePeriod")];
      if (atS === undefined || endS === undefined) return undefined;
      if (endS - atS >= 60 && endS - atS <= DAY_S + 3600) return { atS, stepS: endS - atS };
      this.mistakes.tell(this.places.of(`${path}/timePeriod`), "interval_length");
      return undefined;
    }
    const endS = instant("timeStamp");
    if (endS === undefined) return undefined;
    const stepS = step === "day" ? dayBeforeS(endS, this.options.timeZone) : step;
    return { atS: endS - stepS, stepS };
  }

  /** The worst that is said of it. Undefined, and a mistake, if that is not known. */
  private qualityOf(path: string, value: unknown): string | undefined {
    let worst = "A";
    for (const [i, one] of listAt(value, "ReadingQualities").entries()) {
      const code = refOf(at(one, "ReadingQualityType"));
      const letter = letterOf(code);
      if (letter === undefined) {
        const where = this.places.of(`${path}/ReadingQualities/${i}/ReadingQualityType`);
        this.mistakes.tell(where, "quality_unknown", { quality: code });
        return undefined;
      }
      if (WORSE.indexOf(letter) > WORSE.indexOf(worst)) worst = letter;
    }
    return worst;
  }
}

const WORSE = ["A", "S", "E", "N"];
const KNOWN_MISSING = 259;
/**
 * A quality's category is its second number. Diagnostics, power quality, tampering and collection say nothing of the
 * value; what was not plausible, not validated, doubted or projected was read from nowhere that one may rely on.
 */
const CATEGORIES: Record<number, string> = {
  0: "A",
  1: "A",
  2: "A",
  3: "A",
  4: "A",
  5: "E",
  6: "E",
  7: "S",
  8: "E",
  10: "E",
  11: "S",
  12: "E",
};

function letterOf(code: string): string | undefined {
  const found = /^\d{1,2}\.(\d{1,2})\.(\d{1,4})$/.exec(code);
  if (!found) return undefined;
  if (Number(found[1]) === 5 && Number(found[2]) === KNOWN_MISSING) return "N";
  return CATEGORIES[Number(found[1])];
}

/** An attribute in XML; in JSON a member, with or without the mark of one. */
const refOf = (value: unknown): string => textAt(value, "@ref") || textAt(value, "ref");

/** The numbers of a meter or usage point: those that it is called by, then its master id. */
const namesOf = (value: unknown, what: string): string[] =>
  [...listAt(value, what, "Names").map((one) => textAt(one, "name")), textAt(value, what, "mRID")].filter(
    (name) => name !== "",
  );
