import { expect, test } from "vitest";
import { countedOf, iso, readFile, refusalOf } from "../meter-files.ts";

// Made up, in the form of the feeds that utilities offer for download.
const link = (rel: string, href: string) => `<link rel="${rel}" href="${href}"/>`;
const entry = (id: string, title: string, links: string, content: string) =>
  `<entry><id>urn:uuid:${id}</id>${links}<title>${title}</title><content>${content}</content></entry>`;
const base = "https://utility.example/espi/1_1/resource/Subscription/5/UsagePoint/1";
const point = (title = "E-1001", kind = "0") =>
  entry(
    "11111111-1111-4111-8111-111111111111",
    title,
    link("self", base) + link("related", `${base}/MeterReading`) + link("related", "LocalTimeParameters/1"),
    `<espi:UsagePoint><espi:ServiceCategory><espi:kind>${kind}</espi:kind></espi:ServiceCategory></espi:UsagePoint>`,
  );
const local = (tz = "-18000") =>
  entry(
    "2",
    "",
    link("self", "LocalTimeParameters/1"),
    `<LocalTimeParameters xmlns="http://naesb.org/espi"><dstEndRule>B40E2000</dstEndRule><dstOffset>3600</dstOffset><dstStartRule>360E2000</dstStartRule><tzOffset>${tz}</tzOffset></LocalTimeParameters>`,
  );
const meterReading = (no: number, title = "") =>
  entry(
    `3${no}`,
    title,
    link("self", `${base}/MeterReading/${no}`) +
      link("up", `${base}/MeterReading`) +
      link("related", `${base}/MeterReading/${no}/IntervalBlock`) +
      link("related", `ReadingType/${no}`),
    '<MeterReading xmlns="http://naesb.org/espi"/>',
  );
const type = (no: number, fields: Record<string, string | number> = {}) => {
  const all: Record<string, string | number> = {
    accumulationBehaviour: 4,
    commodity: 1,
    flowDirection: 1,
    intervalLength: 900,
    powerOfTenMultiplier: 0,
    uom: 72,
    ...fields,
  };
  return entry(
    `4${no}`,
    "",
    link("self", `ReadingType/${no}`),
    `<ReadingType xmlns="http://naesb.org/espi">${Object.entries(all)
      .map(([name, value]) => `<${name}>${value}</${name}>`)
      .join("")}</ReadingType>`,
  );
};
const reading = (start: number, value: number | string, { duration = 900, quality = "" } = {}) =>
  `<IntervalReading>${quality && `<ReadingQuality><quality>${quality}</quality></ReadingQuality>`}<timePeriod><duration>${duration}</duration><start>${start}</start></timePeriod><value>${value}</value></IntervalReading>`;
const block = (no: number, ...readings: string[]) =>
  entry(
    `5${no}`,
    "",
    link("self", `${base}/MeterReading/${no}/IntervalBlock/1`) + link("up", `${base}/MeterReading/${no}/IntervalBlock`),
    `<IntervalBlock xmlns="http://naesb.org/espi"><interval><duration>86400</duration><start>1767225600</start></interval>${readings.join("")}</IntervalBlock>`,
  );
const feed = (...entries: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="x.xslt"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi"><id>urn:uuid:1</id><title>Green Button</title><updated>2026-01-02T00:00:00Z</updated>${entries.join("\n")}</feed>`;
const T = 1_767_225_600; // 2026-01-01T00:00:00Z
const simple = feed(
  point(),
  local(),
  meterReading(1),
  type(1, { powerOfTenMultiplier: -1 }),
  block(1, reading(T, 2505), reading(T + 900, 10, { quality: "8" }), reading(T + 1800, 20, { quality: "17" })),
);

// Guards against a factor of ten, a season's shift, and an estimate that passes for a reading.
test("a feed is read by its links: powers of ten, seconds in UTC, qualities", () => {
  const file = readFile(simple);
  expect(file).toMatchObject({ format: "green-button", madeAtS: Date.parse("2026-01-02T00:00:00Z") / 1000 });
  expect(file.series).toMatchObject([
    {
      names: ["E-1001", "11111111-1111-4111-8111-111111111111"],
      channel: "main",
      flow: "consumption",
      unit: "Wh",
      kind: "intervals",
      counts: "electricity",
    },
  ]);
  expect(
    countedOf(file).map((one) => [iso(one.fromS), one.toS - one.fromS, one.digits * 10 ** one.exponent, one.quality]),
  ).toEqual([
    ["2026-01-01T00:00:00.000Z", 900, 250.5, "A"],
    ["2026-01-01T00:15:00.000Z", 900, 1, "E"],
    ["2026-01-01T00:30:00.000Z", 900, 2, "F"],
  ]);
});

test("resources are found by their links, not by their order; a minimal feed needs none", () => {
  const gas = { uom: 42, powerOfTenMultiplier: -3 };
  const turned = feed(
    block(2, reading(T, 4)),
    block(1, reading(T, 3)),
    type(2, { flowDirection: 19 }),
    type(1),
    meterReading(2),
    meterReading(1),
    point(),
  );
  expect(readFile(turned).series.map((one) => [one.channel, one.flow, one.readings[0]!.value.digits])).toEqual([
    ["B1", "feedIn", 4],
    ["main", "consumption", 3],
  ]);
  const bare = feed(point("", "1"), meterReading(1), type(1, gas), block(1, reading(T, 1500))).replace(
    /<link [^>]*>/g,
    "",
  );
  expect(readFile(bare, { meter: "G-1" }).series).toMatchObject([
    { names: ["G-1"], unit: "m3", counts: "gas", readings: [{ value: { digits: 15, exponent: -1 } }] },
  ]);
  expect(refusalOf(feed(point(), meterReading(1), meterReading(2), type(1), block(3, reading(T, 1))))).toEqual([
    "feed/entry/4: It belongs to no MeterReading of the feed.",
  ]);
});

test("hours beside quarters of the same energy do not count twice; titled channels are added up", () => {
  const hour = block(2, reading(T, 1000, { duration: 3600 }));
  const both = feed(
    point(),
    meterReading(1),
    type(1),
    block(1, reading(T, 250)),
    meterReading(2),
    type(2, { intervalLength: 3600 }),
    hour,
  );
  expect(readFile(both).series.map((one) => [one.channel, one.flow])).toEqual([
    ["main", "consumption"],
    ["intervals-3600-consumption", "other"],
  ]);
  const titled = both
    .replace("<title></title><content><MeterReading", "<title>E1</title><content><MeterReading")
    .replace("<title></title><content><MeterReading", "<title>E2</title><content><MeterReading");
  expect(readFile(titled).series.map((one) => [one.channel, one.flow])).toEqual([
    ["E1", "consumption"],
    ["E2", "consumption"],
  ]);
});

test("a dial is read at the end of its time, and readings without times follow each other", () => {
  const dial = feed(
    point(),
    meterReading(1),
    type(1, { accumulationBehaviour: 3 }),
    block(1, reading(T, 100, { duration: 0 }), reading(T + 86_400, 150, { duration: 0 })),
  );
  expect(countedOf(readFile(dial))).toMatchObject([
    { channel: "register", fromS: T, toS: T + 86_400, isRegister: true },
  ]);
  const untimed = feed(
    point(),
    meterReading(1),
    type(1),
    block(
      1,
      "<IntervalReading><value>1</value></IntervalReading>",
      "<IntervalReading><value>2</value></IntervalReading>",
    ),
  );
  expect(readFile(untimed).series[0]!.readings.map((one) => [one.atS - T, one.stepS])).toEqual([
    [0, 900],
    [900, 900],
  ]);
});

// Guards against two homes' feeds that both call their meter "1" or "Single family" and become one meter.
test("what is no number of a meter does not name it", () => {
  for (const title of ["Single family", "1", "House 12", ""])
    expect(readFile(simple.replace("E-1001", title)).series[0]!.names).toEqual([
      "11111111-1111-4111-8111-111111111111",
    ]);
});
