import { describe, expect, test } from "vitest";
import type { Envelope } from "../../marketplace/contract/dsse.ts";
import { openIndex } from "../../marketplace/contract/index-file.ts";
import { newKey, publicOf } from "../../marketplace/contract/keys.ts";
import { defineModule, openPackage, sealPackage } from "../../marketplace/contract/module.ts";
import { sealParty } from "../../marketplace/contract/party.ts";
import { newCity, type TestCity, target } from "../city.ts";
import { market, newPublisher } from "../publisher.ts";

// Guards against a name that is taken over, and against one that is lost when an answer was lost.
test("a party’s name belongs to the key that signed first; the same profile again changes nothing", async () => {
  const publisher = await newPublisher();
  const profile = { name: publisher.name, title: "Again", kind: "lab", contact: "a@b.example" } as const;
  const sent = await sealParty({ ...profile, signedAt: new Date(Date.now() + 1_000).toISOString() }, publisher.key);
  const [first, again] = [await market.post("/parties", sent), await market.post("/parties", sent)];
  expect([first.status, again.status]).toEqual([200, 200]);
  expect(await again.json()).toMatchObject({ name: publisher.name, title: "Again", kind: "lab" });
  // An older profile does not come back.
  const old = await market.post(
    "/parties",
    await sealParty({ ...profile, title: "Old", signedAt: "2020-01-01T00:00:00.000Z" }, publisher.key),
  );
  expect(((await old.json()) as { title: string }).title).toBe("Again");

  const thief = await market.post(
    "/parties",
    await sealParty({ ...profile, signedAt: new Date().toISOString() }, newKey()),
  );
  expect(thief.status).toBe(409);
  const second = await sealParty(
    { ...profile, name: `${publisher.name}-b`, signedAt: new Date().toISOString() },
    publisher.key,
  );
  expect((await market.post("/parties", second)).status).toBe(409);
});

// Guards against a start-up that signs up with somebody else's public key.
test("signing up needs the private key, not only the public one", async () => {
  const [own, foreign] = [newKey(), newKey()];
  const profile = {
    name: `x${Date.now().toString(36)}`,
    title: "X",
    kind: "lab",
    contact: "x@x.example",
    signedAt: new Date().toISOString(),
  } as const;
  const envelope = await sealParty(profile, own);
  const payload = Buffer.from(JSON.stringify({ ...profile, publicKey: publicOf(foreign) })).toString("base64");
  const answer = await market.post("/parties", { ...envelope, payload });
  expect(answer.status).toBe(422);
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
});

// Guards against a version that means one thing today and another tomorrow.
test("a version is published once: the same again is the same, other contents are a conflict", async () => {
  const publisher = await newPublisher();
  const first = await publisher.publish(publisher.module("1.0.0", "1.50"));
  const again = await publisher.publish(publisher.module("1.0.0", "1.50"));
  const other = await publisher.publish(publisher.module("1.0.0", "9.99"));
  expect([first.status, again.status, other.status]).toEqual([201, 200, 409]);
  expect(again.answer).toEqual(first.answer);
  await publisher.publish(publisher.module("1.10.0", "1.60"));
  await publisher.publish(publisher.module("1.9.0", "1.55"));
  await publisher.publish(publisher.module("2.0.0-beta.1", "1.70"));
  const kept = (await (await market.get(`/modules/${publisher.name}/fair-water`)).json()) as {
    latest: string;
    versions: { version: string }[];
  };
  expect(kept.latest).toBe("1.10.0");
  expect(kept.versions.map(({ version }) => version)).toEqual(["2.0.0-beta.1", "1.10.0", "1.9.0", "1.0.0"]);
});

// Guards against two that publish at once: one must stand, and the index must show it.
test("of many that publish one version at once with different contents one stands", async () => {
  const publisher = await newPublisher();
  const answers = await Promise.all(
    ["1", "2", "3", "4", "5"].map((price) => publisher.publish(publisher.module("1.0.0", price))),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  const digest = answers.find(({ status }) => status === 201)?.digest;
  const index = await indexFile();
  expect(index.modules.filter(({ name }) => name === `${publisher.name}/fair-water`).map((one) => one.digest)).toEqual([
    digest,
  ]);
});

test("every package of parallel publishers is in the signed index", async () => {
  const publishers = await Promise.all([1, 2, 3, 4].map(() => newPublisher()));
  const published = await Promise.all(publishers.map((one) => one.publish(one.module("1.0.0", "2"))));
  expect(published.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  const index = await indexFile();
  const listed = new Set(index.modules.map(({ digest }) => digest));
  expect(published.every(({ digest }) => listed.has(digest))).toBe(true);
  // Anyone can check a package with what the index says, without asking the house again.
  const { publicKey } = index.parties.find(({ name }) => name === publishers[0]!.name)!;
  const file = await market.get(`/packages/${published[0]!.digest.replace(":", "-")}.json`);
  expect(file.headers.get("cache-control")).toContain("immutable");
  await openPackage((await file.json()) as Envelope, publicKey, published[0]!.digest);
});

async function indexFile() {
  const { publicKey } = (await (await market.get("/house.json")).json()) as { publicKey: ReturnType<typeof publicOf> };
  return openIndex((await (await market.get("/index.json")).json()) as Envelope, publicKey);
}

// Guards against a forged or damaged publication, whatever in it was changed.
test("what is not signed by the name’s own key, or was changed after, is refused and not kept", async () => {
  const [publisher, other] = [await newPublisher(), await newPublisher()];
  const module = publisher.module("1.0.0", "1.50");
  const { envelope } = await publisher.seal(module);
  const byOther = (await sealPackage(defineModule(module), other.key)).envelope;
  const swapped = (await publisher.seal(publisher.module("1.0.0", "9.50"))).envelope;
  const [signature] = envelope.signatures;
  for (const [what, forged] of Object.entries({
    "another key": byOther,
    "another payload": { ...envelope, payload: swapped.payload },
    "another type": { ...envelope, payloadType: "application/json" },
    "a changed signature": {
      ...envelope,
      signatures: [
        {
          ...signature,
          sig:
            `A${signature!.sig.slice(1)}` === signature!.sig
              ? `B${signature!.sig.slice(1)}`
              : `A${signature!.sig.slice(1)}`,
        },
      ],
    },
    "another key id": { ...envelope, signatures: [{ ...signature, keyid: "somebody" }] },
    "no signature": { ...envelope, signatures: [] },
    "an unknown party": (
      await sealPackage(
        defineModule({ ...module, manifest: { ...module.manifest, name: "nobody-here/fair-water" } }),
        publisher.key,
      )
    ).envelope,
  })) {
    const answer = await market.post("/modules", forged);
    expect(answer.status, what).toBe(422);
    expect(answer.headers.get("content-type"), what).toContain("application/problem+json");
  }
  expect((await market.get(`/modules/${publisher.name}/fair-water`)).status).toBe(404);
});

// Guards against a 500, or a stack, for whatever somebody sends.
test("bad bodies are told what is wrong with them", async () => {
  expect((await market.post("/modules", "{")).status).toBe(400);
  expect((await market.post("/modules", "[]")).status).toBe(422);
  expect((await market.post("/parties", {})).status).toBe(422);
  const nonsense = {
    payload: Buffer.from("no json").toString("base64"),
    payloadType: "x",
    signatures: [{ keyid: "a", sig: "b" }],
  };
  expect((await market.post("/modules", nonsense)).status).toBe(422);
  expect((await market.post("/parties", nonsense)).status).toBe(422);
  const big = { ...nonsense, payload: "A".repeat(500_000) };
  expect((await market.post("/modules", big)).status).toBe(422);
  const plain = await fetch(`${target.url}/marketplace/v1/modules`, { method: "POST", body: "x" });
  expect(plain.status).toBe(415);
  for (const path of [
    "/modules/no/such",
    "/modules/a/b/c",
    "/parties/NO",
    "/packages/x.json",
    "/packages/sha256-00.json",
  ])
    expect((await market.get(path)).status, path).toBe(404);
});

// Guards against a house that asks the operator's session where its function may not read it.
test("the marketplace knows nobody: a token or cookie changes nothing there", async () => {
  const as = (headers: Record<string, string>) => fetch(`${target.url}/marketplace`, { headers });
  for (const headers of [{ Authorization: "Bearer forged" }, { Cookie: "hansa_operator=forged" }]) {
    const answer = await as(headers as unknown as Record<string, string>);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("<h1>");
  }
  expect(
    (await fetch(`${target.url}/marketplace/v1/modules`, { headers: { Authorization: "Bearer forged" } })).status,
  ).toBe(200);
});

test("the pages show what a module may do, in each language, and hide nothing of it", async () => {
  const publisher = await newPublisher();
  await publisher.publish(publisher.module("1.0.0", "1.5001"));
  const page = async (path: string, lang = "en") => {
    const answer = await fetch(`${target.url}${path}`, { headers: { Accept: "text/html", "Accept-Language": lang } });
    return { status: answer.status, html: await answer.text() };
  };
  const path = `/marketplace/modules/${publisher.name}/fair-water`;
  expect((await page("/marketplace")).html).toContain(publisher.name);
  const english = (await page(path)).html;
  expect(english).toContain("may set the price of water on new bills");
  expect(english).toContain("runs no program");
  expect(english).toContain("1.5001");
  expect(english).toContain("Litres times price.");
  expect((await page(path, "fr")).html).toContain("peut fixer le prix de l’eau");
  const arabic = (await page(path, "ar")).html;
  expect(arabic).toContain('dir="rtl"');
  expect(arabic).toContain("سعر الماء");
  expect((await page(`/marketplace/parties/${publisher.name}`)).html).toContain("Fair water");
  expect((await page("/marketplace/publish")).html).toContain("npx hansa init");
  expect((await page(`${path}/9.9.9`)).status).toBe(404);
  expect((await page("/marketplace?q=fair%20water")).html).toContain(publisher.name);
  expect((await page("/marketplace?q=nothing-of-the-kind")).html).toContain("Nothing here fits");
});

interface Install {
  id: string;
  state: string;
  version: string;
  digest: string;
  settings: { parts: string[] };
  previous?: { version: string };
  trial?: {
    version: string;
    resultDigest: string;
    tariffs: {
      afterMinor: number;
      beforeMinor?: number;
      quarters: { households: number; meanUse: number; afterMinor: number }[];
    }[];
  };
}
const admin = { as: "administrator" } as const;

async function sent<T>(answer: Response | Promise<Response>, status = 200): Promise<T> {
  const given = await answer;
  expect(given.status, await given.clone().text()).toBe(status);
  return (await given.json()) as T;
}

/** Takes a module, tries it, proposes it and puts it into service. */
async function inService(city: TestCity, module: string, version?: string): Promise<Install> {
  const { id } = await sent<Install>(city.post("/v1/installs", { module, version }, admin), 201);
  await sent(city.post(`/v1/installs/${id}/trials`, {}, admin));
  await sent(city.post(`/v1/installs/${id}/state`, { to: "proposed" }, admin));
  return sent(city.post(`/v1/installs/${id}/state`, { to: "active" }, admin));
}

/** A household whose water meter counted 10 m³ in each of these months. */
async function waterMeter(city: TestCity, months: readonly string[]): Promise<void> {
  const account = await sent<{ id: string }>(
    city.post("/v1/accounts", { number: "A1", name: "Household" }, { as: "agent" }),
    201,
  );
  await sent(
    city.post(
      "/v1/meters",
      { serial: "W1", kind: "water", accountId: account.id, registerUnit: "m3" },
      { as: "agent" },
    ),
    201,
  );
  for (const month of months) {
    const lines = [10, 11].map((hour) => `W1,${month}-10T${hour}:00:00Z,5.000,m3`);
    const file = `meter,time,value,unit\n${lines.join("\n")}\n`;
    await sent(city.upload("/v1/readings", `${month}.csv`, file, { as: "agent" }), 201);
  }
}
const bill = (city: TestCity, month: string) =>
  city.post("/v1/bill-runs", { month, kind: "water", includeIncomplete: true }, { as: "treasurer" });
interface Run {
  issued: number;
  totalMinor: number;
  tariff: { source: { from: string; version?: string; digest?: string } };
}

describe("a module in a city", () => {
  // The issue's own story. Guards against a module that is shown, tried, billed by or removed as something else than
  // what its publisher signed.
  test("one city’s module is seen, tried, installed, billed by, rolled back and removed in another", async () => {
    const publisher = await newPublisher();
    const name = `${publisher.name}/fair-water`;
    const one = await publisher.publish(publisher.module("1.0.0", "1.50"));
    const city = await newCity();
    await waterMeter(city, ["2026-07", "2026-08", "2026-09", "2026-10"]);

    // It is seen in plain sentences.
    const seen = await sent<{ says: string[]; digest: string }>(city.get(`/v1/modules/${name}`, admin));
    expect(seen.digest).toBe(one.digest);
    expect(seen.says.join(" ")).toContain("peut fixer le prix de l’eau");

    // It is tried, and nothing changes in the city's service.
    const taken = await sent<Install>(city.post("/v1/installs", { module: name }, admin), 201);
    const { trial } = await sent<Install>(city.post(`/v1/installs/${taken.id}/trials`, {}, admin));
    const [tried] = trial!.tariffs;
    expect(tried!.quarters.map(({ households }) => households)).toEqual([10, 10, 10, 10]);
    expect(tried!.beforeMinor).toBeUndefined();
    expect(tried!.afterMinor).toBe(tried!.quarters.reduce((sum, quarter) => sum + quarter.afterMinor, 0));
    expect(tried!.quarters.map(({ meanUse }) => meanUse)).toEqual(
      tried!.quarters.map(({ meanUse }) => meanUse).toSorted((a, b) => a - b),
    );
    expect((await bill(city, "2026-07")).status).toBe(409); // there is no tariff in the city yet

    // It is installed: the next bills are made by it, 10 m³ at 1.50.
    await sent(city.post(`/v1/installs/${taken.id}/state`, { to: "proposed" }, admin));
    const active = await sent<Install>(city.post(`/v1/installs/${taken.id}/state`, { to: "active" }, admin));
    expect(active).toMatchObject({ state: "active", version: "1.0.0", digest: one.digest });
    expect(await sent<Run>(bill(city, "2026-07"), 201)).toMatchObject({
      issued: 1,
      totalMinor: 1500,
      tariff: { source: { from: "module", version: "1.0.0", digest: one.digest } },
    });

    // A dearer version comes. It is no push: it must be tried and chosen.
    const two = await publisher.publish(publisher.module("1.1.0", "2.00"));
    expect(await sent<Install>(city.get(`/v1/installs/${taken.id}`, admin))).toMatchObject({ version: "1.0.0" });
    expect((await city.post(`/v1/installs/${taken.id}/version`, { version: "1.1.0" }, admin)).status).toBe(409);
    const again = await sent<Install>(city.post(`/v1/installs/${taken.id}/trials`, { version: "1.1.0" }, admin));
    expect(again.trial!.tariffs[0]).toMatchObject({ before: "Water at 1.50" });
    expect(again.trial!.tariffs[0]!.beforeMinor).toBe(tried!.afterMinor);
    expect(again.trial!.tariffs[0]!.afterMinor).toBeGreaterThan(tried!.afterMinor);
    const upgraded = await sent<Install>(city.post(`/v1/installs/${taken.id}/version`, { version: "1.1.0" }, admin));
    expect(upgraded).toMatchObject({
      state: "active",
      version: "1.1.0",
      digest: two.digest,
      previous: { version: "1.0.0" },
    });
    expect(await sent<Run>(bill(city, "2026-08"), 201)).toMatchObject({ totalMinor: 2000 });

    // It goes back, then it leaves. What was billed stays as it was billed.
    const back = await sent<Install>(city.post(`/v1/installs/${taken.id}/rollback`, undefined, admin));
    expect(back).toMatchObject({ version: "1.0.0", digest: one.digest });
    expect(back.previous).toBeUndefined();
    expect((await city.post(`/v1/installs/${taken.id}/rollback`, undefined, admin)).status).toBe(409);
    expect(await sent<Run>(bill(city, "2026-09"), 201)).toMatchObject({ totalMinor: 1500 });
    expect((await city.delete(`/v1/installs/${taken.id}`, admin)).status).toBe(204);
    expect((await city.delete(`/v1/installs/${taken.id}`, admin)).status).toBe(404);
    expect((await bill(city, "2026-10")).status).toBe(409);
    expect(await sent(city.get("/v1/installs", admin))).toEqual({ installs: [] });

    const { records } = await sent<{ records: { what: string; version: string; by: string }[] }>(
      city.get(`/v1/install-records?install=${taken.id}`, admin),
    );
    expect(records.map(({ what }) => what).reverse()).toEqual([
      "taken",
      "tried",
      "proposed",
      "activated",
      "tried",
      "upgraded",
      "rolled_back",
      "leaving",
      "removed",
    ]);
    expect(new Set(records.map(({ by }) => by)).size).toBe(1);
    const { events } = await sent<{ events: { type: string; data: { version?: string } }[] }>(
      city.get("/v1/events?limit=100", admin),
    );
    expect(
      events
        .filter(({ type }) => type === "marketplace.parts_changed.v1")
        .map(({ data }) => data.version)
        .reverse(),
    ).toEqual(["1.0.0", "1.1.0", "1.0.0", undefined]);
  });

  // Guards against a trial that proves something only in the house where it ran.
  test("two cities of one country get the same digest of a trial; another version gets another", async () => {
    const publisher = await newPublisher();
    const name = `${publisher.name}/fair-water`;
    await publisher.publish(publisher.module("1.0.0", "1.50"));
    await publisher.publish(publisher.module("1.1.0", "1.51"));
    const results = await Promise.all(
      ["1.0.0", "1.0.0", "1.1.0"].map(async (version) => {
        const city = await newCity();
        const { id } = await sent<Install>(city.post("/v1/installs", { module: name, version }, admin), 201);
        return (await sent<Install>(city.post(`/v1/installs/${id}/trials`, {}, admin))).trial!.resultDigest;
      }),
    );
    expect(results[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(results[0]).toBe(results[1]);
    expect(results[0]).not.toBe(results[2]);
  });

  // Guards against steps that are skipped, and against two decisions at once.
  test("a module is not taken into service untried, unproposed, or in another city’s money", async () => {
    const [euro, franc] = [await newPublisher(), await newPublisher("XOF")];
    await euro.publish(euro.module("1.0.0", "1.50"));
    await franc.publish(franc.module("1.0.0", "300"));
    const city = await newCity();
    const { id } = await sent<Install>(city.post("/v1/installs", { module: `${euro.name}/fair-water` }, admin), 201);
    for (const to of ["proposed", "active", "suspended"])
      expect((await city.post(`/v1/installs/${id}/state`, { to }, admin)).status, to).toBe(409);
    expect((await city.post(`/v1/installs/${id}/state`, { to: "gone" }, admin)).status).toBe(422);
    const other = await sent<Install>(city.post("/v1/installs", { module: `${franc.name}/fair-water` }, admin), 201);
    const answer = await city.post(`/v1/installs/${other.id}/trials`, {}, admin);
    expect(answer.status).toBe(422);
    expect(((await answer.json()) as { detail: string }).detail).toContain("XOF");
    // Taken twice, it is there once.
    expect(await sent<Install>(city.post("/v1/installs", { module: `${euro.name}/fair-water` }, admin))).toMatchObject({
      id,
    });
    const both = await Promise.all([1, 2].map(() => city.post(`/v1/installs/${id}/trials`, {}, admin)));
    expect(both.map(({ status }) => status).every((status) => [200, 409].includes(status))).toBe(true);
    expect(both.some(({ status }) => status === 200)).toBe(true);
  });

  // Guards against two modules that both set the price of water.
  test("one module at a time sets a price; a part that is switched off sets none", async () => {
    const [first, second] = [await newPublisher(), await newPublisher()];
    await first.publish(first.module("1.0.0", "1.50"));
    await second.publish(second.module("1.0.0", "3.00"));
    const city = await newCity();
    const one = await inService(city, `${first.name}/fair-water`);
    const { id } = await sent<Install>(city.post("/v1/installs", { module: `${second.name}/fair-water` }, admin), 201);
    await sent(city.post(`/v1/installs/${id}/trials`, {}, admin));
    await sent(city.post(`/v1/installs/${id}/state`, { to: "proposed" }, admin));
    const refused = await city.post(`/v1/installs/${id}/state`, { to: "active" }, admin);
    expect(refused.status).toBe(409);
    expect(((await refused.json()) as { detail: string }).detail).toContain(`${first.name}/fair-water`);

    expect((await city.put(`/v1/installs/${one.id}/settings`, { parts: ["no-such"] }, admin)).status).toBe(422);
    await sent(city.put(`/v1/installs/${one.id}/settings`, { parts: ["how-to-read"] }, admin));
    await sent(city.post(`/v1/installs/${id}/state`, { to: "active" }, admin));
    expect((await city.put(`/v1/installs/${one.id}/settings`, { parts: ["tariff"] }, admin)).status).toBe(409);
    await sent(city.post(`/v1/installs/${id}/state`, { to: "suspended" }, admin));
    await sent(city.put(`/v1/installs/${one.id}/settings`, { parts: ["tariff"] }, admin));
    expect((await city.post(`/v1/installs/${id}/state`, { to: "active" }, admin)).status).toBe(409);
  });

  // Guards against one city's modules being seen or changed from another.
  test("an install is its city’s alone, and only its administrator decides", async () => {
    const publisher = await newPublisher();
    await publisher.publish(publisher.module("1.0.0", "1.50"));
    const [city, other] = [await newCity(), await newCity()];
    const { id } = await sent<Install>(
      city.post("/v1/installs", { module: `${publisher.name}/fair-water` }, admin),
      201,
    );
    const missing = await other.get(`/v1/installs/ins_01JD8Q6Z3W8M6W1YB1M0Q4S7XK`, admin);
    const foreign = await other.get(`/v1/installs/${id}`, admin);
    expect([missing.status, foreign.status]).toEqual([404, 404]);
    const body = async (answer: Response) => ({ ...((await answer.json()) as object), instance: "" });
    expect(await body(foreign)).toEqual(await body(missing));
    expect((await city.get("/v1/installs")).status).toBe(401);
    expect((await city.get("/v1/installs", { as: "agent" })).status).toBe(403);
    expect((await city.post("/v1/installs", { module: "no-such/module" }, admin)).status).toBe(404);
    expect((await city.post("/v1/installs", { module: "x", more: 1 }, admin)).status).toBe(422);
  });

  // Guards against an administrator who cannot do without the API what the API can, and against script.
  test("an administrator does all of it in the console’s pages, and residents see what is in use", async () => {
    const publisher = await newPublisher();
    const name = `${publisher.name}/fair-water`;
    await publisher.publish(publisher.module("1.0.0", "1.50"));
    const city = await newCity();
    const browser = await city.browser("administrator");
    const path = `/staff/modules/${name}`;
    const html = async (at: string) => {
      const answer = await browser.get(at);
      expect(answer.status, at).toBe(200);
      return answer.text();
    };
    const press = async (does: string, fields: Record<string, string> = {}) => {
      const answer = await browser.submit(`${path}/${does}`, fields, path);
      return { status: answer.status, html: answer.status === 303 ? "" : await answer.text() };
    };
    expect(await html("/staff/modules")).toContain(name);
    expect(await html(path)).toContain("Litres fois prix.");
    expect((await press("take")).status).toBe(303);
    const untried = await press("active");
    expect(untried.status).toBe(409);
    expect(untried.html).toContain('role="alert"');
    expect((await press("trials")).status).toBe(303);
    expect(await html(path)).toContain("Le quart qui consomme le plus");
    expect((await press("proposed")).status).toBe(303);
    expect((await press("active")).status).toBe(303);
    await publisher.publish(publisher.module("1.1.0", "1.60"));
    expect((await press("trials", { version: "1.1.0" })).status).toBe(303);
    expect((await press("version", { version: "1.1.0" })).status).toBe(303);
    expect(await html("/modules")).toContain("1.1.0");
    expect((await press("rollback")).status).toBe(303);
    expect((await press("settings", { parts: "how-to-read" })).status).toBe(303);
    const publicPage = await html("/modules");
    expect(publicPage).toContain("Litres fois prix.");
    expect(publicPage).not.toContain("peut fixer le prix de l’eau");
    expect((await press("suspended")).status).toBe(303);
    expect((await press("removal")).status).toBe(303);
    expect((await press("rollback")).status).toBe(404);
    expect((await (await city.browser()).get("/modules")).status).toBe(200);
    expect((await (await city.browser()).get("/staff/modules")).status).toBe(303);
  });
});
