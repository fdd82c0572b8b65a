import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newCity, type TestCity } from "../city.ts";

// What somebody may do in a city, and see of it: enough to mix two cities up, if anything could.
type Step =
  | { what: "dataset"; n: number }
  | { what: "meter"; n: number }
  | { what: "account"; n: number }
  | { what: "list" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant("dataset" as const), n: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ what: fc.constant("meter" as const), n: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ what: fc.constant("account" as const), n: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ what: fc.constant("list" as const) }),
);

/** What an answer says, without what differs each time: ids, what follows from them, times, digests of them, and the city's own name. */
async function said(city: TestCity, answer: Response): Promise<string> {
  const text = (await answer.text())
    .replaceAll(city.slug, "CITY")
    .replaceAll(/\b[a-z]{2,5}_[0-9A-Z]{26}\b/g, "ID")
    .replaceAll(/"reference":"[0-9A-Z-]+"/g, "REFERENCE")
    .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "TIME")
    .replaceAll(/urn:request:[\w-]+/g, "REQUEST");
  return `${answer.status} ${text}`;
}

async function take(city: TestCity, one: Step): Promise<string[]> {
  const as = { as: "administrator" as const };
  if (one.what === "meter")
    return [
      await said(city, await city.post("/v1/meters", { serial: `S${one.n}`, kind: "water", registerUnit: "L" }, as)),
    ];
  if (one.what === "account")
    return [
      await said(
        city,
        await city.post(
          "/v1/accounts",
          { number: `A-${one.n}`, name: `N${one.n}`, contact: `c${one.n}@x.example` },
          { as: "agent" },
        ),
      ),
    ];
  if (one.what === "dataset") {
    const fields = { title: `Set ${one.n}`, licence: "CC0", source: "test", personal: "none" };
    const drafted = await city.upload("/v1/datasets", "a.csv", `n\n${one.n}\n`, { ...as, fields });
    if (drafted.status !== 201) return [await said(city, drafted)];
    const { id } = (await drafted.json()) as { id: string };
    return [await said(city, await city.post(`/v1/datasets/${id}/publish`, undefined, as))];
  }
  const seen = await Promise.all([
    city.get("/v1/datasets"),
    city.get("/v1/meters", as),
    city.get("/v1/accounts", { as: "agent" }),
  ]);
  return Promise.all(seen.map((answer) => said(city, answer)));
}

async function alone(steps: readonly Step[]): Promise<string[]> {
  const city = await newCity();
  const answers: string[] = [];
  for (const one of steps) answers.push(...(await take(city, one)));
  return answers;
}

describe("two cities at once", () => {
  // Guards against any state that requests of two cities share: a cache, a handle, a variable.
  test("interleaved, each is answered exactly as it would be alone", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (first, second, turns) => {
          const [a, b] = await Promise.all([newCity(), newCity()]);
          const [left, right] = [[...first], [...second]];
          const [answersA, answersB]: [string[], string[]] = [[], []];
          for (const turn of [...turns, ...turns]) {
            // Now and then both at the same moment.
            const both = await Promise.all([
              (turn || right.length === 0) && left.length > 0 ? take(a, left.shift()!) : [],
              (!turn || left.length === 0) && right.length > 0 ? take(b, right.shift()!) : [],
            ]);
            answersA.push(...both[0]);
            answersB.push(...both[1]);
          }
          while (left.length > 0) answersA.push(...(await take(a, left.shift()!)));
          while (right.length > 0) answersB.push(...(await take(b, right.shift()!)));
          expect(answersA).toEqual(await alone(first));
          expect(answersB).toEqual(await alone(second));
        },
      ),
      { numRuns: 12 },
    );
  }, 120_000);

  test("a city's token, id and page open nothing in the other, whichever asked last", async () => {
    const [a, b] = await Promise.all([newCity(), newCity()]);
    const made = await a.post(
      "/v1/meters",
      { serial: "X1", kind: "water", registerUnit: "L" },
      { as: "administrator" },
    );
    const { id } = (await made.json()) as { id: string };
    const tokenOfA = await a.token("administrator");
    for (let i = 0; i < 5; i++) {
      expect((await b.get(`/v1/meters/${id}`, { as: "administrator" })).status).toBe(404);
      expect((await a.get(`/v1/meters/${id}`, { as: "administrator" })).status).toBe(200);
      expect((await b.get("/v1/events", { as: { token: tokenOfA } })).status).toBe(401);
    }
  });
});
