import { describe, expect, test } from "vitest";
import { newCity, operator, type TestCity, target } from "../city.ts";

interface Opened {
  token: string;
}

const codeOf = async (city: TestCity, contact: string) => /\b\d{6}\b/.exec((await city.messages(contact))[0] ?? "")![0];
const wrongFor = (code: string) => code.replace(/\d$/, (last) => String((Number(last) + 1) % 10));
const claim = (token: string) => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as object;

describe(`identity, ${target.name}`, () => {
  test("a code that was sent opens a session once", async () => {
    const city = await newCity();
    const asked = await city.post("/v1/sign-in-codes", { contact: "06 39 98 12 34" });
    expect([asked.status, await asked.json()]).toEqual([202, { expiresInS: 600 }]);
    const code = await codeOf(city, "+33639981234");
    const opened = await city.post("/v1/sessions", { contact: "+33 639 98 12 34", code });
    expect(opened.status).toBe(201);
    const { token } = (await opened.json()) as Opened;
    const me = await city.get("/v1/me", { as: { token } });
    expect(await me.json()).toEqual({
      id: expect.stringMatching(/^per_/),
      contacts: ["+33639981234"],
      roles: ["resident"],
    });
    // A code in a lost telephone's history opens nothing.
    const again = await city.post("/v1/sessions", { contact: "+33639981234", code });
    expect(again.status).toBe(401);
  });

  // Guards against guessing: a million codes, five guesses.
  test("five wrong codes void the right one, and all refusals read the same", async () => {
    const city = await newCity();
    const contact = "awa@example.org";
    await city.post("/v1/sign-in-codes", { contact });
    const code = await codeOf(city, contact);
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await city.post("/v1/sessions", { contact, code: wrongFor(code) }));
    answers.push(await city.post("/v1/sessions", { contact, code }));
    answers.push(await city.post("/v1/sessions", { contact: "nobody@example.org", code }));
    const texts = await Promise.all(
      answers.map(async (answer) => {
        expect(answer.status).toBe(401);
        return (await answer.text()).replace(/urn:request:[0-9a-f-]+/, "");
      }),
    );
    expect(new Set(texts).size).toBe(1);
  });

  test("guesses that arrive together do not share a try", async () => {
    const city = await newCity();
    const contact = "awa@example.org";
    await city.post("/v1/sign-in-codes", { contact });
    const code = await codeOf(city, contact);
    const wrong = Array.from({ length: 20 }, () => city.post("/v1/sessions", { contact, code: wrongFor(code) }));
    expect(new Set((await Promise.all(wrong)).map(({ status }) => status))).toEqual(new Set([401]));
    // Of twenty at once at least one counted; whoever goes on one by one comes to the end of five.
    for (let i = 0; i < 5; i++) await city.post("/v1/sessions", { contact, code: wrongFor(code) });
    expect((await city.post("/v1/sessions", { contact, code })).status).toBe(401);
  });

  test("the right code sent twice at once opens one session", async () => {
    const city = await newCity();
    const contact = "awa@example.org";
    await city.post("/v1/sign-in-codes", { contact });
    const code = await codeOf(city, contact);
    const both = await Promise.all([1, 2].map(() => city.post("/v1/sessions", { contact, code })));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 401]);
  });

  test("a newer code makes the older one void", async () => {
    const city = await newCity();
    const contact = "awa@example.org";
    await city.post("/v1/sign-in-codes", { contact });
    const older = await codeOf(city, contact);
    await city.post("/v1/sign-in-codes", { contact });
    const newer = await codeOf(city, contact);
    if (older !== newer) expect((await city.post("/v1/sessions", { contact, code: older })).status).toBe(401);
    expect((await city.post("/v1/sessions", { contact, code: newer })).status).toBe(201);
  });

  // Guards against flooding somebody's telephone, and against the city's bill for it.
  test("the sixth code for a contact within a quarter of an hour is refused with when to come back", async () => {
    const city = await newCity();
    const contact = "+33 6 39 98 00 01";
    for (let i = 0; i < 5; i++) expect((await city.post("/v1/sign-in-codes", { contact })).status).toBe(202);
    const refused = await city.post("/v1/sign-in-codes", { contact: "+33639980001" });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await city.messages("+33639980001")).length).toBe(5);
    expect((await city.post("/v1/sign-in-codes", { contact: "+33639980002" })).status).toBe(202);
    const page = await (await city.browser()).submit("/sign-in", { contact });
    expect([page.status, page.headers.get("retry-after") !== null]).toEqual([429, true]);
  });

  // Guards against learning from the answer who lives here.
  test("asking for a code tells nothing about who is known", async () => {
    const city = await newCity();
    const answers = await Promise.all(
      [city.administrator, "stranger@example.org"].map((contact) => city.post("/v1/sign-in-codes", { contact })),
    );
    const [known, unknown] = await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]));
    expect(known).toEqual(unknown);
  });

  test.each(["", "x", "awa@", "@example.org", "a b@example.org", "12", "+99912345678"])(
    "%j is no contact",
    async (contact) => {
      const city = await newCity();
      const answer = await city.post("/v1/sign-in-codes", { contact });
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ errors: [{ pointer: "#/contact" }] });
    },
  );

  test("signing out ends the token at once, and only this one", async () => {
    const city = await newCity();
    const [one, other] = [await city.signIn("awa@example.org"), await city.signIn("awa@example.org")];
    expect((await city.delete("/v1/sessions/current", { as: { token: one } })).status).toBe(204);
    expect((await city.get("/v1/me", { as: { token: one } })).status).toBe(401);
    expect((await city.get("/v1/me", { as: { token: other } })).status).toBe(200);
  });

  // Guards against a token that says more than the city does.
  test("a token names its city, carries no role, and an unsigned or re-signed one is refused", async () => {
    const city = await newCity();
    const token = await city.token("administrator");
    expect(Object.keys(claim(token)).sort()).toEqual(["aud", "exp", "iat", "jti", "sub"]);
    expect(claim(token)).toMatchObject({ aud: city.slug });
    const [, payload] = token.split(".");
    const header = (alg: string) => Buffer.from(JSON.stringify({ alg, typ: "JWT" })).toString("base64url");
    for (const forged of [`${header("none")}.${payload}.`, `${header("HS256")}.${payload}.AAAA`])
      expect((await city.get("/v1/me", { as: { token: forged } })).status).toBe(401);
  });

  test("roles open and close what they name, from the next request on", async () => {
    const city = await newCity();
    const contact = "clerk@example.org";
    const token = await city.signIn(contact);
    expect((await city.get("/v1/staff", { as: { token } })).status).toBe(403);
    const given = await city.post("/v1/staff", { contact, roles: ["administrator"] }, { as: "administrator" });
    expect(await given.json()).toMatchObject({ contacts: [contact], roles: ["resident", "administrator"] });
    expect((await city.get("/v1/staff", { as: { token } })).status).toBe(200);
    // Taking a role ends the person's sessions: an old window must not go on.
    await city.post("/v1/staff", { contact, roles: [] }, { as: "administrator" });
    expect((await city.get("/v1/me", { as: { token } })).status).toBe(401);
    const { staff } = (await (await city.get("/v1/staff", { as: "administrator" })).json()) as { staff: object[] };
    expect(staff).toHaveLength(1);
  });

  test("people with a role, and keys of programs, come page by page", async () => {
    const city = await newCity();
    const as = { as: "administrator" } as const;
    for (const n of [1, 2]) {
      await city.post("/v1/staff", { contact: `clerk${n}@example.org`, roles: ["agent"] }, as);
      await city.post("/v1/keys", { name: `Key ${n}`, scopes: ["log.events:read"] }, as);
    }
    for (const [path, name, count] of [
      ["/v1/staff", "staff", 3],
      ["/v1/keys", "keys", 2],
    ] as const) {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const page = (await (await city.get(`${path}?limit=1${query}`, as)).json()) as Record<string, unknown>;
        ids.push(...(page[name] as { id: string }[]).map(({ id }) => id));
        cursor = page["next"] as string | undefined;
      } while (cursor !== undefined);
      expect(new Set(ids).size, path).toBe(count);
      expect((await city.get(`${path}?limit=0`, as)).status).toBe(422);
      expect((await city.get(`${path}?cursor=x`, as)).status).toBe(400);
    }
    const browser = await city.browser("administrator");
    for (const path of ["/staff/people", "/staff/keys"]) expect((await browser.get(path)).status).toBe(200);
  });

  // Guards against a city without anybody who can give roles.
  test("an administrator cannot take the own role", async () => {
    const city = await newCity();
    const answer = await city.post("/v1/staff", { contact: city.administrator, roles: [] }, { as: "administrator" });
    expect(answer.status).toBe(409);
    expect((await city.get("/v1/staff", { as: "administrator" })).status).toBe(200);
  });

  test("a person of one city is nobody in another", async () => {
    const [city, other] = await Promise.all([newCity(), newCity()]);
    const token = await city.token("administrator");
    expect((await other.get("/v1/me", { as: { token } })).status).toBe(401);
    const elsewhere = await other.signIn(city.administrator);
    const me = (await (await other.get("/v1/me", { as: { token: elsewhere } })).json()) as { roles: string[] };
    expect(me.roles).toEqual(["resident"]);
  });
});

describe(`keys of programs, ${target.name}`, () => {
  const order = { name: "Meter gateway", scopes: ["log.events:read"] };
  const make = async (city: TestCity) =>
    (await (await city.post("/v1/keys", order, { as: "administrator" })).json()) as { id: string; secret: string };

  test("a key does what its scopes say and nothing else, is shown once, and ends when it is revoked", async () => {
    const city = await newCity();
    const { id, secret } = await make(city);
    expect(secret).toMatch(/^sk_test_[A-Za-z0-9_-]{43}$/);
    const as = { token: secret };
    expect((await city.get("/v1/events", { as })).status).toBe(200);
    for (const closed of ["/v1/accounts", "/v1/keys", "/v1/me"])
      expect((await city.get(closed, { as })).status, closed).toBe(403);
    const list = await (await city.get("/v1/keys", { as: "administrator" })).text();
    expect(list).toContain(id);
    expect(list).toContain(new Date().toISOString().slice(0, 10));
    expect(list).not.toContain(secret.slice(8));
    expect((await city.delete(`/v1/keys/${id}`, { as: "administrator" })).status).toBe(204);
    expect((await city.get("/v1/events", { as })).status).toBe(401);
    expect((await city.delete(`/v1/keys/${id}`, { as: "administrator" })).status).toBe(404);
  });

  // Guards against a right that somebody got and nobody can say from whom.
  test("the log says who gave which role, and who made and revoked which key", async () => {
    const city = await newCity();
    await city.post("/v1/staff", { contact: "clerk@example.org", roles: ["agent"] }, { as: "administrator" });
    const { id } = await make(city);
    await city.delete(`/v1/keys/${id}`, { as: "administrator" });
    const { id: by } = (await (await city.get("/v1/me", { as: "administrator" })).json()) as { id: string };
    const { events } = (await (await city.get("/v1/events", { as: "administrator" })).json()) as {
      events: { type: string; data: object }[];
    };
    const told = events.filter(({ type }) => type.startsWith("identity.")).map(({ type, data }) => ({ type, data }));
    expect(told.reverse()).toMatchObject([
      { type: "identity.roles_changed.v1", data: { roles: ["resident", "agent"], by } },
      { type: "identity.key_made.v1", data: { keyId: id, scopes: order.scopes, by } },
      { type: "identity.key_revoked.v1", data: { keyId: id, by } },
    ]);
    expect(JSON.stringify(told)).not.toContain("clerk@");
  });

  test("a live city's keys look different, and neither opens the other kind", async () => {
    const [live, synthetic] = await Promise.all([newCity({ isSynthetic: false }), newCity()]);
    const [real, trial] = await Promise.all([make(live), make(synthetic)]);
    expect(real.secret).toMatch(/^sk_live_/);
    for (const [city, token] of [
      [synthetic, real.secret],
      [live, trial.secret],
      [live, real.secret.replace("sk_live_", "sk_test_")],
    ] as const)
      expect((await city.get("/v1/events", { as: { token } })).status).toBe(401);
  });

  test("a scope that no room offers, or no scope at all, makes no key", async () => {
    const city = await newCity();
    for (const scopes of [[], ["everything"], ["log.events:read", "operator"]])
      expect((await city.post("/v1/keys", { ...order, scopes }, { as: "administrator" })).status).toBe(422);
    expect((await city.post("/v1/keys", order, { as: "agent" })).status).toBe(403);
  });
});

describe(`sign-in on pages, ${target.name}`, () => {
  test("a resident signs in by a form, sees the own account, and signs out", async () => {
    const city = await newCity();
    const browser = await city.browser({ contact: "awa@example.org" });
    const me = await browser.get("/me");
    expect(await me.text()).toContain("awa@example.org");
    expect((await browser.submit("/sign-out", {}, "/me")).status).toBe(303);
    expect((await browser.get("/me")).headers.get("location")).toContain("/sign-in?next=");
  });

  // Guards against a script that reads the session, and a neighbour city that receives it.
  test("the session's cookie is closed to scripts and to other cities", async () => {
    const city = await newCity();
    const contact = "awa@example.org";
    await city.post("/v1/sign-in-codes", { contact });
    const fields = new URLSearchParams({ contact, code: await codeOf(city, contact) });
    const answer = await fetch(`${city.url}/sign-in/code`, { method: "POST", body: fields, redirect: "manual" });
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith("hansa_session="));
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect(cookie).toContain(`Path=/cities/${city.slug};`);
    // The cookie is no bearer token: a form elsewhere can never reach the interface with it.
    const api = await fetch(`${city.url}/v1/me`, { headers: { Cookie: cookie!.split(";")[0]! } });
    expect(api.status).toBe(401);
    const page = await fetch(`${city.url}/me`, {
      headers: { Authorization: `Bearer ${await city.token("resident")}` },
      redirect: "manual",
    });
    expect(page.status).toBe(303);
  });

  test("a wrong contact or code gives the form back with what is wrong, in the visitor's language", async () => {
    const city = await newCity();
    const browser = await city.browser();
    const contact = await browser.submit("/sign-in?lang=fr", { contact: "07-abc" });
    expect(contact.status).toBe(422);
    expect(await contact.text()).toContain('value="07-abc"');
    const sent = await browser.submit("/sign-in", { contact: "awa@example.org" });
    expect(sent.headers.get("location")).toMatch(/\/sign-in\/code$/);
    const code = await codeOf(city, "awa@example.org");
    const wrong = await browser.submit("/sign-in/code", { code: wrongFor(code) });
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain("Le code est faux");
  });

  // Guards against a link that signs somebody in and then takes them to a thief's page.
  test("after signing in one returns to a page of this city only", async () => {
    const city = await newCity();
    const own = `/cities/${city.slug}/meters`;
    const foreign = [
      "https://elsewhere.example/",
      "//elsewhere.example",
      "/cities/other/",
      `/cities/${city.slug}/../x`,
    ];
    for (const next of [own, ...foreign]) {
      const contact = "awa@example.org";
      const token = Math.random().toString(36).slice(2);
      const to = `${token}.${contact}`;
      await city.post("/v1/sign-in-codes", { contact: to });
      const browser = await city.browser();
      const answer = await browser.submit("/sign-in/code", { contact: to, code: await codeOf(city, to), next });
      expect(answer.headers.get("location")).toBe(next === own ? own : `/cities/${city.slug}/`);
    }
  });

  test("an administrator gives roles and makes keys on pages; another's role does not open them", async () => {
    const city = await newCity();
    const admin = await city.browser("administrator");
    const gave = await admin.submit("/staff/people", { contact: "clerk@example.org", roles: "agent" }, "/staff/people");
    expect(gave.status).toBe(303);
    expect(await (await admin.get("/staff/people")).text()).toContain("clerk@example.org");
    const made = await admin.submit("/staff/keys", { name: "Gateway", scopes: "log.events:read" }, "/staff/keys");
    expect(made.headers.get("cache-control")).toBe("no-store");
    const secret = /sk_test_[\w-]+/.exec(await made.text())![0];
    expect((await city.get("/v1/events", { as: { token: secret } })).status).toBe(200);
    expect(await (await admin.get("/staff/keys")).text()).not.toContain(secret);
    const none = await admin.submit("/staff/keys", { name: "Gateway" }, "/staff/keys");
    expect(none.status).toBe(422);
    const clerk = await city.browser({ contact: "clerk@example.org" });
    for (const path of ["/staff/people", "/staff/keys", "/staff/sign-in-provider"])
      expect((await clerk.get(path)).status, path).toBe(403);
    expect((await clerk.get("/staff")).status).toBe(200);
  });

  // Guards against codes on the screen of a city with real people.
  test("only a synthetic city shows the code on its page", async () => {
    const [synthetic, live] = await Promise.all([newCity(), newCity({ isSynthetic: false })]);
    for (const [city, isShown] of [
      [synthetic, true],
      [live, false],
    ] as const) {
      const browser = await city.browser();
      await browser.submit("/sign-in", { contact: "awa@example.org" });
      const html = await (await browser.get("/sign-in/code")).text();
      expect(html.includes(await codeOf(city, "awa@example.org"))).toBe(isShown);
    }
  });

  test("the house's operator is nobody in a city, and a city's administrator nobody in the house", async () => {
    const city = await newCity();
    expect((await city.get("/v1/me", { as: "operator" })).status).toBe(401);
    const token = await city.token("administrator");
    const answer = await fetch(`${target.url}/control/v1/cities`, { headers: { Authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
    expect((await operator.get("/control/v1/cities")).status).toBe(200);
  });
});
