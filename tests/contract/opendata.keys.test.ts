import { describe, expect, test } from "vitest";
import { newCity, target } from "../city.ts";

interface Use {
  quota: number;
  days: { day: string; total: number; datasets: { dataset: string; calls: number }[] }[];
}

describe(`keys for open data, ${target.name}`, () => {
  // Guards against a key that tells anybody but its owner how it is used.
  test("a resident takes a key, asks with it, and sees its use; nobody else does, and revoked it is none", async () => {
    const [city, other] = [await newCity(), await newCity()];
    const fields = { title: "Benches", licence: "CC0-1.0", source: "Made up", personal: "none" };
    const drafted = await city.upload("/v1/datasets", "a.csv", "a,b\n1,2\n", { as: "data_officer", fields });
    const { id } = (await drafted.json()) as { id: string };
    await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" });

    expect((await city.post("/v1/data-keys", { name: "Mine" })).status).toBe(401);
    expect((await city.post("/v1/data-keys", { name: "" }, { as: "resident" })).status).toBe(422);
    const made = await city.post("/v1/data-keys", { name: "Mine" }, { as: "resident" });
    expect(made.status).toBe(201);
    const { key, secret } = (await made.json()) as { key: { id: string }; secret: string };
    const asked = await city.get("/v1/datasets/benches/records", { headers: { "X-API-Key": secret } });
    expect(asked.status).toBe(200);
    expect(asked.headers.get("ratelimit-policy")).toBe('"key";q=200000;w=86400');
    // A city's keys are its own.
    expect((await other.get("/v1/datasets", { headers: { "X-API-Key": secret } })).status).toBe(401);

    const use = (await (await city.get(`/v1/data-keys/${key.id}/use`, { as: "resident" })).json()) as Use;
    expect(use).toMatchObject({ quota: 200_000, days: [{ total: 1, datasets: [{ dataset: "benches", calls: 1 }] }] });
    const page = await (await (await city.browser("resident")).get(`/data-keys/${key.id}`)).text();
    expect(page).toContain("/data/benches");
    const stranger = { token: await city.signIn(`stranger@${city.slug}.example`) };
    for (const path of [`/v1/data-keys/${key.id}/use`, `/v1/data-keys/${city.id("dkey")}/use`])
      expect((await city.get(path, { as: stranger })).status).toBe(404);
    expect((await city.delete(`/v1/data-keys/${key.id}`, { as: stranger })).status).toBe(404);
    expect((await other.get(`/v1/data-keys/${key.id}/use`, { as: "resident" })).status).toBe(404);
    expect(await (await city.get("/v1/data-keys", { as: stranger })).json()).toEqual({ keys: [] });

    expect((await city.delete(`/v1/data-keys/${key.id}`, { as: "resident" })).status).toBe(204);
    expect(await (await city.get("/v1/data-keys", { as: "resident" })).json()).toEqual({ keys: [] });
  });
});
