import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buckets, counted, type DeliveredBlock, usageBy } from "../../functions/meters/domain.ts";
import { takeIn } from "../../functions/meters/intake.ts";
import { unpack } from "../../functions/meters/packing.ts";
import { planOf } from "../../functions/meters/plan.ts";
import { readingsOf } from "../../functions/meters/reading.ts";
import { type Meter, Reading } from "../../functions/meters/schema.ts";
import { meterStore } from "../../functions/meters/store.ts";
import type { Here } from "../../shared/here.ts";
import { cityTable, type Write } from "../../shared/table.ts";
import { bytesOf, iso, readFile } from "../meter-files.ts";
import { testEngine } from "../setup/engine.ts";

const DAY_S = 86_400;
const ZONE = "Europe/Paris";
const day0 = Date.UTC(2026, 2, 27) / 1000; // the clock changes on the third day in Paris
const meter: Meter = {
  id: "mtr_01M84J20000000000000000000",
  serial: "E-2001",
  point: "NEM1202001",
  kind: "electricity",
  registerUnit: "Wh",
  registeredAt: "2026-01-01T00:00:00.000Z",
};

/** One word on the meter: in some format, on a day, made and received at some time. */
interface Word {
  format: keyof typeof WRITE;
  day: number;
  value: number;
  letter: string;
  madeAtS: number;
}
const market = (atS: number) =>
  iso(atS + 10 * 3600)
    .replace(/\D/g, "")
    .slice(0, 12);
const hours = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const DELTA = "0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0";
const message = (word: Word) => ({
  Header: { Verb: "created", Timestamp: iso(word.madeAtS) },
  Payload: {
    MeterReadings: {
      MeterReading: {
        Meter: { Names: { name: meter.serial } },
        IntervalBlocks: {
          ReadingType: { ref: DELTA },
          IntervalReadings: hours(0, 20).map((hour) => ({
            timeStamp: iso(day0 + word.day * DAY_S + (hour + 1) * 3600),
            value: word.value + hour,
            ReadingQualities: { ReadingQualityType: { ref: word.letter === "A" ? "1.0.0" : "2.8.0" } },
          })),
        },
      },
    },
  },
});
const xmlOf = (value: unknown): string =>
  typeof value !== "object" || value === null
    ? String(value)
    : Object.entries(value)
        .flatMap(([name, inner]) => (Array.isArray(inner) ? inner : [inner]).map((one) => [name, one] as const))
        .map(([name, one]) => (one?.ref ? `<${name} ref="${one.ref}"/>` : `<${name}>${xmlOf(one)}</${name}>`))
        .join("");
const WRITE = {
  nem12: (word: Word) =>
    `100,NEM12,${market(word.madeAtS)},A,B\n200,NEM1202001,E1,,E1,,E-2001,Wh,30,\n` +
    `300,${iso(day0 + word.day * DAY_S)
      .slice(0, 10)
      .replace(/-/g, "")},${hours(0, 48)
      .map((i) => word.value + i)
      .join(",")},${word.letter === "A" ? "A" : "E52"},,,,\n900\n`,
  nem13: (word: Word) =>
    `100,NEM13,${market(word.madeAtS)},A,B\n250,NEM1202001,E1,01,E1,,E-2001,E,${word.day * 9000 + word.value},${market(
      day0 + word.day * DAY_S,
    )},A,,,${(word.day + 1) * 9000 + word.value},${market(day0 + (word.day + 1) * DAY_S)},${word.letter === "A" ? "A" : "E64"},,,9000,Wh,,,\n900\n`,
  csv: (word: Word) =>
    `meter,start,end,Wh,quality\n${hours(0, 30)
      .map((hour) => {
        const atS = day0 + word.day * DAY_S + hour * 3600;
        return `E-2001,${iso(atS)},${iso(atS + 3600)},${word.value + hour},${word.letter}`;
      })
      .join("\n")}\n`,
  dial: (word: Word) =>
    `meter,time,register,unit\n${hours(0, 4)
      .map((i) => `E-2001,${iso(day0 + (word.day + i) * DAY_S)},${(word.day + i) * 8000 + word.value},Wh`)
      .join("\n")}\n`,
  cimXml: (word: Word) => `<EventMessage>${xmlOf(message(word))}</EventMessage>`,
  cimJson: (word: Word) => JSON.stringify(message(word)),
  greenButton: (word: Word) =>
    `<feed><updated>${iso(word.madeAtS)}</updated>` +
    [
      "<UsagePoint/>",
      "<MeterReading/>",
      "<ReadingType><uom>72</uom></ReadingType>",
      `<IntervalBlock>${hours(0, 50)
        .map(
          (i) =>
            `<IntervalReading><ReadingQuality><quality>${word.letter === "A" ? 0 : 8}</quality></ReadingQuality><timePeriod><duration>900</duration><start>${
              day0 + word.day * DAY_S + i * 900
            }</start></timePeriod><value>${word.value + i}</value></IntervalReading>`,
        )
        .join("")}</IntervalBlock>`,
    ]
      .map((content) => `<entry><title>E-2001</title><content>${content}</content></entry>`)
      .join("") +
    "</feed>",
};

const word: fc.Arbitrary<Word> = fc.record({
  format: fc.constantFrom(...(Object.keys(WRITE) as (keyof typeof WRITE)[])),
  day: fc.nat(4),
  value: fc.nat(500),
  letter: fc.constantFrom("A", "E"),
  // Few, so that two say something at the same time; some are received long after they were made.
  madeAtS: fc.integer({ min: 0, max: 3 }).map((hour) => day0 + 10 * DAY_S + hour * 3600),
});
const words = fc.array(word, { minLength: 2, maxLength: 9 });
const receivedAt = (one: Word) => new Date((one.madeAtS + 1800) * 1000);

/** What a delivery leaves in the table, as it is read again. */
function keptOf(one: Word): DeliveredBlock[] {
  const text = WRITE[one.format](one);
  const known = new Map([meter.serial, meter.point!].map((name) => [name, meter]));
  const plan = planOf(readFile(text, { timeZone: ZONE }), {
    deliveryId: text,
    known,
    register: false,
    timeZone: ZONE,
    now: receivedAt(one),
  });
  const asOfS = Date.parse(plan.delivery.asOf) / 1000;
  return plan.index.flatMap(({ pointers }) =>
    pointers.map(({ part, offset, length }) => ({
      block: unpack(plan.parts[part]!.subarray(offset, offset + length)),
      asOfS,
      deliveryId: text,
    })),
  );
}
const days = (blocks: DeliveredBlock[]) =>
  usageBy(buckets("day", day0 - DAY_S, day0 + 12 * DAY_S, ZONE), counted(blocks));

// Guards against a bill that depends on which system spoke first: late, twice, corrected, each in its own format.
test("any order of the same deliveries in any formats gives the same totals: 100 shuffles of each set", () => {
  fc.assert(
    fc.property(
      words,
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (all, chance) => {
        const next = () => chance.next().value as number;
        const deliveries = new Map(all.map((one) => [WRITE[one.format](one) + one.madeAtS, keptOf(one)]));
        const expected = days([...deliveries.values()].flat());
        for (let i = 0; i < 100; i++) {
          const arrived = [...deliveries.values()];
          for (let j = arrived.length - 1; j > 0; j--) {
            const k = Math.floor(next() * (j + 1));
            [arrived[j], arrived[k]] = [arrived[k]!, arrived[j]!];
          }
          expect(days(arrived.flat())).toEqual(expected);
        }
      },
    ),
    { numRuns: 15 },
  );
});

let set: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  set = await testEngine();
});
afterAll(() => set.engine.stop());

test("so it is in the table, where a delivery that comes again is there already", async () => {
  const one = fc.sample(
    words.filter((some) => new Set(some.map(({ format }) => format)).size >= 4),
    { numRuns: 1, seed: 7 },
  )[0]!;
  // The same file is one delivery, which was received once.
  const all = [...new Map(one.map((each) => [WRITE[each.format](each), each])).values()];
  const answers = [];
  for (const [i, arrived] of [all, all.toReversed(), [...all.slice(2), ...all, ...all.slice(0, 2)]].entries()) {
    const table = cityTable(set.client, set.tableName, `orders-${i}`);
    const clock = { at: new Date(), now: () => clock.at, wake: async () => {} };
    const here = {
      city: { timeZone: ZONE },
      table,
      clock,
      commit: async (writes: readonly Write[]) => table.transact(writes),
    } as unknown as Here;
    await meterStore(here).create(meter);
    for (const each of arrived) {
      clock.at = receivedAt(each);
      await takeIn(here, bytesOf(WRITE[each.format](each)), Reading.parse({}), "key_head_end");
    }
    const [from, to] = [new Date((day0 - DAY_S) * 1000), new Date((day0 + 12 * DAY_S) * 1000)];
    answers.push((await readingsOf(here, meter, from, to, "day", 0)).readings);
  }
  expect(answers[0]!.some((day) => day.quantity > 0)).toBe(true);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});
