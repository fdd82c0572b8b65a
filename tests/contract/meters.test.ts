import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ok } from "../billed.ts";
import { newCity, type TestCity, target } from "../city.ts";

const data = new URL("../data/", import.meta.url);
const file = (path: string) => new Uint8Array(readFileSync(new URL(path, data)));
const json = async (answer: Response) => (await answer.json()) as Record<string, never> & Record<string, unknown>;

interface Kept {
  id: string;
  readings: number;
  meterCount: number;
  packedBytes: number;
  meters: { meterId: string; serial: string; channels: string[]; readings: number; isNew: boolean }[];
}
async function load(
  city: TestCity,
  path: string,
  fields: Record<string, string> = { register: "true" },
): Promise<Kept> {
  const answer = await city.upload("/v1/readings", path, file(path), { as: "agent", fields });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return (await answer.json()) as Kept;
}
const csv = "meter,time,Wh\nM1,2026-01-01T00:00Z,5\nM1,2026-01-01T01:00Z,7\n";

describe(`meters, ${target.name}`, () => {
  // Guards against a utility's file that the city cannot take.
  test("every valid example is taken in, and can be read by meter", async () => {
    const city = await newCity({ timeZone: "Australia/Brisbane" });
    const names = readdirSync(new URL("nem12/", data)).filter((name) => /zip$/i.test(name));
    expect(names).toHaveLength(5);
    for (const name of names) {
      const kept = await load(city, `nem12/${name}`);
      expect(kept.meterCount).toBe(1);
      expect(await json(await city.get(`/v1/deliveries/${kept.id}`, { as: "agent" }))).toEqual(kept);
      const [meter] = kept.meters;
      expect(await json(await city.get(`/v1/meters/${meter!.meterId}`, { as: "agent" }))).toMatchObject({
        kind: "electricity",
      });
    }
    const listed = await json(await city.get("/v1/meters?limit=2", { as: "agent" }));
    expect(listed).toMatchObject({ meters: [{ serial: "01002", point: "NEM1201002" }, { serial: "01005" }] });
    const more = await json(
      await city.get(`/v1/meters?cursor=${encodeURIComponent(String(listed["next"]))}`, { as: "agent" }),
    );
    expect(more["meters"]).toHaveLength(3);
  });

  test("the hourly files are taken in by a program with the scope for it", async () => {
    const city = await newCity({ timeZone: "America/Chicago" });
    const made = await city.post(
      "/v1/keys",
      { name: "Utility", scopes: ["meters.readings:write"] },
      { as: "administrator" },
    );
    expect(made.status, await made.clone().text()).toBe(201);
    const utility = { token: String((await json(made))["secret"]) };
    expect((await city.get("/v1/meters", { as: utility })).status).toBe(403); // it may deliver, not read
    for (const [name, kind, unit] of [
      ["electricity", "electricity", "kWh"],
      ["gas", "gas", "m3"],
    ] as const) {
      const path = `/v1/readings?meter=${name}&kind=${kind}&unit=${unit}&register=true`;
      const answer = await city.post(path, file(`meters/il-${name}-hourly.csv.gz`), {
        as: utility,
        headers: { "Content-Type": "application/gzip" },
      });
      expect(answer.status).toBe(201);
      const kept = (await answer.json()) as Kept;
      expect(kept.readings).toBe(19_417);
      const id = kept.meters[0]!.meterId;
      // The days on which the clock changed have 23 and 25 hours, and all of them are there.
      for (const [day, hours] of [
        ["2016-03-13", 23],
        ["2016-11-06", 25],
        ["2016-07-04", 24],
      ] as const) {
        const next = day.replace(/\d\d$/, (two) => String(Number(two) + 1).padStart(2, "0"));
        const intervals = await json(
          await city.get(`/v1/meters/${id}/readings?from=${day}&to=${next}&grain=interval`, { as: "agent" }),
        );
        const days = await json(
          await city.get(`/v1/meters/${id}/readings?from=${day}&to=${next}&grain=day`, { as: "agent" }),
        );
        const list = intervals["readings"] as unknown as { quantity: number }[];
        expect(list).toHaveLength(hours);
        expect(days["readings"]).toMatchObject([
          { at: day, quantity: list.reduce((sum, one) => sum + one.quantity, 0), coverage: 1 },
        ]);
      }
    }
  });

  // Guards against a broken file of which a part is billed.
  test.each([
    ["Example_NEM12_15min_200_30min_300.csv", 3],
    ["Example_NEM12_empty.csv", 2],
    ["Example_NEM12_incomplete_interval.csv", 3],
    ["Example_NEM12_missing_header.csv", 2],
  ])("%s is refused by line %i, and nothing of it is kept", async (name, line) => {
    const city = await newCity();
    const answer = await city.upload("/v1/readings", name, file(`nem12/invalid/${name}`), {
      as: "agent",
      fields: { register: "true" },
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    const problem = await json(answer);
    expect(problem["errors"]).toMatchObject([{ pointer: `#/line/${line}` }]);
    expect(await json(await city.get("/v1/meters", { as: "agent" }))).toEqual({ meters: [] });
  });

  test("a file of temperatures is no meter file, and says so", async () => {
    const city = await newCity();
    const answer = await city.upload("/v1/readings", "t.csv.gz", file("meters/il-temperature-f.csv.gz"), {
      as: "agent",
      fields: { meter: "M1", register: "true", kind: "gas" },
    });
    expect(answer.status).toBe(422);
    expect(await json(answer)).toMatchObject({
      errors: [{ pointer: "#/line/1", detail: expect.stringContaining('"dt", "tempF"') }],
    });
  });

  // Guards against a file that counts twice because its sender did not hear the answer.
  test("the same file is one delivery with one answer", async () => {
    const city = await newCity();
    const first = await city.upload("/v1/readings", "a.csv", csv, { as: "agent", fields: { register: "true" } });
    const again = await city.upload("/v1/readings", "b.csv", csv, { as: "agent" });
    expect([first.status, again.status]).toEqual([201, 200]);
    const kept = await json(first);
    expect(await json(again)).toEqual(kept);
    expect(first.headers.get("location")).toBe(again.headers.get("location"));
    const [meter] = kept["meters"] as unknown as { meterId: string }[];
    const days = await json(
      await city.get(`/v1/meters/${meter!.meterId}/readings?from=2026-01-01&to=2026-01-02`, { as: "agent" }),
    );
    expect(days["readings"]).toMatchObject([{ at: "2026-01-01", quantity: 12 }]);
  });

  test("a preview tells what would be kept, and keeps nothing", async () => {
    const city = await newCity();
    const answer = await city.upload("/v1/readings", "a.csv", csv, {
      as: "agent",
      fields: { register: "true", preview: "true" },
    });
    expect(answer.status).toBe(200);
    expect(await json(answer)).toMatchObject({
      readings: 2,
      isKnown: false,
      meters: [{ serial: "M1", isNew: true }],
      days: [{ day: "2026-01-01", quantity: 12 }],
    });
    expect(await json(await city.get("/v1/meters", { as: "agent" }))).toEqual({ meters: [] });
  });

  test("unknown meters are refused by name unless they are to be registered", async () => {
    const city = await newCity();
    const answer = await city.upload("/v1/readings", "a.csv", csv, { as: "agent" });
    expect(answer.status).toBe(422);
    expect(await json(answer)).toMatchObject({
      errors: [{ pointer: "#/line/2", detail: expect.stringContaining('"M1"') }],
    });
  });

  test("a meter is registered once, and a number is one meter's", async () => {
    const city = await newCity();
    const order = { id: city.id("mtr"), serial: "W-77", kind: "water", registerUnit: "m3" };
    const first = await city.post("/v1/meters", order, { as: "agent" });
    const again = await city.post("/v1/meters", order, { as: "agent" });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(await json(again)).toEqual(await json(first));
    expect((await city.post("/v1/meters", { ...order, kind: "gas" }, { as: "agent" })).status).toBe(409);
    expect((await city.post("/v1/meters", { serial: " w-77", kind: "gas" }, { as: "agent" })).status).toBe(409);
    for (const wrong of [
      { ...order, registerUnit: "kWh" },
      { ...order, serial: "" },
      { ...order, colour: "red" },
      { ...order, accountId: "acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XK" },
    ])
      expect((await city.post("/v1/meters", wrong, { as: "agent" })).status).toBe(422);
  });

  test("bad requests are refused, never broken by", async () => {
    const city = await newCity();
    const kept = await json(
      await city.upload("/v1/readings", "a.csv", csv, { as: "agent", fields: { register: "true" } }),
    );
    const [meter] = kept["meters"] as unknown as { meterId: string }[];
    const readings = `/v1/meters/${meter!.meterId}/readings`;
    for (const [path, status] of [
      [`${readings}?from=2026-02-30`, 422],
      [`${readings}?from=yesterday`, 422],
      [`${readings}?from=2026-01-02&to=2026-01-01`, 422],
      [`${readings}?from=2020-01-01&to=2026-01-01&grain=interval`, 422],
      [`${readings}?grain=week`, 422],
      ["/v1/meters?limit=0", 422],
      ["/v1/meters?cursor=x", 400],
      ["/v1/deliveries/dlv_1", 404],
      ["/v1/meters/mtr_1", 404],
    ] as const)
      expect([path, (await city.get(path, { as: "agent" })).status]).toEqual([path, status]);
    const typed = (type: string) => city.post("/v1/readings", "x", { as: "agent", headers: { "Content-Type": type } });
    expect((await typed("image/png")).status).toBe(415);
    expect((await typed("multipart/form-data")).status).toBeLessThan(500);
    expect((await typed("text/csv")).status).toBe(422);
    expect((await city.upload("/v1/readings", "a.csv", csv, { as: "agent", fields: { colour: "red" } })).status).toBe(
      422,
    );
    expect((await city.upload("/v1/readings", "a.zip", "PK\x03\x04 not a zip", { as: "agent" })).status).toBe(422);
  });

  // Guards against who may see and who may write.
  test("nobody without a role or scope reads or delivers", async () => {
    const city = await newCity();
    for (const path of ["/v1/meters", "/v1/meters/x", "/v1/meters/x/readings", "/v1/deliveries/x"])
      expect((await city.get(path)).status).toBe(401);
    expect((await city.upload("/v1/readings", "a.csv", csv)).status).toBe(401);
    expect((await city.upload("/v1/readings", "a.csv", csv, { as: "resident" })).status).toBe(403);
    expect((await city.post("/v1/meters", { serial: "A", kind: "gas" }, { as: "treasurer" })).status).toBe(403);
  });

  // Guards against another city's meters: what is there must look exactly like what is not.
  test("another city's meter and delivery are as absent as none", async () => {
    const [city, other] = [await newCity(), await newCity()];
    const kept = await json(
      await city.upload("/v1/readings", "a.csv", csv, { as: "agent", fields: { register: "true" } }),
    );
    const [meter] = kept["meters"] as unknown as { meterId: string }[];
    const bodyOf = async (path: string) => {
      const answer = await other.get(path, { as: "agent" });
      expect(answer.status).toBe(404);
      return (await answer.text()).replace(/urn:request:[^"]+/, "");
    };
    const missing = await bodyOf(`/v1/meters/${other.id("mtr")}`);
    expect(await bodyOf(`/v1/meters/${meter!.meterId}`)).toBe(missing);
    expect(await bodyOf(`/v1/meters/${meter!.meterId}/readings`)).toBe(missing);
    expect(await bodyOf(`/v1/deliveries/${String(kept["id"])}`)).toBe(missing);
  });

  // Guards against a neighbour who reads along.
  test("residents see the meters of their own accounts, and another's is as absent as none", async () => {
    const city = await newCity();
    const account = async (number: string, contact: string) => {
      const made = await city.post(
        "/v1/accounts",
        { number, name: `Household ${number}`, contact, address: "1 Rue du Port" },
        { as: "agent" },
      );
      expect(made.status, await made.clone().text()).toBe(201);
      return (await json(made))["id"] as unknown as string;
    };
    const [ada, ben] = [
      { token: await city.signIn("ada@example.org") },
      { token: await city.signIn("ben@example.org") },
    ];
    const meters: string[] = [];
    const accounts: string[] = [];
    for (const [number, contact] of [
      ["A-1", "ada@example.org"],
      ["B-1", "ben@example.org"],
    ] as const) {
      accounts.push(await account(number, contact));
      const order = { serial: `M-${number}`, kind: "electricity", accountId: accounts.at(-1) };
      meters.push((await json(await city.post("/v1/meters", order, { as: "agent" })))["id"] as unknown as string);
    }
    const text = `meter,time,Wh\n${["M-A-1", "M-B-1"].map((serial) => `${serial},2026-01-01T00:00Z,5\n${serial},2026-01-01T01:00Z,7`).join("\n")}`;
    expect((await city.upload("/v1/readings", "a.csv", text, { as: "agent" })).status).toBe(201);
    const seen = await json(await city.get("/v1/meters", { as: ada }));
    expect(seen["meters"]).toMatchObject([{ id: meters[0], serial: "M-A-1" }]);
    expect((await city.get(`/v1/meters/${meters[0]}/readings?from=2026-01-01&to=2026-01-02`, { as: ada })).status).toBe(
      200,
    );
    const gone = async (id: string, path = "") => {
      const answer = await city.get(`/v1/meters/${id}${path}`, { as: ada });
      return [answer.status, (await answer.text()).replace(/urn:request:[^"]+/, "")];
    };
    const missing = await gone(city.id("mtr"));
    expect(missing[0]).toBe(404);
    expect(await gone(meters[1]!)).toEqual(missing);
    expect(await gone(meters[1]!, "/readings")).toEqual(missing);
    // The one who takes a meter over does not see how the one before lived.
    const taken = await city.patch(`/v1/meters/${meters[0]}`, { accountId: accounts[1] }, { as: "agent" });
    expect(await json(taken)).toMatchObject({ accountId: accounts[1], accountFrom: expect.any(String) });
    expect((await city.get(`/v1/meters/${meters[0]}`, { as: ada })).status).toBe(404);
    const old = `/v1/meters/${meters[0]}/readings?from=2026-01-01&to=2026-01-02`;
    expect((await json(await city.get(old, { as: ben })))["readings"]).toMatchObject([{ quantity: 0, coverage: 0 }]);
    expect((await json(await city.get(old, { as: "agent" })))["readings"]).toMatchObject([{ quantity: 12 }]);
    await city.patch(`/v1/meters/${meters[0]}`, { accountId: null }, { as: "agent" });
    // Untied, it is nobody's.
    expect((await city.patch(`/v1/meters/${meters[1]}`, { accountId: null }, { as: "agent" })).status).toBe(200);
    expect(await json(await city.get("/v1/meters", { as: ben }))).toEqual({ meters: [] });
    expect((await city.get(`/v1/meters/${meters[1]}`, { as: ben })).status).toBe(404);
  });

  // Guards against a clerk who cannot see what a file brings before it counts.
  test("a clerk checks a file, sees what it would bring, and keeps it", async () => {
    const city = await newCity({ timeZone: "Australia/Brisbane", languages: ["en", "fr", "ar"] });
    const clerk = await city.browser("agent");
    const name = "NEM12_000000000000004_CNRGYMDP_NEMMCO.zip";
    const checked = await clerk.submit(
      "/staff/meters/uploads",
      { file: new File([file(`nem12/${name}`)], name), register: "true" },
      "/staff/meters",
    );
    expect(checked.status, await checked.clone().text()).toBe(303);
    const preview = checked.headers.get("location")!;
    const shown = await (await clerk.get(preview)).text();
    expect(shown).toContain("04062");
    expect(await json(await city.get("/v1/meters", { as: "agent" }))).toEqual({ meters: [] });
    const kept = await clerk.submit(
      preview.split("?")[0]!,
      Object.fromEntries(new URLSearchParams(preview.split("?")[1])),
      preview,
    );
    expect(kept.status, await kept.clone().text()).toBe(303);
    const again = await clerk.submit(preview.split("?")[0]!, { register: "true" }, "/staff/meters");
    expect(again.headers.get("location")).toBe(kept.headers.get("location"));
    expect((await clerk.get(kept.headers.get("location")!)).status).toBe(200);
    const [meter] = (await json(await city.get("/v1/meters", { as: "agent" })))["meters"] as unknown as {
      id: string;
    }[];
    for (const lang of ["en", "fr", "ar"]) {
      const html = await (await clerk.get(`/meters/${meter!.id}?lang=${lang}`)).text();
      expect(html).toContain("<svg");
      expect(html).toContain("url(#hatch-days)"); // estimated days are hatched
      expect(html).toMatch(/>(estimated|estimé|مقدّر)</);
    }
  });

  test("a clerk is shown the lines of a file that is refused, and nothing waits to be kept", async () => {
    const city = await newCity({ languages: ["en", "fr"] });
    const clerk = await city.browser("agent");
    const name = "Example_NEM12_incomplete_interval.csv";
    const answer = await clerk.submit(
      "/staff/meters/uploads",
      { file: new File([file(`nem12/invalid/${name}`)], name), register: "true" },
      "/staff/meters",
    );
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("Line 3: 0 values, where intervals of 30 minutes make 48 a day.");
    const wrong = await clerk.submit(
      "/staff/meters",
      { serial: "W1", kind: "water", registerUnit: "kWh" },
      "/staff/meters",
    );
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('value="W1"');
    // And by whoever reads French, in French; an account is named by its number.
    await clerk.get("/staff/meters?lang=fr");
    const refused = await clerk.submit(
      "/staff/meters/uploads",
      { file: new File([file(`nem12/invalid/${name}`)], name), register: "true" },
      "/staff/meters",
    );
    expect(await refused.text()).toContain("0 valeurs, alors que des intervalles de 30 minutes en font 48 par jour.");
    const account = await ok<{ id: string }>(
      city.post("/v1/accounts", { number: "R-7", name: "Awa Diop" }, { as: "agent" }),
    );
    const order = { serial: "W7", kind: "water" };
    const nobody = await clerk.submit("/staff/meters", { ...order, account: "R-8" }, "/staff/meters");
    expect([nobody.status, (await nobody.text()).includes("Il n’y a pas de compte de ce numéro.")]).toEqual([
      422,
      true,
    ]);
    await clerk.submit("/staff/meters", { ...order, account: "R-7" }, "/staff/meters");
    const { meters } = await ok<{ meters: { id: string; accountId?: string }[] }>(
      city.get("/v1/meters?number=W7", { as: "agent" }),
    );
    expect(meters[0]!.accountId).toBe(account.id);
    const path = `/meters/${meters[0]!.id}`;
    expect(await (await clerk.get(path)).text()).toContain("R-7 · Awa Diop");
    const again = await clerk.submit(`/staff${path}/account`, { account: "R-9" }, path);
    expect([again.status, (await again.text()).includes('value="R-9"')]).toEqual([422, true]);
    await clerk.submit(`/staff${path}/account`, { account: "" }, path);
    expect(await (await clerk.get(path)).text()).not.toContain("R-7");
  });
});
