import { describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

interface ProblemBody {
  type: string;
  status: number;
  code: string;
  detail?: string;
  instance: string;
  errors?: { pointer: string; detail: string }[];
}

async function problem(answer: Response): Promise<ProblemBody> {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const body = (await answer.json()) as ProblemBody;
  expect(body.status).toBe(answer.status);
  expect(JSON.stringify(body)).not.toMatch(/\bat .+:\d+:\d+|node_modules|\.ts:/); // no stack
  return body;
}

const meter = { serial: "A1", kind: "electricity", registerUnit: "kWh" };

describe(`bad input, ${target.name}`, () => {
  const asked = newCity();
  const bad = async (body: string, type = "application/json", path = "/v1/meters") => {
    const city: TestCity = await asked;
    return city.post(path, body, { as: "administrator", headers: { "Content-Type": type } });
  };

  test("a body that is not JSON is malformed", async () => {
    const answer = await bad("{not json");
    expect(answer.status).toBe(400);
    expect((await problem(answer)).code).toBe("malformed");
  });

  // Guards against a broken form that breaks us.
  test("a form that is not one is malformed, at a page and at a machine's door", async () => {
    const city = await asked;
    const headers = { "Content-Type": "multipart/form-data; boundary=x" };
    const token = await city.token("administrator");
    for (const path of ["/sign-in", "/v1/datasets", "/v1/readings"]) {
      const answer = await city.post(path, "garbage", { headers, as: path.startsWith("/v1") ? { token } : "nobody" });
      expect([400, 422], path).toContain(answer.status);
    }
  });

  test("a field that is not known, missing, or of the wrong type is named by a pointer", async () => {
    const answer = await bad(JSON.stringify({ ...meter, serial: 7, colour: "red" }));
    expect(answer.status).toBe(422);
    const pointers = (await problem(answer)).errors?.map((error) => error.pointer);
    expect(pointers).toContain("#/serial");
    expect(pointers).toContain("#/colour");
  });

  test.each(["null", "[]", '"text"', "12", "{}"])("%s is not what was asked for", async (body) => {
    const answer = await bad(body);
    expect(answer.status).toBe(422);
    expect((await problem(answer)).errors?.length).toBeGreaterThan(0);
  });

  // Guards against a text that is no Unicode, which no table keeps: it broke us.
  test("half a sign in a text, as JSON can escape it, is named by a pointer; a whole one is kept", async () => {
    const city = await asked;
    const account = (name: string) => city.post("/v1/accounts", { number: "W-1", name }, { as: "administrator" });
    for (const half of ["W\ud83d", "\udca7W"]) {
      const answer = await account(half);
      expect(answer.status).toBe(422);
      const detail = "This text has half a sign in it.";
      expect((await problem(answer)).errors).toEqual([{ pointer: "#/name", detail }]);
    }
    expect((await account("W\ud83d\udca7")).status).toBe(201);
  });

  test("a body that is too large is refused with 413", async () => {
    const answer = await bad(JSON.stringify({ ...meter, serial: "x".repeat(33 * 1024 * 1024) }));
    expect(answer.status).toBe(413);
  });

  test("a parameter out of bounds, or a cursor that was never given", async () => {
    const city = await asked;
    for (const query of ["limit=0", "limit=abc", "limit=100000"])
      expect((await city.get(`/v1/events?${query}`, { as: "administrator" })).status).toBe(422);
    const answer = await city.get("/v1/events?cursor=bm9uc2Vuc2U", { as: "administrator" });
    expect(answer.status).toBe(400);
    expect((await problem(answer)).code).toBe("malformed");
  });

  // Guards against an address that is longer than any key, which broke us at every page that looks for what it names.
  test("a name in an address that is longer than any key is of nothing, at a page and at a machine's door", async () => {
    const city = await asked;
    for (const long of ["a".repeat(3_000), encodeURIComponent("💧".repeat(300))])
      for (const path of [`/v1/payment-orders/${long}`, `/payments/${long}`, `/webhooks/stripe/${long}/x`]) {
        const answer = await city.get(path, { as: path.startsWith("/v1") ? "administrator" : "nobody" });
        expect(answer.status, path.slice(0, 30)).toBe(404);
      }
    // The longest that one can keep is looked for like any other.
    expect((await city.get(`/v1/meters/${"a".repeat(900)}`, { as: "administrator" })).status).toBe(422);
  });

  // Guards against an answer that tells whether a city, or a thing in it, exists.
  test("an unknown city, a missing thing and another city's thing are the same 404", async () => {
    const [city, other] = await Promise.all([asked, newCity()]);
    const made = await other.post("/v1/meters", { ...meter, serial: `S${Date.now()}` }, { as: "administrator" });
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as { id: string };
    const ownMissing = await city.get(`/v1/meters/${city.id("mtr")}`, { as: "administrator" });
    const foreign = await city.get(`/v1/meters/${id}`, { as: "administrator" });
    const nowhere = await fetch(`${target.url}/cities/no-such-city/v1/meters/${id}`);
    const texts = await Promise.all(
      [ownMissing, foreign, nowhere].map(async (answer) => {
        expect(answer.status).toBe(404);
        return (await answer.text()).replace(/urn:request:[0-9a-f-]+/, "urn:request:");
      }),
    );
    expect(new Set(texts).size).toBe(1);
  });

  test("a token that is forged, mangled or another city's is a 401, each the same", async () => {
    const [city, other] = await Promise.all([asked, newCity()]);
    const own = await city.token("administrator");
    const forged = `${own.slice(0, -4)}${own.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
    const tokens = [
      forged,
      "nonsense",
      "a.b.c",
      await other.token("administrator"),
      "sk_test_nonsense",
      "sk_live_nonsense",
    ];
    const texts = await Promise.all(
      tokens.map(async (token) => {
        const answer = await city.get("/v1/events", { as: { token } });
        expect(answer.status, token).toBe(401);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
        return (await answer.text()).replace(/urn:request:[0-9a-f-]+/, "urn:request:");
      }),
    );
    expect(new Set(texts).size).toBe(1);
    expect((await city.get("/v1/events")).status).toBe(401);
  });

  test("every kind of fault has a page that explains it", async () => {
    for (const kind of ["malformed", "absent", "invalid", "idempotency_mismatch", "unavailable"]) {
      const answer = await fetch(`${target.url}/problems/${kind}`, { headers: { Accept: "text/html" } });
      expect(answer.status, kind).toBe(200);
    }
    expect((await fetch(`${target.url}/problems/unheard-of`)).status).toBe(404);
  });

  // Guards against a form on another site that acts for whoever is signed in.
  test("a form from elsewhere, or without the page's token, is refused", async () => {
    const city = await asked;
    const browser = await city.browser("administrator");
    const without = await browser.submit("/staff/log/replays", { listener: "x" });
    expect(without.status).toBe(403);
    const elsewhere = await fetch(`${city.url}/sign-in`, {
      method: "POST",
      body: new URLSearchParams({ contact: city.administrator }),
      headers: { Origin: "https://elsewhere.example" },
      redirect: "manual",
    });
    expect(elsewhere.status).toBe(403);
  });

  test("a page's errors are pages, with what to do now and the number to quote", async () => {
    const city = await asked;
    const answer = await fetch(`${city.url}/no-such-page`, {
      headers: { Accept: "text/html", "Accept-Language": "fr" },
    });
    expect(answer.status).toBe(404);
    const html = await answer.text();
    expect(html).toContain("Il n’y a rien ici");
    expect(html).toContain(answer.headers.get("x-request-id"));
  });
});
