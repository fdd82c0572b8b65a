import assert from "node:assert/strict";
import { lowestOfNights, run, runFromTheEnd } from "./index.js";

// Plain functions: `hansa test` calls each, and so may any other runner.

const METER = "mtr_1";
const night = (day, litres, coverage = 1) =>
  litres.map((quantity, i) => ({ meterId: METER, day, hour: 2 + i, quantity, coverage }));
const found = (nights) => run({ meterIds: [METER] }, { nights }, { litres: 10, nights: 2 });

export function oneDryHourIsNoLeak() {
  const first = night("2026-11-19", [12, 12, 12]);
  assert.equal(found([...first, ...night("2026-11-20", [12, 12, 12])]).length, 2);
  assert.deepEqual(found([...first, ...night("2026-11-20", [12, 9, 12])]), []);
}

export function aNightThatWasNotReadWholeIsNoLeak() {
  const first = night("2026-11-19", [12, 12, 12]);
  assert.deepEqual(found([...first, ...night("2026-11-20", [12, 12])]), []);
  assert.deepEqual(found([...first, ...night("2026-11-20", [12, 12, 12], 0.5)]), []);
}

export function nightsAreInTheirOrder() {
  const nights = lowestOfNights([...night("2026-11-20", [5, 6, 7]), ...night("2026-11-19", [1, 2, 3])]);
  assert.deepEqual(
    nights.map(({ day, lowest }) => [day, lowest]),
    [
      ["2026-11-19", 1],
      ["2026-11-20", 5],
    ],
  );
  assert.deepEqual(runFromTheEnd(nights, 2), [nights[1]]);
}
