import assert from "node:assert/strict";
import { run, usualOf } from "./index.mjs";

// Plain functions: `hansa test` calls each, and so may any other runner.

const meterId = "mtr_1";
const days = (...litres) =>
  litres.map((quantity, i) => ({ meterId, day: `2026-11-${String(10 + i)}`, quantity, coverage: 1 }));
const found = (all, times = 3) => run({ meterIds: [meterId] }, { days: all }, { times });

export function threeTimesTheUsualIsTold() {
  assert.deepEqual(found(days(100, 110, 90, 320)), [
    { scope: "alarms.alarms:raise", about: meterId, fields: { text: "much-more", value: 3.2, on: "2026-11-13" } },
  ]);
}

export function twiceTheUsualIsNot() {
  assert.deepEqual(found(days(100, 110, 90, 200)), []);
  assert.equal(found(days(100, 110, 90, 200), 2).length, 1);
}

export function withFewDaysNothingIsUsual() {
  assert.deepEqual(found(days(100, 900)), []);
  assert.deepEqual(run({}, {}, { times: 3 }), []);
}

export function theUsualIsTheMean() {
  assert.equal(usualOf(days(1, 2, 6)), 3);
}
