import { at, listAt, textAt } from "../../../shared/xml.ts";
import { exact } from "../exact.ts";
import type { FileReading, ReadFile, Series } from "../series.ts";
import { type Named, withTotals } from "./channels.ts";
import type { FileOptions, Format } from "./contract.ts";
import { type NameSpaces, Places, xmlDocument } from "./documents.ts";
import { COUNTS, type EspiType, QUALITIES, typeOf } from "./espi-types.ts";
import { FileMistakes, type Wrong } from "./mistakes.ts";
import { DAY_S } from "./times.ts";

const RESOURCES = ["UsagePoint", "MeterReading", "ReadingType", "IntervalBlock", "LocalTimeParameters"] as const;
const LISTS = new Set(["entry", "link", "IntervalBlock", "IntervalReading", "ReadingQuality"]);
const SPACES: NameSpaces = [
  { names: new Set(["feed", "entry", "content"]), address: /^http:\/\/www\.w3\.org\/2005\/Atom$/, says: "Atom" },
  {
    names: new Set([...RESOURCES, "IntervalReading"]),
    address: /^http:\/\/naesb\.org\/espi$/,
    says: "http://naesb.org/espi",
  },
];
const PROLOGUE = /^(?:<\?[\s\S]*?\?>\s*|<!--[\s\S]*?-->\s*)+/;
/** Between 1990 and 2100: what is outside is milliseconds, or a clock that was never set. */
const [FIRST_S, LAST_S] = [Date.UTC(1990) / 1000, Date.UTC(2100) / 1000];
const OFFSET_MAX_S = 14 * 3600;

/**
 * Green Button: an Atom feed of ESPI resources that link to each other. A UsagePoint has MeterReadings, each of them
 * a ReadingType and IntervalBlocks of IntervalReadings; values are whole numbers of a power of ten of the unit, times
 * are seconds since 1970, in UTC. Resources that hold no readings (summaries, power quality) are left aside.
 *
 * @see NAESB REQ.21, Energy Services Provider Interface
 */
export const greenButton: Format = {
  recognises: (beginning) => /^<(?:[\w.-]+:)?feed[\s>]/.test(beginning.replace(PROLOGUE, "")),
  read: (file, options) => readFeed(xmlDocument(file, LISTS, SPACES).root, options),
};

type Refuse = (path: string, ...wrong: Wrong) => void;

interface Entry {
  path: string;
  title: string;
  id: string;
  self: string;
  up: string;
  related: string[];
  content: unknown;
}

function readFeed(feed: unknown, options: FileOptions): ReadFile {
  const places = new Places();
  const mistakes = new FileMistakes(places.find);
  const refuse: Refuse = (path, ...wrong) => mistakes.tell(places.of(path), ...wrong);
  const entries = listAt(feed, "entry").map(entryOf);
  const having = (name: (typeof RESOURCES)[number]) => entries.filter((one) => at(one.content, name) !== undefined);
  const [points, readings, types, blocks] = [
    having("UsagePoint"),
    having("MeterReading"),
    having("ReadingType"),
    having("IntervalBlock"),
  ];

  for (const { path, content } of having("LocalTimeParameters"))
    for (const name of ["tzOffset", "dstOffset"]) {
      const text = textAt(content, "LocalTimeParameters", name);
      if (text !== "" && !(/^-?\d{1,5}$/.test(text) && Math.abs(Number(text)) <= OFFSET_MAX_S))
        refuse(`${path}/content/LocalTimeParameters/${name}`, "gb_offset", { found: text });
    }
  const series = new Map<Entry, Named>();
  const typeFor = new Map<Entry, EspiType>();
  const [readingOfBlock, pointOfReading] = [owners(readings, "IntervalBlock"), owners(points, "MeterReading")];
  const typeByAddress = new Map(types.map((one) => [one.self, one]));
  const titles = Map.groupBy(readings, (one) => one.title);
  for (const block of blocks) {
    const reading = readingOfBlock(block);
    if (!reading) {
      refuse(block.path, "gb_no_reading");
      continue;
    }
    let named = series.get(reading);
    if (!named) {
      const type = reading.related.map((href) => typeByAddress.get(href)).find(Boolean) ?? only(types);
      if (!type) {
        refuse(reading.path, "gb_no_type");
        continue;
      }
      const found = typeOf(at(type.content, "ReadingType"));
      if (Array.isArray(found)) {
        const [name, ...wrong] = found;
        refuse(`${type.path}/content/ReadingType/${name}`, ...wrong);
        continue;
      }
      const hasOwnTitle = WORD.test(reading.title) && titles.get(reading.title)!.length === 1;
      const asked = { options, meters: points.length, hasOwnTitle };
      named = namedOf(reading, pointOfReading(reading), found, places, refuse, asked);
      if (!named) continue;
      series.set(reading, named);
      typeFor.set(reading, found);
    }
    readBlock(block, named.series, typeFor.get(reading)!, places, refuse);
  }
  if (series.size === 0 && mistakes.list.length === 0) refuse("feed/entry", "gb_no_block");
  mistakes.refuse();
  const updated = Date.parse(textAt(feed, "updated")) / 1000;
  return {
    format: "green-button",
    ...(updated > FIRST_S && updated < LAST_S ? { madeAtS: Math.floor(updated) } : {}),
    series: withTotals([...series.values()]),
    place: places.find,
  };
}

function entryOf(entry: unknown, i: number): Entry {
  const links = listAt(entry, "link");
  const hrefs = (rel: string) =>
    links
      .filter((link) => textAt(link, "@rel") === rel)
      .map((link) => textAt(link, "@href").replace(/\/$/, ""))
      .filter((href) => href !== "");
  return {
    path: `feed/entry/${i}`,
    title: textAt(entry, "title"),
    id: textAt(entry, "id"),
    self: hrefs("self")[0] ?? "",
    up: hrefs("up")[0] ?? "",
    related: hrefs("related"),
    content: at(entry, "content"),
  };
}

const only = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined);

/** What an entry belongs to: what links to it or to the collection that it is in, or whose address that begins with. */
function owners(all: readonly Entry[], collection: string): (one: Entry) => Entry | undefined {
  const byAddress = new Map<string, Entry>();
  for (const entry of all)
    for (const href of [...entry.related, `${entry.self}/${collection}`]) byAddress.set(href, entry);
  return ({ up, self }) => [up, self].map((href) => byAddress.get(href)).find(Boolean) ?? only(all);
}

/** A title that may be a meter's number: digits in it, and no words. "Single family" is the title of many. */
const NUMBER = /^(?=.*\d)[\p{L}\p{N}._/-]{4,40}$/u;

/** A title of one word that no other reading has: the name of a channel. */
const WORD = /^[\p{L}\p{N}._-]{1,60}$/u;

function namedOf(
  reading: Entry,
  point: Entry | undefined,
  type: EspiType,
  places: Places,
  refuse: Refuse,
  asked: { options: FileOptions; meters: number; hasOwnTitle: boolean },
): Named | undefined {
  const { meter } = asked.options;
  if (meter !== undefined && asked.meters > 1) {
    refuse("feed/entry", "gb_points", { count: asked.meters });
    return undefined;
  }
  const numbers =
    point === undefined ? [] : [NUMBER.test(point.title) ? point.title : "", point.id.replace(/^urn:uuid:/i, "")];
  const names = meter !== undefined ? [meter] : numbers.filter((name) => name !== "" && name.length <= 40);
  if (names.length === 0) {
    refuse(point?.path ?? reading.path, "meter_choose");
    return undefined;
  }
  const service =
    at(point?.content, "UsagePoint", "ServiceCategory", "kind") === undefined
      ? ""
      : textAt(point!.content, "UsagePoint", "ServiceCategory", "kind");
  const counts = COUNTS[service];
  if (service !== "" && counts === undefined) {
    refuse(`${point!.path}/content/UsagePoint/ServiceCategory/kind`, "gb_service", { service });
    return undefined;
  }
  const series: Series = {
    names,
    serial: names[0]!,
    channel: asked.hasOwnTitle ? reading.title : `${type.kind}-${type.lengthS}-${type.flow}`,
    flow: type.flow,
    unit: type.unit,
    kind: type.kind,
    ...(counts === undefined ? {} : { counts }),
    line: places.of(reading.path),
    readings: [],
  };
  // A reading with a title of its own (E1, E2) is a channel among others; without one it is the whole.
  return { series, isWhole: !asked.hasOwnTitle && type.isWhole };
}

function readBlock({ path, content }: Entry, series: Series, type: EspiType, places: Places, refuse: Refuse): void {
  for (const [i, block] of listAt(content, "IntervalBlock").entries()) {
    /** Where a reading has no time of its own it follows the one before. */
    let nextS = numberAt(block, "interval", "start");
    for (const [j, one] of listAt(block, "IntervalReading").entries()) {
      const where = `${path}/content/IntervalBlock/${i}/IntervalReading/${j}`;
      const hasTime = at(one, "timePeriod") !== undefined;
      const startS = hasTime ? numberAt(one, "timePeriod", "start") : nextS;
      const lengthS =
        textAt(one, "timePeriod", "duration") === "" ? type.lengthS : numberAt(one, "timePeriod", "duration");
      if (startS === undefined || !(startS >= FIRST_S && startS < LAST_S)) {
        refuse(`${where}/timePeriod/start`, "gb_time", { time: textAt(one, "timePeriod", "start") });
        continue;
      }
      if (lengthS === undefined || (type.kind === "intervals" && (lengthS < 60 || lengthS > DAY_S + 3600))) {
        refuse(`${where}/timePeriod/duration`, "interval_length");
        continue;
      }
      nextS = startS + lengthS;
      const time = type.kind === "intervals" ? { atS: startS, stepS: lengthS } : { atS: nextS, stepS: 0 };
      const read = readingOf(where, one, time, type, places, refuse);
      if (read) series.readings.push(read);
    }
  }
}

function readingOf(
  path: string,
  value: unknown,
  time: Pick<FileReading, "atS" | "stepS">,
  type: EspiType,
  places: Places,
  refuse: Refuse,
): FileReading | undefined {
  const given = listAt(value, "ReadingQuality").map((one) => textAt(one, "quality"));
  const letters = (given.length === 0 ? [type.quality] : given).map((code) => QUALITIES[code]);
  if (letters.includes(undefined)) {
    refuse(`${path}/ReadingQuality`, "quality_unknown", { quality: given.find((code) => !QUALITIES[code]) ?? "" });
    return undefined;
  }
  const quality = (letters as string[]).reduce((worst, one) =>
    WORSE.indexOf(one) > WORSE.indexOf(worst) ? one : worst,
  );
  const text = textAt(value, "value");
  const amount = /^-?\d+$/.test(text) ? exact(text) : undefined;
  if (text === "") refuse(`${path}/value`, "no_value");
  else if (amount === undefined) refuse(`${path}/value`, "gb_value", { value: text });
  else if (amount.digits < 0) refuse(`${path}/value`, "value_negative", { value: text });
  else {
    const exponent = amount.digits === 0 ? 0 : amount.exponent + type.power;
    return { ...time, value: { digits: amount.digits, exponent }, quality, line: places.of(path) };
  }
  return undefined;
}

const WORSE = ["A", "F", "S", "E"];

function numberAt(value: unknown, ...path: string[]): number | undefined {
  const text = textAt(value, ...path);
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
