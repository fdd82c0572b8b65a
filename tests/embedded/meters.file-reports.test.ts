import { expect, test } from "vitest";
import { newCity, type TestCity } from "../city.ts";
import { json, newMeter } from "../lorawan.ts";

const csv = (value: string, hour = 0) =>
  `meter,time,m3\nW-1,2026-11-01T0${hour}:00:00Z,1\nW-1,2026-11-01T0${hour + 1}:00:00Z,${value}\n`;
interface Report {
  by: string;
  name?: string;
  outcome: string;
  deliveryId?: string;
  readings?: number;
  errors: { pointer: string; detail: string }[];
}
type As = Parameters<TestCity["get"]>[1];
const files = async (city: TestCity, as: As) =>
  (await json(await city.get("/v1/readings/files", as)))["files"] as Report[];

// Guards against a sender who cannot tell what became of a file, and a key that reads what others sent.
test("what became of each file is kept: to its key its own, to staff all of them, by line", async () => {
  const city = await newCity({ languages: ["en", "fr"] });
  await newMeter(city, "W-1");
  const order = { name: "Head end", scopes: ["meters.readings:write"] };
  const made = await json(await city.post("/v1/keys", order, { as: "administrator" }));
  const key = { as: { token: String(made["secret"]) } };
  const headers = { "Content-Type": "text/csv" };
  const sent = async (body: string) => (await city.post("/v1/readings", body, { ...key, headers })).status;
  expect([await sent(csv("x")), await sent(csv("2")), await sent(csv("2"))]).toEqual([422, 201, 200]);
  const own = await files(city, key);
  expect(own).toMatchObject([
    { outcome: "known", readings: 2, errors: [] },
    { outcome: "kept", readings: 2, errors: [] },
    { outcome: "refused", errors: [{ pointer: "#/line/3" }] },
  ]);
  expect(own[0]!.deliveryId).toBe(own[1]!.deliveryId);

  const clerk = await city.browser("agent");
  const upload = { file: new File([csv("-", 4)], "novembre <b>.csv"), unit: "" };
  expect((await clerk.submit("/staff/meters/uploads", upload, "/staff/meters")).status).toBe(422);
  const all = await files(city, { as: "agent" });
  expect(all[0]).toMatchObject({ outcome: "refused", name: "novembre <b>.csv" });
  expect(all).toHaveLength(4);
  expect(await files(city, key)).toHaveLength(3);
  const page = await (await clerk.get("/staff/meters/files?lang=fr")).text();
  expect(page).toContain("novembre &lt;b&gt;.csv");
  expect(page).toContain("déjà enregistré");
  expect(page).toMatch(/[Ll]igne 3/);

  const other = await newCity();
  expect(await files(other, { as: "agent" })).toEqual([]);
  for (const as of ["resident", "data_officer"] as const)
    expect((await other.get("/v1/readings/files", { as })).status).toBe(403);
});
