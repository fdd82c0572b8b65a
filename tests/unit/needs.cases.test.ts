import { expect, test } from "vitest";
import { Case } from "../../marketplace/contract/need.ts";
import { CASE_KINDS, CASES_MAX, draftsIn } from "../../marketplace/needs/case-drafts.ts";
import { CasesForm } from "../../marketplace/needs/case-form.tsx";
import { caseIn, guessed } from "../../marketplace/needs/case-reading.ts";
import type { Typed } from "../../marketplace/typed.ts";
import { LANGS } from "../../shared/texts.ts";

const read = (typed: Typed, lang: (typeof LANGS)[number] = "en") =>
  draftsIn(typed).map((draft, i) => caseIn(draft, `#/cases/${i}`, "EUR", lang));
/** The fields of the first case, each by its name alone. */
const first = (kind: string, typed: Record<string, string>): Typed =>
  Object.fromEntries(Object.entries({ kind, ...typed }).map(([name, value]) => [`case.0.${name}`, value]));
const lines = (name: string, ...all: Record<string, string>[]) =>
  Object.fromEntries(
    all.flatMap((cells, n) => Object.entries(cells).map(([column, value]) => [`${name}.${n}.${column}`, value])),
  );

// The examples of the README of needs, typed instead of written.
test("each kind of case can be typed, and becomes what the contract says", () => {
  const typed = {
    tariff: first("tariff", { name: "ten m³", of: "water", quantity: "10", total: "15,00" }),
    indicator: first("indicator", {
      ...{ name: "losses", value: "0,2", tolerance: "0.001" },
      ...lines("rows", { table: "zones", column: "in", value: "10" }, { table: "zones", column: "out", value: "٨" }),
    }),
    procedure: first("procedure", {
      ...{ name: "a stall", today: "2026-11-26", fee: "12", moves: "pay, allow" },
      ...lines("answers", { question: "width", value: "3" }, { question: "days", value: "[mon, tue]" }),
    }),
    acts: first("acts:meters.readings_kept.v1", {
      ...{ name: "a leak", now: "2026-11-26T05:00", "event.meterIds": "mtr_1" },
      ...lines(
        "reads",
        { as: "hours", row: "1", column: "quantity", value: "40" },
        { as: "hours", row: "2", column: "quantity", value: "41" },
      ),
      ...lines("config", { setting: "litres", value: "20" }),
      ...lines(
        "effects",
        { effect: "1", scope: "own.rows:write", about: "leaks", field: "meter", value: "mtr_1" },
        { effect: "1", field: "is_sure", value: "true" },
        { effect: "2", scope: "alarms.alarms:raise", about: "mtr_1" },
      ),
    }),
  };
  const cases = Object.values(typed).map((one) => {
    const [{ value, errors } = { value: {}, errors: [] }] = read(one);
    expect(errors).toEqual([]);
    return Case.parse(value);
  });
  expect(cases).toEqual([
    { kind: "tariff", name: "ten m³", of: "water", currency: "EUR", quantity: 10_000, totalMinor: 1_500 },
    { kind: "indicator", name: "losses", rows: { zones: [{ in: 10, out: 8 }] }, value: 0.2, tolerance: 0.001 },
    {
      ...{ kind: "procedure", name: "a stall", today: "2026-11-26", currency: "EUR", feeMinor: 1_200 },
      ...{ answers: { width: 3, days: ["mon", "tue"] }, wrong: [], moves: ["pay", "allow"] },
    },
    {
      ...{ kind: "acts", name: "a leak", on: "meters.readings_kept.v1", now: "2026-11-26T05:00:00.000Z" },
      ...{ event: { meterIds: ["mtr_1"] }, reads: { hours: [{ quantity: 40 }, { quantity: 41 }] } },
      config: { litres: 20 },
      effects: [
        { scope: "own.rows:write", about: "leaks", fields: { meter: "mtr_1", is_sure: true } },
        { scope: "alarms.alarms:raise", about: "mtr_1", fields: {} },
      ],
    },
  ]);
});

test("each mistake names its field, in the reader’s language", () => {
  const typed = {
    ...first("tariff", { of: "water", quantity: "0,0005", total: "much" }),
    ...{ "case.3.kind": "indicator", "case.3.name": "x", "case.3.value": "no", "case.3.rows.4.value": "1" },
  };
  const errors = LANGS.map((lang) => read(typed, lang).flatMap((one) => one.errors));
  const at = ["0/name", "0/quantity", "0/total", "1/rows", "1/rows", "1/value"].map((path) => `#/cases/${path}`);
  for (const said of errors) expect(said.map(({ pointer }) => pointer)).toEqual(at);
  expect(new Set(errors.map(([one]) => one!.detail)).size).toBe(3);
  expect(errors[0]!.map(({ detail }) => detail)).toContain("Line 5 lacks something: Table.");
});

test("a value without a type is read by what it looks like", () => {
  const read = { "12,5": 12.5, "-3": -3, "0": 0, true: true, '"12"': "12", "0123": "0123", "[]": [], "a, b": "a, b" };
  expect(Object.keys(read).map(guessed)).toEqual(Object.values(read));
});

// Guards against a stranger’s form that makes the house work, or that brings a kind that is none.
test("cases are added and left out by buttons alone, and never more than a need may have", () => {
  const kinds = (typed: Typed) => draftsIn(typed).map(({ kind }) => kind);
  expect(kinds({ do: "add", add: "tariff" })).toEqual(["tariff"]);
  expect(kinds({ ...first("tariff", { out: "yes" }), do: "add", add: "indicator" })).toEqual(["indicator"]);
  expect(kinds({ do: "add", add: "__proto__" })).toEqual([]);
  expect(kinds({ ...first("constructor", {}), "case.0.__proto__": "x" })).toEqual([]);
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`case.${i}.kind`, "tariff"]));
  expect(kinds(many)).toHaveLength(CASES_MAX);
  for (const lang of LANGS)
    for (const kind of CASE_KINDS) {
      const form = String(CasesForm({ lang, currency: "XOF", errors: [], drafts: [{ kind, typed: { name: "<b>" } }] }));
      expect(form).toContain('name="case.0.name"');
      expect(form).not.toContain("<b>");
    }
});
