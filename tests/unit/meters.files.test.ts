import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { buckets, counted, monthly, usageBy } from "../../functions/meters/domain.ts";
import { readMeterFile } from "../../functions/meters/formats/file.ts";
import { FileMistakes } from "../../functions/meters/formats/mistakes.ts";
import { pack, unpack } from "../../functions/meters/packing.ts";
import { blocksOf, type ReadFile, unitOf } from "../../functions/meters/series.ts";
import { rowsOf } from "../../shared/delimited.ts";
import { Fault } from "../../shared/errors.ts";

const data = new URL("../data/", import.meta.url);
function textOf(path: string): string {
  const bytes = readFileSync(new URL(path, data));
  const plain = /\.zip$/i.test(path)
    ? Object.values(unzipSync(bytes))[0]!
    : path.endsWith(".gz")
      ? gunzipSync(bytes)
      : bytes;
  return new TextDecoder().decode(plain);
}
const read = (text: string, more: object = {}) =>
  readMeterFile(new TextEncoder().encode(text), { timeZone: "Europe/Paris", ...more });
/** The mistakes of a file that is refused: `7: what is wrong`. */
function refusal(text: string, more: object = {}): string[] {
  try {
    read(text, more);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.kind).toBe("invalid");
    return error.members.errors!.map(({ pointer, detail }) => `${pointer.replace("#/line/", "")}: ${detail}`);
  }
  return [];
}
/** What counts of a file once it was packed and unpacked, as the table would give it back. */
function kept(file: ReadFile) {
  const mistakes = new FileMistakes();
  const blocks = file.series.flatMap((series) => {
    const [unit, power] = unitOf(series.unit ?? "kWh")!;
    return blocksOf(series, unit, power, mistakes).map((block) => ({
      block: unpack(pack(block)),
      asOfS: 0,
      deliveryId: "dlv",
    }));
  });
  mistakes.refuse();
  return counted(blocks);
}
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

// Guards against a utility's real file that the city cannot take.
test.each([
  ["NEM12_000000000000001_CNRGYMDP_NEMMCO.zip", ["NEM1201002 E1 192", "NEM1201002 E2 192"]],
  ["NEM12_000000000000004_CNRGYMDP_NEMMCO.zip", ["NEM1204062 E1 144"]],
  ["NEM12_NEM1201005Scenario1_GLOBALM_NEMMCO.ZIP", ["NEM1201005 E1 384", "NEM1201005 E2 384"]],
  ["NEM12_SCENARIO3_UNITEDDP_NEMMCO.zip", ["NEM1203049 E1 192", "NEM1203049 Q1 192"]],
  ["Example_different_intervals.zip", ["C123 E1 48", "C123 E2 48", "C123 V1 144"]],
])("%s is read whole", (name, channels) => {
  const file = read(textOf(`nem12/${name}`));
  expect(file.format).toBe("nem12");
  expect(file.series.map((one) => `${one.names[0]} ${one.channel} ${one.readings.length}`)).toEqual(channels);
});

// Guards against a broken file of which a part is billed.
test.each([
  ["Example_NEM12_15min_200_30min_300.csv", ["3: 48 values, where intervals of 15 minutes make 96 a day."]],
  ["Example_NEM12_empty.csv", ["2: The file has no readings: no 300 record."]],
  ["Example_NEM12_incomplete_interval.csv", ["3: 0 values, where intervals of 30 minutes make 48 a day."]],
  [
    "Example_NEM12_missing_header.csv",
    ["2: The 100 record at the beginning is missing: without it the file is no NEM12."],
  ],
])("%s is refused with line and reason", (name, mistakes) => {
  expect(refusal(textOf(`nem12/invalid/${name}`))).toEqual(mistakes);
});
test("no file of the examples is left untried", () => {
  expect(readdirSync(new URL("nem12/", data)).filter((name) => /zip$/i.test(name))).toHaveLength(5);
  expect(readdirSync(new URL("nem12/invalid/", data))).toHaveLength(4);
});

// Guards against a total that a float has touched: this is the sum of the decimals as they stand in the file.
test("a real file adds up to the watt-hour", () => {
  const text = textOf("nem12/NEM12_000000000000001_CNRGYMDP_NEMMCO.zip");
  const milli = rowsOf(text).flatMap(({ fields }) => (fields[0] === "300" ? fields.slice(2, 50) : []));
  const exactly = milli.reduce((total, value) => total + BigInt(value.replace(".", "")), 0n); // all have three decimals of a kWh
  expect(milli.every((value) => /^\d+\.\d{3}$/.test(value))).toBe(true);
  const usage = monthly("2005-03", kept(read(text)), "Australia/Brisbane");
  expect(BigInt(usage.quantity)).toBe(exactly);
  expect(usage).toMatchObject({ daysWithReadings: 4, daysInMonth: 31, estimatedShare: 0 });
});

// Guards against a bill by the wrong clock: market time is UTC+10 all year, and an interval begins where it is listed.
test("NEM12's day begins at 14:00 UTC the day before, in summer too", () => {
  const day = (date: string) =>
    `100,NEM12,202601010000,A,B\n200,N1,E1,,E1,,,kWh,30,\n300,${date},${Array(48).fill("1").join(",")},A,,,,\n900\n`;
  for (const [date, start] of [
    ["20260115", "2026-01-14T14:00:00.000Z"],
    ["20260715", "2026-07-14T14:00:00.000Z"],
  ] as const)
    expect(new Date(kept(read(day(date)))[0]!.fromS * 1000).toISOString()).toBe(start);
});

// Guards against an estimate that is shown as read, and a reason that is lost.
test("the 400 records qualify their intervals", () => {
  const readings = kept(read(textOf("nem12/NEM12_000000000000004_CNRGYMDP_NEMMCO.zip")));
  expect(readings.slice(0, 12).map((one) => one.quality)).toEqual([...Array(10).fill("F52:71"), "E52", "E52"]);
  expect(readings.slice(48).every((one) => one.quality === "E52")).toBe(true);
  expect(monthly("2004-05", readings, "Australia/Brisbane").estimatedShare).toBe(1);
});

// Guards against a kilovar that is billed as a kilowatt, and a volt that is added to a watt-hour.
test("only energy taken from the network counts as consumption", () => {
  const flows = (name: string) =>
    Object.fromEntries(read(textOf(`nem12/${name}`)).series.map((one) => [one.channel, one.flow]));
  expect(flows("NEM12_SCENARIO3_UNITEDDP_NEMMCO.zip")).toEqual({ E1: "consumption", Q1: "other" });
  expect(flows("Example_different_intervals.zip")).toEqual({ E1: "consumption", E2: "consumption", V1: "other" });
});

const nem12 = (...lines: string[]) => ["100,NEM12,202601010000,A,B", ...lines, "900"].join("\n");
const channel = "200,N1,E1,,E1,,,kWh,30,";
const values = (value: string, count = 48) => Array(count).fill(value).join(",");
const ok = `300,20260115,${values("1")},A,,,,`;

// Each guards against one way in which a damaged file could pass for a good one.
test.each([
  [
    "cut off",
    ["100,NEM12,202601010000,A,B", channel, ok].join("\n"),
    ["3: The 900 record at the end is missing: the file may be cut off."],
  ],
  [
    "more after the end",
    `${nem12(channel, ok)}\n${ok}`,
    ["5: The file has ended with the 900 on line 4; nothing may follow."],
  ],
  ["two headers", nem12("100,NEM12,202601010000,A,B"), ["2: A second 100 record: a file has one header."]],
  ["a record of NEM13", nem12("250,N1"), ["2: A 250 record belongs to NEM13, and this is NEM12."]],
  [
    "a header of another time",
    "100,NEM12,20260101,A,B\n900",
    ['1: The header\'s time "20260101" is not of the form 200405011135.'],
  ],
  ["no 200", nem12(ok), ["2: A 300 record without a 200 before it: no meter to read it for."]],
  [
    "a day of no month",
    nem12(channel, ok.replace("20260115", "20260231")),
    ['3: "20260231" is no date of the form 20040201.'],
  ],
  ["a day twice", nem12(channel, ok, ok), ["4: The day 20260115 of channel E1 stands on line 3 already."]],
  ["no number", nem12(channel, ok.replace("1,1", "1,1e3")), ['3: Value 2, "1e3", is no number.']],
  ["an empty value", nem12(channel, ok.replace("1,1", "1,")), ['3: Value 2, "", is no number.']],
  ["a negative value", nem12(channel, ok.replace("1,1", "1,-1")), ["3: Value 2, -1, is negative."]],
  [
    "a quality of no kind",
    nem12(channel, ok.replace(",A,", ",X,")),
    ['3: The quality "X" is none of A, N, V, or S, F, E with two digits.'],
  ],
  [
    "an estimate without method",
    nem12(channel, ok.replace(",A,", ",E,")),
    ['3: The quality "E" is none of A, N, V, or S, F, E with two digits.'],
  ],
  [
    "a unit of no kind",
    nem12(channel.replace("kWh", "BTU"), ok),
    ['2: The unit "BTU" is not known. Known are Wh, kWh, MWh, L, hL, m3.'],
  ],
  [
    "an interval of no kind",
    nem12(channel.replace(",30,", ",7,"), ok),
    ['2: The interval "7" is none of 1, 5, 10, 15, 30, 60 minutes.'],
  ],
  [
    "a V that nothing covers",
    nem12(channel, ok.replace(",A,", ",V,"), "400,1,40,A,,"),
    ["3: The quality is V, but the 400 records cover 40 of 48 intervals."],
  ],
  [
    "ranges with a gap",
    nem12(channel, ok.replace(",A,", ",V,"), "400,1,9,A,,", "400,11,48,A,,"),
    [
      "5: The range begins at 11, where 10 would follow.",
      "3: The quality is V, but the 400 records cover 9 of 48 intervals.",
    ],
  ],
  [
    "a range beyond the day",
    nem12(channel, ok.replace(",A,", ",V,"), "400,1,49,A,,"),
    [
      '4: The range "1" to "49" is not within 1 to 48.',
      "3: The quality is V, but the 400 records cover 0 of 48 intervals.",
    ],
  ],
  [
    "a range on a day that is not V",
    nem12(channel, ok, "400,1,48,A,,"),
    ["4: A 400 record follows a day of quality A; only V is qualified by ranges."],
  ],
  [
    "a record of no kind",
    nem12(channel, ok, "301,x"),
    ['4: "301" is no record of NEM12: those are 100, 200, 300, 400, 500, 900.'],
  ],
  [
    "a unit that changes",
    nem12(channel, ok, channel.replace("kWh", "Wh"), ok.replace("0115", "0116")),
    ['4: Channel E1 of N1 is in "kWh" on line 2, and here in "Wh".'],
  ],
  [
    "an unclosed quote",
    nem12(channel, `300,"20260115`),
    ["3: A quotation mark in it is not closed, or stands in the middle of a field."],
  ],
  ["nothing", "", ["1: The file is empty."]],
])("a NEM12 file with %s is refused", (_, text, mistakes) => {
  expect(refusal(text)).toEqual(mistakes);
});

// Guards against a season that shifts by an hour: the files carry offsets, and the clock changed five times in them.
test("the hourly files are read whole, whatever their offsets", () => {
  for (const name of ["il-electricity-hourly.csv.gz", "il-gas-hourly.csv.gz"]) {
    const file = read(textOf(`meters/${name}`), { meter: "M1", unit: "kWh" });
    expect(file.series.map((one) => [one.kind, one.channel, one.readings.length])).toEqual([
      ["intervals", "main", 19_417],
    ]);
    const times = file.series[0]!.readings.map((one) => one.atS);
    expect(times.every((at, i) => i === 0 || at - times[i - 1]! === 3600)).toBe(true);
  }
});
test("temperatures are no meter file, and the refusal names the headings", () => {
  expect(refusal(textOf("meters/il-temperature-f.csv.gz"), { meter: "M1" })).toEqual([
    '1: No column holds a meter\'s values: the headings are "dt", "tempF". Name one "value" or "register", or by its unit.',
  ]);
});

// Guards against a mapping that takes a dial for a quantity, or the other way round.
test.each([
  ["meter,time,value\nM1,2026-01-01T00:00Z,1\nM1,2026-01-01T01:00Z,2", "intervals", "main"],
  ["meter,time,register\nM1,2026-01-01T00:00Z,1\nM1,2026-01-01T01:00Z,2", "registers", "register"],
  ["Compteur;Date de relevé;Index (m³)\nM1;01/01/2026;1,5\nM1;01/02/2026;2,5", "registers", "register"],
  ["Compteur;Début;Consommation (kWh)\nM1;01/01/2026 00:00;1,5\nM1;01/01/2026 01:00;2,5", "intervals", "main"],
  ["عداد,وقت,استهلاك\nM1,2026-01-01T00:00Z,1\nM1,2026-01-01T01:00Z,2", "intervals", "main"],
  ["serial\tstart\tend\tkWh\nM1\t2026-01-01T00:00Z\t2026-01-01T01:00Z\t1", "intervals", "main"],
])("a plain file's headings say what it holds: %s", (text, kind, name) => {
  const { series } = read(text);
  expect(series.map((one) => [one.names[0], one.kind, one.channel])).toEqual([["M1", kind, name]]);
  expect(series[0]!.readings[0]!.value).toEqual(
    text.includes("1,5") ? { digits: 15, exponent: -1 } : { digits: 1, exponent: 0 },
  );
});

// Guards against a factor of a thousand: the heading's unit is read as it is written.
test.each([
  ["kWh", 3],
  ["Wh", 0],
  ["MWh", 6],
  ["consumption (kWh)", 3],
  ["energy_kwh", 3],
  ["usageKwh", 3],
  ["usagekWh", 3],
  ["importMWh", 6],
  ["Volume m3", 3],
  ["Consommation (m³)", 3],
  ["litres", 0],
])("the heading %s says the unit", (heading, power) => {
  const { series } = read(`meter,start,end,${heading}\nM1,2026-01-01T00:00Z,2026-01-01T01:00Z,1`);
  expect(unitOf(series[0]!.unit!)![1]).toBe(power);
});

test.each([
  [
    "no meter",
    "time,value\n2026-01-01T00:00Z,1",
    ['1: No column names the meter, and no meter was given with the file. Name a column "meter", or choose the meter.'],
  ],
  ["a row without meter", "meter,time,value\n,2026-01-01T00:00Z,1", ["2: It names no meter."]],
  [
    "no time",
    "meter,value\nM1,1",
    ['1: No column holds the time: the headings are "meter", "value". Name one "time", "start" or "end".'],
  ],
  [
    "two columns of values",
    "meter,time,value,usage\nM1,2026-01-01T00:00Z,1,1",
    ['1: Two columns could be the value: "value" and "usage".'],
  ],
  ["headings alone", "meter,time,value\n", ["1: The file has headings, but no readings."]],
  [
    "a time of no kind",
    "meter,time,value\nM1,yesterday,1",
    ['2: "yesterday" is no time such as 2026-11-23T14:30, with or without an offset.'],
  ],
  [
    "a 30th of February",
    "meter,time,value\nM1,2026-02-30T00:00,1",
    ['2: "2026-02-30T00:00" is no time such as 2026-11-23T14:30, with or without an offset.'],
  ],
  [
    "a value of no kind",
    "meter,time,value\nM1,2026-01-01T00:00Z,1\nM1,2026-01-01T01:00Z,many",
    ['3: "many" is no number.'],
  ],
  ["a float", "meter,time,value\nM1,2026-01-01T00:00Z,1e3", ['2: "1e3" is no number.']],
  ["a negative value", "meter,time,value\nM1,2026-01-01T00:00Z,-4", ["2: The value -4 is negative."]],
  [
    "a unit of no kind",
    "meter,time,value,unit\nM1,2026-01-01T00:00Z,1,gal",
    ['2: The unit "gal" is not known. Known are Wh, kWh, MWh, L, hL, m3.'],
  ],
  [
    "a quality of no kind",
    "meter,time,value,quality\nM1,2026-01-01T00:00Z,1,maybe",
    ['2: The quality "maybe" is not known: A actual, E estimated, S or F substituted, N none.'],
  ],
  [
    "one reading of unknown length",
    "meter,time,value\nM1,2026-01-01T00:00Z,1",
    ["2: One reading alone does not say how long its interval is: add a column of ends."],
  ],
  [
    "months as intervals",
    "meter,time,value\nM1,2026-01-01T00:00Z,1\nM1,2026-02-01T00:00Z,1",
    ["2: The interval is not between a minute and a day long."],
  ],
  [
    "an hour that is not",
    "meter,time,value\nM1,2026-03-29T02:30,1",
    ["2: The time 2026-03-29T02:30:00 does not exist in Europe/Paris: the clock is put forward over it."],
  ],
])("a plain file with %s is refused", (_, text, mistakes) => {
  expect(refusal(text)).toEqual(mistakes);
});

function blocks(text: string, more: object = {}): string[] {
  const mistakes = new FileMistakes();
  for (const series of read(text, more).series) blocksOf(series, ...unitOf(series.unit ?? "kWh")!, mistakes);
  return mistakes.list.map(({ pointer, detail }) => `${pointer.replace("#/line/", "")}: ${detail}`);
}
// Guards against two values for one hour of which one wins by chance, and a register that runs backwards.
test.each([
  [
    "another value for one time",
    "meter,time,value\nM1,2026-01-01T00:00Z,1\nM1,2026-01-01T01:00Z,1\nM1,2026-01-01T00:00Z,2",
    ["4: Line 2 has another value for the same meter, channel and time."],
  ],
  [
    "the same twice, which counts once",
    "meter,time,value\nM1,2026-01-01T00:00Z,1\nM1,2026-01-01T01:00Z,1\nM1,2026-01-01T00:00Z,1.0",
    [],
  ],
  [
    "overlapping ends",
    "meter,start,end,value\nM1,2026-01-01T00:00Z,2026-01-01T01:00Z,1\nM1,2026-01-01T00:30Z,2026-01-01T01:30Z,1",
    ["3: Its interval overlaps the one on line 2."],
  ],
  [
    "a register that falls",
    "meter,time,index\nM1,2026-01-01,10\nM1,2026-02-01,9",
    ["3: The register is lower than on line 2, which is earlier."],
  ],
  [
    "more decimals than are kept",
    "meter,time,Wh\nM1,2026-01-01T00:00Z,0.0000001\nM1,2026-01-01T01:00Z,1",
    ["2: It has more decimals than are kept: at most a millionth of a Wh."],
  ],
])("a file with %s", (_, text, mistakes) => {
  expect(blocks(text)).toEqual(mistakes);
});

const local = (rows: [string, number][]) =>
  `meter,time,Wh\n${rows.map(([time, value]) => `M1,${time},${value}`).join("\n")}`;
const hours = (day: string, list: number[]) =>
  list.map((hour): [string, number] => [`${day}T${String(hour).padStart(2, "0")}:00`, 1]);

// Guards against a day that loses or doubles an hour when the clock changes.
test("a day has 23 or 25 hours when the clock changes, and each is counted once", () => {
  const all = [...Array(24).keys()];
  const spring = hours(
    "2026-03-29",
    all.filter((hour) => hour !== 2),
  );
  const autumn = hours("2026-10-25", [0, 1, 2, 2, ...all.slice(3)]);
  for (const [day, rows] of [
    ["2026-03-29", spring],
    ["2026-10-25", autumn],
  ] as const) {
    const range = buckets(
      "day",
      Date.parse(`${day}T10:00Z`) / 1000,
      Date.parse(`${day}T11:00Z`) / 1000,
      "Europe/Paris",
    );
    expect(usageBy(range, kept(read(local(rows))))).toMatchObject([{ at: day, quantity: rows.length, coverage: 1 }]);
  }
  expect([spring.length, autumn.length]).toEqual([23, 25]);
});
test("days given as dates are the city's days, whatever their length", () => {
  const text = "meter,date,Wh\nM1,2026-03-28,24\nM1,2026-03-29,23\nM1,2026-03-30,24";
  expect(kept(read(text)).map((one) => (one.toS - one.fromS) / 3600)).toEqual([24, 23, 24]);
});
test("an end without a start ends its interval", () => {
  const text = "meter,end,Wh\nM1,2026-01-01T01:00Z,1\nM1,2026-01-01T02:00Z,2";
  expect(kept(read(text)).map((one) => new Date(one.fromS * 1000).toISOString())).toEqual([
    "2026-01-01T00:00:00.000Z",
    "2026-01-01T01:00:00.000Z",
  ]);
});

// Guards against a month that is billed wrongly because its dial was not read on the first: nothing is lost or doubled.
test("what lies between two registers is shared out by time and marked as estimated", () => {
  const readings = kept(read("meter,time,index_m3\nM1,2026-01-16T00:00,100\nM1,2026-02-15T00:00,130.5"));
  const months = ["2026-01", "2026-02"].map((month) => monthly(month, readings, "Europe/Paris"));
  expect(sum(months.map((month) => month.quantity))).toBe(30_500);
  expect(months.map((month) => [month.daysWithReadings, month.estimatedShare])).toEqual([
    [16, 1],
    [14, 1],
  ]);
  expect(months[0]!.quantity).toBe(Math.round((30_500 * 16) / 30));
});
test("a register read on the first and on the last is a month as read", () => {
  const readings = kept(read("meter,time,index_m3\nM1,2026-01-01T00:00,100\nM1,2026-02-01T00:00,130.5"));
  expect(monthly("2026-01", readings, "Europe/Paris")).toEqual({
    quantity: 30_500,
    daysWithReadings: 31,
    daysInMonth: 31,
    estimatedShare: 0,
  });
});
