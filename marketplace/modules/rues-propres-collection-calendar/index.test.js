import assert from "node:assert/strict";
import { messageFor, run, weekdayIn } from "./index.js";

// Plain functions: `hansa test` calls each, and so may any other runner.

export function daysAreReadInFourLanguages() {
  assert.deepEqual(["Monday", " mardi ", "الجمعة", "Àjjuma", "Firday"].map(weekdayIn), [1, 2, 5, 5, undefined]);
}

export function anUnknownKindIsACollection() {
  assert.deepEqual(["Recycling", "paint"].map(messageFor), ["put-out-recycling", "put-out"]);
}

export function onlyTomorrowsZonesAreTold() {
  const calendar = [
    { zone: 3, weekday: "Friday", kind: "recycling" },
    { zone: 4, weekday: "Monday", kind: "recycling" },
  ];
  const effects = run({ weekday: 5, tomorrow: "2026-11-27" }, { calendar });
  assert.deepEqual(
    effects.map(({ fields }) => fields.answers),
    ["3"],
  );
}
