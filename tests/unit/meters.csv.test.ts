import { expect, test } from "vitest";
import { Mapping } from "../../functions/meters/schema.ts";
import { countedOf, iso, readFile, refusalOf } from "../meter-files.ts";

const mapping = Mapping.parse({
  columns: { meter: "Zählpunkt", start: "von", end: "bis", value: "Menge", quality: "Status" },
  unit: "kWh",
  timeZone: "UTC",
  qualities: { gemessen: "A", Ersatzwert: "S" },
});
const german =
  "Zählpunkt;von;bis;Menge;Status;Bemerkung\n" +
  "DE01;01.07.2026 00:00;01.07.2026 00:15;0,25;gemessen;x\n" +
  "DE01;01.07.2026 00:15;01.07.2026 00:30;0,5;ERSATZWERT;\n";

// Guards against a source whose words this house does not know: the caller's mapping says what they mean.
test("a mapping says which column holds what, in which unit and zone, and what the marks mean", () => {
  expect(refusalOf(german)[0]).toContain("No column holds a meter's values");
  const [series, ...more] = readFile(german, { mapping }).series;
  expect(more).toEqual([]);
  expect(series).toMatchObject({ names: ["DE01"], channel: "main", flow: "consumption", unit: "kWh" });
  expect(series!.readings.map((one) => [iso(one.atS), one.stepS, one.value, one.quality])).toEqual([
    ["2026-07-01T00:00:00.000Z", 900, { digits: 25, exponent: -2 }, "A"],
    ["2026-07-01T00:15:00.000Z", 900, { digits: 5, exponent: -1 }, "S"],
  ]);
});

test("a mapping whose column is not there is refused, not guessed", () => {
  expect(refusalOf(german.replace("Menge", "Wert"), { mapping })).toEqual([
    'line/1: No column is called "Menge", in which the mapping has the value.',
  ]);
  for (const columns of [
    {},
    { value: "x" },
    { start: "x" },
    { value: "x", date: "y" },
    { value: "x", start: "y", colour: "z" },
  ])
    expect(Mapping.safeParse({ columns }).success).toBe(false);
  expect(Mapping.safeParse({ ...mapping, timeZone: "Mars/Olympus" }).success).toBe(false);
});

// Guards against a row without a quantity whose dial is thrown away.
test("a file may have both quantities and registers, each where the other is empty", () => {
  const both =
    "meter,channel,flow,start,end,consumption,register,unit,quality\n" +
    "M1,E1,consumption,2026-01-01T00:00Z,2026-01-01T01:00Z,5,,Wh,A\n" +
    "M1,E1,consumption,2026-01-01T01:00Z,2026-01-01T02:00Z,7,,Wh,F52:71\n" +
    "M1,11-01,consumption,2026-02-01T00:00Z,,,100,Wh,A\n" +
    "M1,11-01,consumption,2026-03-01T00:00Z,,,160,Wh,E64\n" +
    "M1,x.1,feedIn,2026-01-01T00:00Z,2026-01-01T01:00Z,3,,Wh,A\n";
  expect(
    countedOf(readFile(both)).map((one) => [one.channel, one.flow, one.digits * 10 ** one.exponent, one.quality]),
  ).toEqual([
    ["11-01", "consumption", 60, "E64"],
    ["E1", "consumption", 5, "A"],
    ["E1", "consumption", 7, "F52:71"],
    ["x.1", "feedIn", 3, "A"],
  ]);
  expect(refusalOf(both.replace("x.1,feedIn", "x.1,sideways"))).toEqual([
    'line/6: The flow "sideways" is none of consumption, feedIn, other.',
  ]);
});

// Guards against a home that pays twice because its dial was read by hand and told by the utility.
test("a dial without a name does not count again what named dials count", () => {
  const text =
    "meter,channel,flow,time,register\n" +
    "M1,,,2026-01-01T00:00Z,0\nM1,,,2026-02-01T00:00Z,50\nM1,,,2026-03-01T00:00Z,90\n" +
    "M1,11-01,consumption,2026-01-01T00:00Z,0\nM1,11-01,consumption,2026-02-01T00:00Z,51\n";
  expect(
    countedOf(readFile(text, { unit: "Wh" })).map((one) => [one.channel, one.digits * 10 ** one.exponent]),
  ).toEqual([
    ["11-01", 51],
    ["register", 40],
  ]);
});

test("UTF-16 of either order is read, and what is no text is refused", () => {
  const text = "meter,time,value\nM1,2026-01-01T00:00Z,1\nM1,2026-01-01T01:00Z,2\n";
  const little = new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le"));
  const big = little.map((_, i) => little[i ^ 1]!);
  for (const file of [little, big]) expect(readFile(file).series[0]!.readings).toHaveLength(2);
  expect(refusalOf(text.replace("01:00Z", "01:\0Z"))).toEqual(["line/3: It holds a NUL: this is no text, or damaged."]);
});

// Guards against a row without a reading that breaks the whole file.
test("a meter of which a file has only empty registers is left out", () => {
  const file = readFile("meter,date,index\nM1,2026-01-01,\nM2,2026-01-01,5\n");
  expect(file.series.map((one) => one.names)).toEqual([["M2"]]);
});
