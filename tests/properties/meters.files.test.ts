import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { readMeterFile } from "../../functions/meters/formats/file.ts";
import { opened } from "../../functions/meters/opening.ts";
import { planOf } from "../../functions/meters/plan.ts";
import { textOf } from "../../shared/delimited.ts";
import { Fault } from "../../shared/errors.ts";

const bytes = (path: string) => new Uint8Array(readFileSync(new URL(`../data/${path}`, import.meta.url)));
const nem12 = new TextDecoder().decode(
  Object.values(unzipSync(bytes("nem12/NEM12_000000000000004_CNRGYMDP_NEMMCO.zip")))[0],
);
const hourly = gunzipSync(bytes("meters/il-gas-hourly.csv.gz")).toString("utf8").split("\n").slice(0, 60).join("\n");
const dials = "meter;date;index\nM1;01/01/2026;1,5\nM1;01/02/2026;2,5\nM2;01/01/2026;7\n";

/** What becomes of a file: how many readings, or its mistakes; anything else that is thrown fails the test. */
function fate(text: string): number | string[] {
  try {
    const file = readMeterFile(new TextEncoder().encode(text), { timeZone: "Europe/Paris", meter: "M1" });
    const now = new Date("2026-11-23T12:00:00Z");
    const plan = planOf(file, {
      deliveryId: "dlv",
      known: new Map(),
      register: true,
      kind: "gas",
      timeZone: "Europe/Paris",
      now,
    });
    return plan.delivery.readings;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "invalid") throw error;
    return error.members.errors!.map(({ pointer }) => pointer);
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    ",",
    ";",
    "\n",
    "\r\n",
    '"',
    "",
    "-",
    "900",
    "200,",
    "300,",
    "400,1,48,A,,",
    "NaN",
    "1e999",
    "\u0000",
    "\ufeff",
    "٣",
    "20260329T02:30",
    "-1",
    "9".repeat(40),
    "</",
    "<x>",
    "&#0;",
    "null",
    "{}",
    "[",
    "-1.5",
    "xmlns:q=",
  ),
  fc.string({ maxLength: 5, unit: "binary" }),
);
/** Cuts a part of a file out and puts something else in its place, a few times over. */
const damage = fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(60), piece }), {
  minLength: 1,
  maxLength: 4,
});

type Wound = typeof damage extends fc.Arbitrary<(infer T)[]> ? T : never;
const hurt = (whole: string, wounds: readonly Wound[]): string =>
  wounds.reduce((text, { at, length, piece: put }) => {
    const start = Math.floor(at * text.length);
    return text.slice(0, start) + put + text.slice(start + length);
  }, whole);

// Guards against a file that breaks the reader instead of being refused: never a 500, always a line of the file.
test.each([
  ["NEM12", nem12],
  ["hourly", hourly],
  ["dials", dials],
])("a damaged %s file is read or refused by line", (_, whole) => {
  fc.assert(
    fc.property(damage, (wounds) => {
      const text = hurt(whole, wounds);
      const found = fate(text);
      const lines = text.split(/\r\n|\r|\n/).length;
      if (typeof found === "number") expect(found).toBeGreaterThan(0);
      else {
        expect(found.length).toBeGreaterThan(0);
        for (const pointer of found) {
          const line = Number(/^#\/line\/(\d+)$/.exec(pointer)?.[1]);
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines + 1);
        }
      }
    }),
    { numRuns: 400 },
  );
});

const valid = (name: string) => new TextDecoder().decode(bytes(`meters/valid/${name}`));
// Guards against a document that breaks the reader: never a 500, always a line or the path of an element.
test.each(["cim.xml", "cim.json", "green-button.xml", "nem13.csv"])("a damaged %s is read or refused", (name) => {
  const whole = valid(name);
  expect(fate(whole)).toBeGreaterThan(0);
  fc.assert(
    fc.property(damage, (wounds) => {
      const text = hurt(whole, wounds);
      const found = fate(text);
      if (typeof found === "number") expect(found).toBeGreaterThan(0);
      else expect(found.filter((pointer) => !/^#\/(line\/\d+|\w+\/.+)$/.test(pointer))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

// Guards against a damaged packing that brings the process down.
test("damaged zip and gzip are opened or refused", () => {
  for (const path of ["nem12/NEM12_000000000000004_CNRGYMDP_NEMMCO.zip", "meters/il-gas-hourly.csv.gz"]) {
    const whole = bytes(path);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        (wounds, cut) => {
          const hurt = whole.slice(0, cut % 3 === 0 ? cut % whole.length : whole.length);
          for (const [at, value] of wounds) if (at < hurt.length) hurt[at] = value;
          try {
            textOf(opened(hurt));
          } catch (error) {
            expect(error).toBeInstanceOf(Fault);
          }
        },
      ),
      { numRuns: 150 },
    );
  }
});
