import { expect, test } from "vitest";
import { countedOf, iso, readFile, refusalOf } from "../meter-files.ts";

const QUARTERS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0";
const HOURS = "0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0";
const DIAL = "0.0.0.1.1.9.58.0.0.0.0.0.0.0.0.0.42.0";
const BACK = "0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0";
const VOLTS = "0.0.2.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0";

const quality = (ref: string) => `<ReadingQualities><ReadingQualityType ref="${ref}"/></ReadingQualities>`;
const interval = (time: string, value: string, more = "") =>
  `<IntervalReadings><timeStamp>${time}</timeStamp><value>${value}</value>${more}</IntervalReadings>`;
const block = (type: string, ...readings: string[]) =>
  `<IntervalBlocks>${readings.join("")}<ReadingType ref="${type}"/></IntervalBlocks>`;
const dial = (type: string, time: string, value: string) =>
  `<Readings><timeStamp>${time}</timeStamp><value>${value}</value><ReadingType ref="${type}"/></Readings>`;
const meter = (number: string, ...inner: string[]) =>
  `<MeterReading>${inner.join("")}<Meter><mRID>m-${number}</mRID><Names><name>${number}</name></Names></Meter></MeterReading>`;
const message = (...meters: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb><Noun>MeterReadings</Noun>` +
  `<Timestamp>2026-03-29T06:00:00Z</Timestamp></Header><Payload><MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#">` +
  `${meters.join("")}</MeterReadings></Payload></EventMessage>`;
const home = meter(
  "E-100",
  block(
    QUARTERS,
    interval("2026-03-29T00:15:00.000+01:00", "0.25", quality("1.0.0")),
    interval("2026-03-29T00:30:00.000+01:00", "0.5", quality("2.4.260") + quality("2.8.0")),
    interval("2026-03-28T23:45:00Z", "0", quality("2.5.259")),
  ),
  block(BACK, interval("2026-03-29T00:15:00+01:00", "0.125")),
);
const water = meter("W-7", dial(DIAL, "2026-03-01T00:00:00Z", "12.5"), dial(DIAL, "2026-03-02T00:00:00Z", "13"));

// Guards against a message read by the wrong clock, unit or direction.
test("IEC 61968-9 in XML: an interval ends at its time, units and directions come from the reading type", () => {
  const file = readFile(message(home, water));
  expect(file).toMatchObject({ format: "cim-xml", madeAtS: Date.parse("2026-03-29T06:00:00Z") / 1000 });
  expect(
    file.series.map(({ names, channel, code, flow, unit, kind, counts }) => ({
      names,
      channel,
      code,
      flow,
      unit,
      kind,
      counts,
    })),
  ).toEqual([
    {
      names: ["E-100", "m-E-100"],
      channel: "main",
      code: QUARTERS,
      flow: "consumption",
      unit: "Wh",
      kind: "intervals",
      counts: "electricity",
    },
    {
      names: ["E-100", "m-E-100"],
      channel: "B1",
      code: BACK,
      flow: "feedIn",
      unit: "Wh",
      kind: "intervals",
      counts: "electricity",
    },
    {
      names: ["W-7", "m-W-7"],
      channel: "register",
      code: DIAL,
      flow: "consumption",
      unit: "m3",
      kind: "registers",
      counts: "water",
    },
  ]);
  expect(
    countedOf(file).map((one) => [
      one.channel,
      iso(one.fromS),
      one.toS - one.fromS,
      one.digits * 10 ** one.exponent,
      one.quality,
    ]),
  ).toEqual([
    ["B1", "2026-03-28T23:00:00.000Z", 900, 125, "A"],
    ["main", "2026-03-28T23:00:00.000Z", 900, 250, "A"],
    ["main", "2026-03-28T23:15:00.000Z", 900, 500, "E"],
    ["register", "2026-03-01T00:00:00.000Z", 86_400, 500, "A"],
  ]);
});

test("the same in JSON gives the same, however its numbers and lists are written", () => {
  const reading = (timeStamp: string, value: unknown, ref?: string) => ({
    timeStamp,
    value,
    ...(ref ? { ReadingQualities: { ReadingQualityType: { ref } } } : {}),
  });
  const payload = {
    MeterReadings: {
      MeterReading: [
        {
          Meter: { mRID: "m-E-100", Names: [{ name: "E-100" }] },
          IntervalBlocks: [
            {
              ReadingType: { ref: QUARTERS },
              IntervalReadings: [
                reading("2026-03-28T23:15:00Z", 0.25, "1.0.0"),
                reading("2026-03-28T23:30:00Z", "0.5", "2.8.0"),
                reading("2026-03-28T23:45:00Z", null, "2.5.259"),
              ],
            },
            { ReadingType: { "@ref": BACK }, IntervalReadings: reading("2026-03-28T23:15:00Z", 0.125) },
          ],
        },
        {
          Meter: { mRID: "m-W-7", Names: { name: "W-7" } },
          Readings: [
            { ...reading("2026-03-01T00:00:00Z", 12.5), ReadingType: { ref: DIAL } },
            { ...reading("2026-03-02T00:00:00Z", 13), ReadingType: { ref: DIAL } },
          ],
        },
      ],
    },
  };
  const header = { Verb: "created", Noun: "MeterReadings", Timestamp: "2026-03-29T06:00:00Z" };
  const xml = readFile(message(home, water));
  for (const document of [
    { Header: header, Payload: payload },
    { EventMessage: { Header: header, Payload: payload } },
  ]) {
    const json = readFile(JSON.stringify(document));
    expect(json).toMatchObject({ format: "cim-json", madeAtS: xml.madeAtS });
    expect(countedOf(json)).toEqual(countedOf(xml));
  }
  // Nineteen digits are refused; a float would have rounded them.
  const exact = JSON.stringify(payload).replace('"value":12.5', '"value":1234567890.123456789');
  expect(refusalOf(exact)).toEqual([
    'MeterReadings/MeterReading/1/Readings/0/value: "1234567890.123456789" is no number of at most 15 digits.',
  ]);
});

// Guards against a meter that pays twice because its head end sends quarters, hours and tariff tiers of the same energy.
test("of several series of the same energy the finest counts, and parts only where there is no whole", () => {
  const tier = (tou: number) => QUARTERS.replace(/^((?:\d+\.){11})0/, `$1${tou}`);
  const quarter = (type: string, value: string) => block(type, interval("2026-01-01T00:15:00Z", value));
  const all = readFile(
    message(
      meter(
        "E-1",
        block(HOURS, interval("2026-01-01T01:00:00Z", "400")),
        quarter(QUARTERS, "0.1"),
        quarter(tier(1), "0.1"),
      ),
    ),
  );
  expect(all.series.map((one) => [one.channel, one.flow])).toEqual([
    [HOURS, "other"],
    ["main", "consumption"],
    [tier(1), "other"],
  ]);
  const parts = readFile(message(meter("E-1", quarter(tier(1), "0.1"), quarter(tier(2), "0.2"))));
  expect(parts.series.map((one) => [one.channel, one.flow])).toEqual([
    [tier(1), "consumption"],
    [tier(2), "consumption"],
  ]);
});

test("days are the city's days, of 23 hours when the clock is put forward", () => {
  const daily = "11.0.0.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0";
  const file = readFile(
    message(
      meter(
        "E-1",
        block(daily, interval("2026-03-30T00:00:00+02:00", "7"), interval("2026-03-31T00:00:00+02:00", "8")),
      ),
    ),
  );
  expect(file.series[0]!.readings.map((one) => [iso(one.atS), one.stepS / 3600])).toEqual([
    ["2026-03-28T23:00:00.000Z", 23],
    ["2026-03-29T22:00:00.000Z", 24],
  ]);
});

test("an hour that comes twice is told apart by what came before it", () => {
  const ends = ["01:00", "02:00", "02:00", "03:00"].map((time) => interval(`2026-10-25T${time}:00`, "5"));
  const times = readFile(message(meter("E-1", block(HOURS, ...ends)))).series[0]!.readings.map((one) => iso(one.atS));
  expect(times.map((time) => time.slice(8, 13))).toEqual(["24T22", "24T23", "25T00", "25T01"]);
});

test("prefixes do not matter, what they stand for does", () => {
  const prefixed = message(home)
    .replace('xmlns="http://iec.ch/TC57/2011/MeterReadings#"', 'xmlns:m="http://iec.ch/TC57/2011/MeterReadings#"')
    .replace(
      /<(\/?)(MeterReadings?|Readings|IntervalBlocks|IntervalReadings|Meter|Names|name|mRID|timeStamp|value|ReadingType|ReadingQualities|ReadingQualityType)\b/g,
      "<$1m:$2",
    );
  expect(countedOf(readFile(prefixed))).toEqual(countedOf(readFile(message(home))));
  expect(refusalOf(prefixed.replace('xmlns:m="', 'xmlns:n="'))).toEqual(["line/2: The prefix m: is not declared."]);
  expect(refusalOf(message(home).replace("http://iec.ch/TC57/2011/MeterReadings#", "http://example.org/x"))).toEqual([
    "line/2: MeterReadings is of the name space http://example.org/x, not of http://iec.ch/TC57/.",
  ]);
  const bare = message(home).replace(/ xmlns="[^"]+"/g, "");
  expect(countedOf(readFile(bare))).toEqual(countedOf(readFile(message(home))));
});

test.each([
  [VOLTS, "Its unit 29 is not one of quantities that are kept: Wh, varh, VAh, m3, litres."],
  ["0.0.2.4.1.1.12", "The reading type is not 18 numbers with dots between."],
  ["0.0.2.4.1.10.12.0.0.0.0.0.0.0.0.3.72.0", "Its commodity 10 is neither electricity, gas nor water."],
  ["0.2.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", "Its aggregate 2 is no quantity, but a mean or an extreme."],
  [
    "0.0.2.12.1.1.12.0.0.0.0.0.0.0.0.3.72.0",
    "Its accumulation 12 is neither a quantity of an interval nor a register.",
  ],
  ["13.0.0.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", "Its period 13 is no interval of a minute to a day."],
  ["0.0.2.4.1.1.8.0.0.0.0.0.0.0.0.3.72.0", "It measures 8, which is neither energy nor volume."],
])("the reading type %s is refused", (code, reason) => {
  const at = "EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/ReadingType";
  const sent = message(meter("E-1", block(code, interval("2026-01-01T00:15:00Z", "1"))));
  expect(refusalOf(sent)).toEqual([`${at}: "${code}": ${reason}`]);
});

// Guards against a head end whose energy is refused because it sends volts along.
test("what is not known may be left aside and told, if that is asked; a message that has nothing else is refused", () => {
  const volts = block(VOLTS, interval("2026-01-01T00:15:00Z", "230"));
  const mixed = message(meter("E-1", volts, block(QUARTERS, interval("2026-01-01T00:15:00Z", "0.1"))));
  const reason = "Its unit 29 is not one of quantities that are kept: Wh, varh, VAh, m3, litres.";
  const pointer = "EventMessage/Payload/MeterReadings/MeterReading/0/IntervalBlocks/0/ReadingType";
  expect(refusalOf(mixed)).toEqual([`${pointer}: "${VOLTS}": ${reason}`]);
  const part = readFile(mixed, { partial: true });
  expect(part.series.map((one) => [one.channel, one.readings.length])).toEqual([["main", 1]]);
  const says = { key: "type_unit", values: { code: VOLTS, found: "29" } };
  expect(part.aside).toEqual([{ pointer: `#/${pointer}`, detail: `"${VOLTS}": ${reason}`, says }]);
  expect(refusalOf(message(meter("E-1", volts)), { partial: true })).toHaveLength(1);
  // What is wrong with the message itself is wrong with all of it.
  expect(refusalOf(mixed.replace("created", "get"), { partial: true })[0]).toContain("Header/Verb");
  expect(refusalOf("meter,time,Wh\nM1,2026-01-01T00:00Z,1", { partial: true })[0]).toContain(
    "partial: Of IEC 61968-9 alone",
  );
});

test("a message may be called as its verb and noun, and its payload may hold several sets", () => {
  const named = message(home).replaceAll("EventMessage", "CreatedMeterReadings");
  expect(countedOf(readFile(named))).toEqual(countedOf(readFile(message(home))));
  const sets = message(home).replace(
    "</MeterReadings></Payload>",
    `</MeterReadings><MeterReadings>${water}</MeterReadings></Payload>`,
  );
  expect(countedOf(readFile(sets))).toEqual(countedOf(readFile(message(home, water))));
});
