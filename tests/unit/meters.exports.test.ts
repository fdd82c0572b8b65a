import { expect, test } from "vitest";
import type { DeliveredBlock } from "../../functions/meters/domain.ts";
import { channelsOf } from "../../functions/meters/exporting/contents.ts";
import { csvOf } from "../../functions/meters/exporting/csv.ts";
import { localTimeOf } from "../../functions/meters/exporting/dst-rules.ts";
import { greenButtonOf } from "../../functions/meters/exporting/green-button.ts";
import { nem12Of } from "../../functions/meters/exporting/nem12.ts";
import type { Meter } from "../../functions/meters/schema.ts";
import { Fault } from "../../shared/errors.ts";

const meter: Meter = {
  id: "mtr_01M84J20000000000000000000",
  serial: "04062",
  point: "NEM1204062",
  kind: "electricity",
  registerUnit: "kWh",
  registeredAt: "2026-01-01T00:00:00.000Z",
};
const startS = Date.parse("2026-01-14T14:00:00Z") / 1000; // midnight of market time
const block = (more: Partial<DeliveredBlock["block"]> = {}): DeliveredBlock => ({
  asOfS: 0,
  deliveryId: "dlv",
  block: {
    kind: "intervals",
    channel: "main",
    unit: "Wh",
    flow: "consumption",
    startS,
    stepS: 1800,
    exponent: 0,
    values: Array.from({ length: 47 }, (_, i) => 100 + i),
    qualities: Array.from({ length: 47 }, (_, i) => (i < 2 ? "F52:71" : i === 2 ? "E" : "A")),
    ...more,
  },
});
const contents = (blocks: DeliveredBlock[], more: Partial<Meter> = {}) => ({
  meter: { ...meter, ...more },
  channels: channelsOf(blocks, 0, 4e9),
  timeZone: "America/New_York",
  madeAt: new Date("2026-11-25T12:00:00Z"),
});

// Guards against a file that other programs do not take: the records of the specification, field by field.
test("NEM12 has a day of market time with its gap as N and its ranges", () => {
  const lines = nem12Of(contents([block()])).split("\r\n");
  expect(lines.filter((line) => !line.startsWith("300"))).toEqual([
    "100,NEM12,202611252200,HANSA,CUSTOMER",
    "200,NEM1204062,E1,,E1,,04062,kWh,30,",
    "400,1,2,F52,71,",
    "400,3,3,S55,,",
    "400,4,47,A,,",
    "400,48,48,N,,",
    "900",
    "",
  ]);
  const day = lines.find((line) => line.startsWith("300"))!.split(",");
  expect(day.slice(0, 4)).toEqual(["300", "20260115", "0.1", "0.101"]);
  expect(day.slice(48)).toEqual(["0.146", "0", "V", "", "", "20261125220000", ""]);
});

test.each([
  ["water", contents([block({ unit: "L" })], { kind: "water" }), "NEM12 is of electricity"],
  [
    "registers",
    contents([block({ kind: "registers", stepS: 0, timesS: [startS], values: [1], qualities: ["A"] })]),
    "of this meter there are registers",
  ],
  ["two-hour intervals", contents([block({ stepS: 7200 })]), "here are some of 120"],
  ["intervals off the hour", contents([block({ startS: startS + 60 })]), "begin elsewhere"],
])("%s cannot be written as NEM12, and the refusal says what can", (_, what, reason) => {
  const refused = () => nem12Of(what);
  expect(refused).toThrow(Fault);
  expect(refused).toThrow(reason);
  expect(refused).toThrow("Ask for csv or green-button.");
});

test("CSV has each quantity and each register with its unit and quality", () => {
  const dial = block({
    kind: "registers",
    channel: "11-01",
    stepS: 0,
    startS,
    timesS: [startS, startS + 3600],
    values: [5, 9],
    qualities: ["A", "E64"],
    exponent: -1,
  });
  const rows = csvOf(contents([block({ values: [100], qualities: ["F52:71"] }), dial])).split("\r\n");
  expect(rows).toEqual([
    "meter,channel,flow,start,end,value,register,unit,quality",
    "04062,11-01,consumption,2026-01-14T14:00:00Z,,,0.5,Wh,A",
    "04062,11-01,consumption,2026-01-14T15:00:00Z,,,0.9,Wh,E64",
    "04062,main,consumption,2026-01-14T14:00:00Z,2026-01-14T14:30:00Z,100,,Wh,F52:71",
    "",
  ]);
});

test("Green Button says estimates, powers of ten and the direction by ESPI's numbers", () => {
  const back = block({ channel: "B1", flow: "feedIn", exponent: -1, values: [25], qualities: ["S14"] });
  const feed = greenButtonOf(
    contents([block({ values: [7, 8, 9], qualities: ["A", "E52", "F"] }), back], { serial: 'A<&>"1' }),
  );
  expect(feed).toContain("<title>A&lt;&amp;&gt;&quot;1</title>");
  expect(feed).toContain(
    `<IntervalReading><timePeriod><duration>1800</duration><start>${startS}</start></timePeriod><value>7</value></IntervalReading>`,
  );
  for (const part of [
    "<ServiceCategory><kind>0</kind></ServiceCategory>",
    "<flowDirection>1</flowDirection><intervalLength>1800</intervalLength><kind>12</kind><powerOfTenMultiplier>0</powerOfTenMultiplier>",
    "<flowDirection>19</flowDirection><intervalLength>1800</intervalLength><kind>12</kind><powerOfTenMultiplier>-1</powerOfTenMultiplier>",
    "<uom>72</uom>",
    "<ReadingQuality><quality>8</quality></ReadingQuality>",
    "<ReadingQuality><quality>17</quality></ReadingQuality>",
    "<ReadingQuality><quality>7</quality></ReadingQuality>",
    "<dstEndRule>B40E2000</dstEndRule><dstOffset>3600</dstOffset><dstStartRule>360E2000</dstStartRule><tzOffset>-18000</tzOffset>",
  ])
    expect(feed).toContain(part);
  expect(feed).not.toContain("<quality>0</quality>");
});

// The first is the rule that feeds of the United States have.
test.each([
  ["America/New_York", { tzOffset: -18_000, dstOffset: 3600, dstStartRule: "360E2000", dstEndRule: "B40E2000" }],
  ["Europe/Paris", { tzOffset: 3600, dstOffset: 3600, dstStartRule: "3E0E2000", dstEndRule: "AE0E3000" }],
  ["Africa/Nairobi", { tzOffset: 10_800, dstOffset: 0, dstStartRule: "FFFFFFFF", dstEndRule: "FFFFFFFF" }],
])("the clock's rules in %s", (zone, rules) => {
  expect(localTimeOf(new Date("2026-11-25T12:00:00Z"), zone)).toEqual(rules);
});
