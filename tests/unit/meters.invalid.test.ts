import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { mistakeTexts, saidIn } from "../../functions/meters/formats/mistakes.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { Reading } from "../../functions/meters/schema.ts";
import { Fault, type FieldError } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { bytesOf } from "../meter-files.ts";

/** Every file under tests/data/meters/invalid, and all that is wrong with it: `line/7: …`, or an element's path. */
const EXPECTED: Record<string, string[]> = {
  "bad-file-in-it.zip": ['line/2: "2026-02-30T00:00Z" is no time such as 2026-11-23T14:30, with or without an offset.'],
  "blank-lines.csv": ["line/1: The file is empty."],
  "cim-30-february.xml": [
    'EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/0/timeStamp: "2026-02-30T00:15:00Z" is no time such as 2026-11-23T14:30, with or without an offset.',
  ],
  "cim-cdata.xml": ["line/5: <![CDATA[ is not taken."],
  "cim-cut-off.json": ["line/1: It is no JSON."],
  "cim-end-before-start.json": [
    "Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/0/timePeriod: The interval is not between a minute and a day long.",
  ],
  "cim-entities.xml": ["line/2: <!DOCTYPE is not taken."],
  "cim-falling-register.xml": [
    "EventMessage/Payload/MeterReadings/MeterReading/0/Readings/1: The register is lower than on /EventMessage/Payload/MeterReadings/MeterReading/0/Readings/0, which is earlier.",
  ],
  "cim-hour-that-is-not.xml": [
    "EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/0/timeStamp: The time 2026-03-29T02:30:00 does not exist in Europe/Paris: the clock is put forward over it.",
  ],
  "cim-latin-1.xml": ["line/1: The encoding ISO-8859-1 is not taken."],
  "cim-nan.json": ["line/1: It is no JSON."],
  "cim-negative-interval.xml": [
    "EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/0/value: The value -3 is negative.",
  ],
  "cim-no-meter.xml": ["EventMessage/Payload/MeterReadings/MeterReading/0/Meter: It names no meter."],
  "cim-no-reading-type.json": [
    "Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/ReadingType: It names no ReadingType.",
  ],
  "cim-no-value.xml": [
    "EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/0/value: There is no value.",
  ],
  "cim-not-utf-8.xml": ["line/1: The file is not UTF-8."],
  "cim-not-well-formed.xml": [
    "line/5: Not well-formed: Expected closing tag 'IntervalBlocks' (opened in line 5, col 49) instead of closing tag 'MeterReading'.",
  ],
  "cim-nothing-in-it.xml": ["EventMessage/Payload/MeterReadings/MeterReading: There are no readings in it."],
  "cim-other-name-space.xml": [
    "line/4: MeterReadings is of the name space http://example.org/readings, not of http://iec.ch/TC57/.",
  ],
  "cim-outside-entity.xml": ["line/2: <!DOCTYPE is not taken."],
  "cim-prefix-not-declared.xml": ["line/5: The prefix m: is not declared."],
  "cim-readings-outside.xml": ["EventMessage/Payload/MeterReadings/MeterReading: There are no readings in it."],
  "cim-request.xml": [
    'EventMessage/Header/Verb: A message to "get" brings no readings: created, changed and reply do.',
  ],
  "cim-short-reading-type.xml": [
    'EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/ReadingType: "0.0.2.4.1.1.12": The reading type is not 18 numbers with dots between.',
  ],
  "cim-two-values-for-one-time.xml": [
    "EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/1: /EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/0 has another value for the same meter, channel and time.",
  ],
  "cim-unknown-quality.xml": [
    'EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/0/ReadingQualities/0/ReadingQualityType: The quality "2.99.1" is not known.',
  ],
  "cim-value-1e308.json": [
    'Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/1/value: "1e308" is no number of at most 15 digits.',
  ],
  "cim-value-1e308.xml": [
    'EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/1/value: "1e308" is no number of at most 15 digits.',
  ],
  "cim-value-of-no-kind.json": [
    "Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/1/value: There is no value.",
  ],
  "cim-value-too-long.json": [
    'Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/IntervalReadings/1/value: "0.12345678901234567" is no number of at most 15 digits.',
  ],
  "cim-voltage.xml": [
    'EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/ReadingType: "0.0.2.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0": Its unit 29 is not one of quantities that are kept: Wh, varh, VAh, m3, litres.',
  ],
  "csv-30-february.csv": ['line/3: "2026-02-30T00:00" is no time such as 2026-11-23T14:30, with or without an offset.'],
  "csv-end-before-start.csv": ["line/2: The interval is not between a minute and a day long."],
  "csv-falling-register.csv": ["line/3: The register is lower than on line 2, which is earlier."],
  "csv-formula.csv": ['line/2: "=1+1" cannot be a meter\'s number: only letters, digits, space and . _ / -.'],
  "csv-gallons.csv": ['line/2: The unit "gal" is not known. Known are Wh, kWh, MWh, L, hL, m3.'],
  "csv-hour-that-is-not.csv": [
    "line/3: The time 2026-03-29T02:30:00 does not exist in Europe/Paris: the clock is put forward over it.",
  ],
  "csv-long-number.csv": [
    'line/2: The meter\'s number "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM…" is longer than 40 signs.',
  ],
  "csv-no-headings.csv": [
    'line/1: No column holds a meter\'s values: the headings are "M1", "2026-01-01T00:00Z", "5". Name one "value" or "register", or by its unit.',
  ],
  "csv-not-a-number.csv": ['line/2: "NaN" is no number.', 'line/3: "Infinity" is no number.'],
  "csv-overlapping-intervals.csv": ["line/3: Its interval overlaps the one on line 2."],
  "csv-thousands-sign.csv": ['line/2: "1,234.5" is no number.'],
  "csv-two-columns-of-values.csv": ['line/1: Two columns could be the value: "value" and "usage".'],
  "csv-two-values-for-one-time.csv": ["line/4: Line 3 has another value for the same meter, channel and time."],
  "csv-unclosed-quote.csv": ["line/2: A quotation mark in it is not closed, or stands in the middle of a field."],
  "csv-units-mixed.csv": ['line/3: The unit is "kWh", and "Wh" on line 2.'],
  "csv-unknown-quality.csv": [
    'line/2: The quality "perhaps" is not known: A actual, E estimated, S or F substituted, N none.',
  ],
  "csv-year-1899.csv": ['line/2: "1899-12-31T00:00Z" is no time such as 2026-11-23T14:30, with or without an offset.'],
  "cut-off.csv.gz": ["line/1: The gzip file is damaged."],
  "cut-off.zip": ["line/1: The zip file is damaged, encrypted, or packed in a way that is not known here."],
  "empty.csv": ["line/1: The file is empty."],
  "green-button-a-month-long.xml": [
    "feed/entry/3/content/IntervalBlock/0/IntervalReading/0/timePeriod/duration: The interval is not between a minute and a day long.",
  ],
  "green-button-cut-off.xml": ["line/6: Not well-formed: Closing tag 'I' doesn't have proper closing."],
  "green-button-demand.xml": [
    'feed/entry/2/content/ReadingType/accumulationBehaviour: "12" is neither a quantity of an interval (4) nor a register (1, 2, 3).',
  ],
  "green-button-empty.xml": ["feed/entry: There is no IntervalBlock in it."],
  "green-button-fraction.xml": [
    'feed/entry/3/content/IntervalBlock/0/IntervalReading/0/value: "250.5" is no whole number of at most 15 digits.',
  ],
  "green-button-heat.xml": [
    'feed/entry/0/content/UsagePoint/ServiceCategory/kind: The service "4" is none of 0 electricity, 1 gas, 2 water.',
  ],
  "green-button-milliseconds.xml": [
    'feed/entry/3/content/IntervalBlock/0/IntervalReading/0/timePeriod/start: "1767225600000" is no time in seconds since 1970, in UTC.',
  ],
  "green-button-negative-duration.xml": [
    "feed/entry/3/content/IntervalBlock/0/IntervalReading/0/timePeriod/duration: The interval is not between a minute and a day long.",
  ],
  "green-button-negative-interval.xml": [
    "feed/entry/3/content/IntervalBlock/0/IntervalReading/0/value: The value -250 is negative.",
  ],
  "green-button-no-reading-type.xml": ["feed/entry/1: It has no ReadingType in the feed."],
  "green-button-no-time.xml": [
    'feed/entry/3/content/IntervalBlock/0/IntervalReading/0/timePeriod/start: "" is no time in seconds since 1970, in UTC.',
  ],
  "green-button-other-atom.xml": ["line/2: feed is of the name space http://purl.org/atom/ns#, not of Atom."],
  "green-button-overlap.xml": [
    "feed/entry/3/content/IntervalBlock/0/IntervalReading/1: Its interval overlaps the one on /feed/entry/3/content/IntervalBlock/0/IntervalReading/0.",
  ],
  "green-button-power-of-ten.xml": [
    'feed/entry/2/content/ReadingType/powerOfTenMultiplier: "308" is no power of ten between -12 and 12.',
  ],
  "green-button-prefix-not-declared.xml": ["line/6: The prefix espi: is not declared."],
  "green-button-therms.xml": [
    'feed/entry/2/content/ReadingType/uom: The unit "169" is none of 72 Wh, 71 VAh, 73 varh, 42 m3, 134 litres.',
  ],
  "green-button-two-values-for-one-time.xml": [
    "feed/entry/3/content/IntervalBlock/0/IntervalReading/1: /feed/entry/3/content/IntervalBlock/0/IntervalReading/0 has another value for the same meter, channel and time.",
  ],
  "green-button-unknown-quality.xml": [
    'feed/entry/3/content/IntervalBlock/0/IntervalReading/0/ReadingQuality: The quality "99" is not known.',
  ],
  "green-button-value-1e308.xml": [
    'feed/entry/3/content/IntervalBlock/0/IntervalReading/0/value: "1e308" is no whole number of at most 15 digits.',
  ],
  "gzip-in-gzip.csv.gz": ["line/1: It holds a NUL: this is no text, or damaged."],
  "list.json": ["line/1: A JSON document without MeterReadings, in a Payload or alone, is not taken."],
  "nem12-30-february.csv": ['line/3: "20260230" is no date of the form 20040201.'],
  "nem12-47-values.csv": ["line/3: 47 values, where intervals of 30 minutes make 48 a day."],
  "nem12-arabic-digits.csv": ['line/3: Value 1, "٠", is no number.'],
  "nem12-cut-off.csv": [
    "line/3: 35 values, where intervals of 30 minutes make 48 a day.",
    "line/3: The 900 record at the end is missing: the file may be cut off.",
  ],
  "nem12-day-before-channel.csv": ["line/2: A 300 record without a 200 before it: no meter to read it for."],
  "nem12-day-twice.csv": ["line/4: The day 20260115 of channel E1 stands on line 3 already."],
  "nem12-decimal-commas.csv": ['line/3: Value 1, "0,5", is no number.'],
  "nem12-estimate-without-method.csv": ['line/3: The quality "E" is none of A, N, V, or S, F, E with two digits.'],
  "nem12-header-of-month-13.csv": ['line/1: The header\'s time "202613160000" is not of the form 200405011135.'],
  "nem12-lines-after-the-end.csv": ["line/5: The file has ended with the 900 on line 4; nothing may follow."],
  "nem12-negative-interval.csv": ["line/3: Value 21, -0.5, is negative."],
  "nem12-nul.csv": ["line/2: It holds a NUL: this is no text, or damaged."],
  "nem12-range-before-day.csv": ["line/3: A 400 record without a 300 before it: no day to qualify."],
  "nem12-range-beyond-the-day.csv": [
    'line/4: The range "1" to "49" is not within 1 to 48.',
    "line/3: The quality is V, but the 400 records cover 0 of 48 intervals.",
  ],
  "nem12-range-with-a-gap.csv": [
    "line/5: The range begins at 12, where 11 would follow.",
    "line/3: The quality is V, but the 400 records cover 10 of 48 intervals.",
  ],
  "nem12-too-fine.csv": ["line/3: It has more decimals than are kept: at most a millionth of a Wh."],
  "nem12-twenty-digits.csv": ['line/3: Value 1, "12345678901234567890", is no number.'],
  "nem12-two-grains-of-one-day.csv": ["line/5: The day 20260115 of channel E1 stands on line 3 already."],
  "nem12-value-1e308.csv": ['line/3: Value 1, "1e308", is no number.'],
  "nem13-30-february.csv": ['line/2: The current read\'s time "20260230000000" is not of the form 20040201103230.'],
  "nem13-falling-register.csv": ["line/2: The register is lower than on line 2, which is earlier."],
  "nem13-hour-24.csv": ['line/2: The current read\'s time "20260101240000" is not of the form 20040201103230.'],
  "nem13-multiplier.csv": [
    "line/2: The quantity 20020 is 40 times what the registers differ by: a multiplier is not taken.",
  ],
  "nem13-no-direction.csv": ['line/2: The direction "" is neither E (out of the network) nor I (into it).'],
  "nem13-no-header.csv": ["line/1: The 100 record at the beginning is missing: without it the file is no NEM13."],
  "nem13-record-of-nem12.csv": ["line/3: A 200 record belongs to NEM12, and this is NEM13."],
  "no-file.zip": ["line/1: The zip holds 0 files; send one at a time."],
  "one-digit-changed.zip": ["line/1: The zip file is damaged: its contents do not have their sum."],
  "other.json": ["line/1: A JSON document without MeterReadings, in a Payload or alone, is not taken."],
  "other.xml": ["line/1: An XML document of Document is not taken: CIM's MeterReadings and Green Button's feed are."],
  "page.xml": ["line/1: <!doctype is not taken."],
  "picture.csv": ["line/3: It holds a NUL: this is no text, or damaged."],
  "two-files.zip": ["line/1: The zip holds 2 files; send one at a time."],
  "wrong-sum.csv.gz": ["line/1: The gzip file is damaged."],
  "zip-in-zip.zip": ["line/1: It holds a NUL: this is no text, or damaged."],
};

const written = () => {
  throw new Error("Something was written.");
};
/** A city that knows no meter, and bears no writing. */
const here = {
  city: { timeZone: "Europe/Paris" },
  clock: { now: () => new Date("2026-11-25T12:00:00Z") },
  table: { get: async () => undefined, getMany: async () => [], put: written, transact: written },
  commit: written,
} as unknown as Here;

/** Guards against a clerk who reads French or Arabic and is told in English what is wrong with a file. */
function demandInEveryLanguage(mistake: FieldError): void {
  expect(saidIn("en", mistake)).toBe(mistake.detail);
  const [fr, ar] = [saidIn("fr", mistake), saidIn("ar", mistake)];
  expect(new Set([mistake.detail, fr, ar]).size, mistake.detail).toBe(3);
  expect(ar).toMatch(/\p{Script=Arabic}/u);
  for (const said of [fr, ar]) expect(said).not.toMatch(/[{}]|\$|undefined/);
}

/** What a city answers to a file whose meters it would register. */
async function answerTo(file: Uint8Array): Promise<{ kind: string; mistakes: string[] }> {
  try {
    await takeIn(here, file, Reading.parse({ register: "true", kind: "water" }), "key_head_end");
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const errors = error.members.errors ?? [];
    const mistakes = errors.map(({ pointer, detail }) => `${pointer.slice(2)}: ${detail}`);
    for (const one of errors) demandInEveryLanguage(one);
    return { kind: error.kind, mistakes };
  }
  throw new Error("The file was taken.");
}

// Guards against a broken file of which a part is billed, and against a refusal that helps nobody to mend it.
describe("every broken file is refused with where and why, and nothing of it is written", () => {
  const folder = new URL("../data/meters/invalid/", import.meta.url);
  test("no file is left untried", () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(EXPECTED).sort());
  });
  test.each(Object.entries(EXPECTED))("%s", async (name, mistakes) => {
    expect(await answerTo(new Uint8Array(readFileSync(new URL(name, folder))))).toEqual({ kind: "invalid", mistakes });
  });
});

// Guards against a mistake that what is shared finds, and that no catalogue of this room has a text for.
test("what is wrong with lines and XML in general has its text as well", () => {
  const keys = ["shared/delimited.ts", "shared/xml.ts"].flatMap((path) => {
    const source = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    const named = source.matchAll(/says\("(\w+)"|malformed\([^;]*?, "([a-z_]+8?)"|key: "(\w+)"/g);
    return [...named].map(([, line, xml, key]) => line ?? xml ?? key!);
  });
  expect(keys.length).toBeGreaterThanOrEqual(12);
  for (const key of keys) expect(Object.keys(mistakeTexts.catalogues.en)).toContain(key);
});

// Guards against a page that shows half a sentence where what is kept is older than its text.
test("a mistake without a text is told as it is", () => {
  expect(saidIn("fr", { detail: "As it is." })).toBe("As it is.");
  expect(saidIn("fr", { detail: "As it is.", says: { key: "gone", values: {} } })).toBe("As it is.");
});

const megabytes = (count: number) => new Uint8Array(count * 1024 * 1024);
const quarters = (count: number) => `<a>${"<b/>".repeat(count)}</a>`;
/** The same zip, whose directory claims another size of its file. */
function claiming(zip: Uint8Array, size: number): Uint8Array {
  const bytes = Buffer.from(zip);
  const directory = bytes.readUInt32LE(bytes.lastIndexOf(Uint8Array.of(0x50, 0x4b, 5, 6)) + 16);
  bytes.writeUInt32LE(size, directory + 24);
  return new Uint8Array(bytes);
}

// Guards against a small file that takes the process's memory or hours: each of these is refused within seconds.
test.each<[string, () => Uint8Array, string, string]>([
  ["a gzip of 70 MB of nothing", () => new Uint8Array(gzipSync(megabytes(70))), "too_large", ""],
  ["a zip that claims 4 GB", () => claiming(zipSync({ "a.csv": megabytes(1) }), 0xffff_fff0), "too_large", ""],
  [
    "a zip that claims less than it holds",
    () => claiming(zipSync({ "a.csv": megabytes(1) }), 10),
    "invalid",
    "line/1: The zip file is damaged",
  ],
  [
    "a line of 200,000 signs",
    () => bytesOf(`meter,time,Wh\nM1,2026-01-01T00:00Z,${"1".repeat(200_000)}`),
    "invalid",
    "line/2: The line is longer than 100000 signs.",
  ],
  ["a document of 25 MB", () => bytesOf(`<feed>${" ".repeat(25_000_000)}</feed>`), "too_large", ""],
  ["JSON of 25 MB", () => bytesOf(`{"MeterReadings":"${" ".repeat(25_000_000)}"}`), "too_large", ""],
  ["a million elements", () => bytesOf(quarters(1_000_000)), "invalid", "line/1: There are too many elements."],
  [
    "elements within elements",
    () => bytesOf("<a>".repeat(100_000)),
    "invalid",
    "line/1: Elements are nested too deep.",
  ],
  [
    "an element of 200,000 attributes",
    () => bytesOf(`<feed ${Array.from({ length: 200_000 }, (_, i) => `a${i}="1"`).join(" ")}/>`),
    "invalid",
    "line/1: An element is longer than 100000 signs.",
  ],
  [
    "a number of 90,000 digits on each of 200 lines",
    () => bytesOf(`meter,time,Wh\n${`M1,2026-01-01T00:00Z,1${"0".repeat(90_000)}1\n`.repeat(200)}`),
    "invalid",
    "is no number.",
  ],
  [
    "a feed of 10,000 readings and blocks that belong to none",
    () =>
      bytesOf(
        `<feed>${'<entry><link rel="self" href="a"/><content><MeterReading/></content></entry>'.repeat(10_000)}${'<entry><link rel="up" href="b"/><content><IntervalBlock/></content></entry>'.repeat(10_000)}</feed>`,
      ),
    "invalid",
    "feed/entry/10000: It belongs to no MeterReading of the feed.",
  ],
  [
    "lists within lists",
    () => bytesOf(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
    "invalid",
    "line/1: Its values are nested too deep.",
  ],
])("%s is refused", async (_, make, kind, mistake) => {
  const answer = await answerTo(make());
  expect(answer.kind).toBe(kind);
  expect(answer.mistakes[0] ?? "").toContain(mistake);
});
