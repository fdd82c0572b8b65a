import { expect, test } from "vitest";
import { monthly } from "../../functions/meters/domain.ts";
import { countedOf, iso, readFile, refusalOf } from "../meter-files.ts";

// Made up, in the form of the specification's own example.
const record = (more: Record<number, string> = {}) => {
  const fields =
    "250,1234567890,1141,01,11,11,METSER66,E,000021.2,20031001103230,A,,,000534.5,20040201100030,A,,,513.3,kWh,20040509,20040202125010,20040203000130".split(
      ",",
    );
  return fields.map((field, i) => more[i] ?? field).join(",");
};
const nem13 = (...lines: string[]) => ["100,NEM13,200402070911,MDA1,Ret1", ...lines, "900"].join("\r\n");

// Guards against a read by the wrong clock, or of which only the difference is left.
test("both reads of a 250 record are kept as registers, with their dates and qualities", () => {
  const file = readFile(nem13(record({ 15: "E64", 16: "77" }), "550,N,,A,"));
  expect(file).toMatchObject({ format: "nem13", madeAtS: Date.parse("2004-02-06T23:11:00Z") / 1000 });
  const [series] = file.series;
  expect(series).toMatchObject({
    names: ["1234567890", "METSER66"],
    serial: "METSER66",
    point: "1234567890",
    channel: "11-01",
    flow: "consumption",
    kind: "registers",
    unit: "kWh",
  });
  expect(series!.readings.map((one) => [iso(one.atS), one.value, one.quality])).toEqual([
    ["2003-10-01T00:32:30.000Z", { digits: 212, exponent: -1 }, "A"],
    ["2004-02-01T00:00:30.000Z", { digits: 5345, exponent: -1 }, "E64:77"],
  ]);
  // An estimated end makes all that it ends an estimate.
  const used = countedOf(file);
  expect(used).toMatchObject([{ digits: 5133, exponent: 2, quality: "E64:77", isRegister: true }]);
});

test("two quarters that meet in one read are one series, and a dial of what is given back is fed in", () => {
  const second = record({ 8: "534.5", 9: "20040201100030", 13: "600", 14: "20040501000000", 18: "65.5" });
  const back = record({ 3: "02", 4: "41", 7: "I", 8: "10", 13: "12", 18: "2" });
  const file = readFile(nem13(record(), second, back));
  expect(file.series.map((one) => [one.channel, one.flow, one.readings.length])).toEqual([
    ["11-01", "consumption", 3],
    ["41-02", "feedIn", 2],
  ]);
  const february = monthly("2004-02", countedOf(file), "Australia/Brisbane");
  expect(february).toMatchObject({ daysWithReadings: 29, estimatedShare: 1 });
});

test("a read of quality N is none", () => {
  const file = readFile(nem13(record({ 13: "", 15: "N", 18: "" })));
  expect(file.series[0]!.readings).toHaveLength(1);
});

// Each guards against one way in which a wrong quantity could become a bill.
test.each([
  ["only a header", nem13(), ["line/2: The file has no readings: no 250 record."]],
  [
    "no header",
    `${record()}\n900`,
    ["line/1: The 100 record at the beginning is missing: without it the file is no NEM13."],
  ],
  [
    "no end",
    `100,NEM13,200402070911,A,B\n${record()}`,
    ["line/2: The 900 record at the end is missing: the file may be cut off."],
  ],
  [
    "a record of NEM12",
    nem13(record(), "300,20040201,1,A"),
    ["line/3: A 300 record belongs to NEM12, and this is NEM13."],
  ],
  ["a 550 before its 250", nem13("550,N,,A,"), ["line/2: A 550 record without a 250 before it."]],
  [
    "no direction",
    nem13(record({ 7: "" })),
    ['line/2: The direction "" is neither E (out of the network) nor I (into it).'],
  ],
  [
    "a 30th of February",
    nem13(record({ 14: "20040230100030" })),
    ['line/2: The current read\'s time "20040230100030" is not of the form 20040201103230.'],
  ],
  [
    "time that runs backwards",
    nem13(record({ 14: "20030930100030" })),
    ["line/2: The current read is not later than the previous one."],
  ],
  [
    "a register that falls",
    nem13(record({ 13: "20", 18: "" })),
    ["line/2: The register is lower than on line 2, which is earlier."],
  ],
  [
    "an unknown quality",
    nem13(record({ 10: "X" })),
    ['line/2: The previous read\'s quality "X" is none of A, N, or S, F, E with two digits.'],
  ],
  [
    "a multiplier",
    nem13(record({ 18: "20532" })),
    ["line/2: The quantity 20532 is 40 times what the registers differ by: a multiplier is not taken."],
  ],
  [
    "a quantity of its own",
    nem13(record({ 18: "343.5" })),
    ["line/2: The quantity 343.5 is not what the registers differ by."],
  ],
  [
    "a register that is no number",
    nem13(record({ 8: "1e308" })),
    ['line/2: The previous read, "1e308", is no number.'],
  ],
  [
    "two meters in one place",
    nem13(
      record(),
      record({ 6: "OTHER", 8: "534.5", 9: "20040201100030", 13: "600", 14: "20040501000000", 18: "65.5" }),
    ),
    ['line/3: The meter is "OTHER", and "METSER66" on line 2: two meters.'],
  ],
  ["litres", nem13(record({ 19: "L" })), ['line/2: The unit "L" is not known. Known are Wh, kWh, MWh, L, hL, m3.']],
])("a NEM13 file with %s is refused", (_, text, mistakes) => {
  expect(refusalOf(text)).toEqual(mistakes);
});

// The specification's own example: an estimated read whose quantity was found otherwise than from the dial.
test("an estimated read may carry a quantity of its own", () => {
  expect(refusalOf(nem13(record({ 15: "E64", 16: "77", 18: "343.5" })))).toEqual([]);
});
