import { describe, expect, test } from "vitest";
import { newId } from "../../shared/ids.ts";
import { cityAt, newCity, operator, target } from "../city.ts";

const slug = () => newId("c", new Date()).replace("_", "-").toLowerCase();
const order = (more: object = {}) => ({
  name: "Grand-Bassam",
  slug: slug(),
  country: "CI",
  currency: "XOF",
  languages: ["fr"],
  timeZone: "Africa/Abidjan",
  administrator: "07 07 12 34 56",
  ...more,
});
const add = (body: object) => operator.post("/control/v1/cities", body);

const square = [
  [-4, 5],
  [-3, 5],
  [-3, 6],
  [-4, 5],
];

describe(`bringing a city in, ${target.name}`, () => {
  test("within seconds the portal answers, the administrator signs in, and the contract is there", async () => {
    const started = performance.now();
    const wanted = order({ boundary: { type: "Polygon", coordinates: [square] } });
    const made = await add(wanted);
    expect(made.status).toBe(201);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await made.json()).toMatchObject({ slug: wanted.slug, state: "open", name: "Grand-Bassam" });
    const city = cityAt(wanted.slug, wanted.name, "+2250707123456");
    expect((await city.get("/")).status).toBe(200);
    const document = (await (await city.get("/openapi.json")).json()) as { openapi: string };
    expect(document.openapi).toMatch(/^3\.1/);
    const me = await city.get("/v1/me", { as: "administrator" });
    expect(await me.json()).toMatchObject({ contacts: ["+2250707123456"], roles: ["resident", "administrator"] });
  });

  test("the same order sent again, also at the same time, brings in one city; another order for it is refused", async () => {
    const wanted = order({ boundary: { type: "Polygon", coordinates: [square] } });
    const both = await Promise.all([add(wanted), add(wanted)]);
    expect(both.every(({ status }) => status === 201 || status === 200)).toBe(true);
    expect((await add(wanted)).status).toBe(200);
    expect((await add({ ...wanted, name: "Another" })).status).toBe(409);
    const city = cityAt(wanted.slug, wanted.name, "+2250707123456");
    const { staff } = (await (await city.get("/v1/staff", { as: "administrator" })).json()) as { staff: object[] };
    expect(staff).toHaveLength(1);
  });

  test.each([
    ["slug", { slug: "Grand Bassam" }],
    ["slug", { slug: "ab" }],
    ["slug", { slug: "a--b" }],
    ["slug", { slug: "marketplace" }],
    ["slug", { slug: "x".repeat(41) }],
    ["country", { country: "ZZ" }],
    ["country", { country: "ci" }],
    ["currency", { currency: "XXY" }],
    ["languages", { languages: [] }],
    ["languages", { languages: ["fr", "fr"] }],
    ["languages", { languages: ["tlh"] }],
    ["timeZone", { timeZone: "Africa/Atlantis" }],
    ["administrator", { administrator: "nobody" }],
    ["boundary", { boundary: { type: "Point", coordinates: [0, 0] } }],
    ["boundary", { boundary: { type: "Polygon", coordinates: [[...square.slice(0, 3), [-4, 5.1]]] } }],
    ["boundary", { boundary: { type: "Polygon", coordinates: [[[-400, 5], ...square]] } }],
    ["mayor", { mayor: "Awa" }],
  ])("a mistake in %s is named, and nothing is begun: %j", async (field, wrong) => {
    const wanted = order(wrong);
    const answer = await add(wanted);
    expect(answer.status).toBe(422);
    const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
    expect(errors.some(({ pointer }) => pointer.startsWith(`#/${field}`))).toBe(true);
    expect((await operator.get(`/control/v1/cities/${wanted.slug}`)).status).toBe(404);
  });

  test("only the operator brings cities in, lists, exports and ends them", async () => {
    const city = await newCity();
    const token = await city.token("administrator");
    for (const headers of [{}, { Authorization: `Bearer ${token}` }, { Authorization: "Bearer nonsense" }])
      for (const [method, path] of [
        ["POST", "/control/v1/cities"],
        ["GET", "/control/v1/cities"],
        ["GET", `/control/v1/cities/${city.slug}`],
        ["GET", `/control/v1/cities/${city.slug}/export`],
        ["POST", `/control/v1/cities/${city.slug}/retry`],
        ["POST", "/control/v1/cities/import"],
        ["DELETE", `/control/v1/cities/${city.slug}`],
        ["GET", "/control/v1/outbox"],
      ] as const) {
        const answer = await fetch(target.url + path, {
          method,
          headers: { ...headers, "Content-Type": "application/json" },
          body: method === "POST" ? "{}" : undefined,
        });
        expect(answer.status, `${method} ${path}`).toBe(401);
      }
  });

  test("a city that is open has no step left to try again; an unknown one is absent", async () => {
    const city = await newCity();
    expect((await operator.post(`/control/v1/cities/${city.slug}/retry`, {})).status).toBe(409);
    expect((await operator.post("/control/v1/cities/no-such-city/retry", {})).status).toBe(404);
    expect((await operator.get("/control/v1/cities/no-such-city/export")).status).toBe(404);
    expect((await operator.delete("/control/v1/cities/no-such-city")).status).toBe(404);
  });
});

describe(`the operator's sign-in, ${target.name}`, () => {
  test("a link that was used, or was never given out, opens nothing, on the page and for programs", async () => {
    for (const token of ["x".repeat(43), ""]) {
      const answer = await fetch(`${target.url}/control/v1/sessions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ token }),
      });
      expect(answer.status).toBe(token ? 401 : 422);
    }
    const page = await fetch(`${target.url}/control/sign-in`, {
      method: "POST",
      body: new URLSearchParams({ token: "x".repeat(43) }),
      redirect: "manual",
    });
    expect(page.status).toBe(401);
    expect(page.headers.getSetCookie().some((line) => line.startsWith("hansa_operator"))).toBe(false);
  });

  // Guards against a mail program's preview that uses the link up, and a stranger who looks in.
  test("fetching the link's page does not use it; the desk is shown to operators only", async () => {
    const shown = await fetch(`${target.url}/control/sign-in?token=${"x".repeat(43)}`);
    expect(await shown.text()).toContain('name="token"');
    const desk = await fetch(`${target.url}/control`, { redirect: "manual" });
    expect([desk.status, desk.headers.get("location")]).toEqual([303, "/control/sign-in?next=%2Fcontrol"]);
  });
});
