import { expect, test } from "vitest";
import { newCity } from "../city.ts";

// Guards against a catalogue that is remembered and lacks what was just published, has it twice, or as it was before.
test("what is published, also at once, is in the catalogue from then on, by its address and as it is now", async () => {
  const city = await newCity();
  const as = { as: "data_officer" } as const;
  const card = { licence: "CC0-1.0", source: "Made up", personal: "none" };
  const publish = async (title: string, text: string, more: Record<string, string> = {}) => {
    const sent = await city.upload("/v1/datasets", "a.csv", text, { ...as, fields: { ...card, title, ...more } });
    const { id } = (await sent.json()) as { id: string };
    expect((await city.post(`/v1/datasets/${id}/publish`, undefined, as)).status).toBe(200);
  };
  const ask = async <T>(action: string) => {
    const answer = await city.get(`/api/3/action/${action}`);
    return ((await answer.json()) as { result: T }).result;
  };
  const names = () => ask<string[]>("package_list");
  expect(await names()).toEqual([]);
  await publish("Middle", "n\n1\n");
  expect(await names()).toEqual(["middle"]);
  await publish("Alpha", "n\n1\n");
  await publish("Zebra", "n\n1\n");
  expect(await names()).toEqual(["alpha", "middle", "zebra"]);
  await Promise.all(["One", "Two", "Three", "Four"].map((title) => publish(title, "n\n1\n")));
  expect(await names()).toEqual(["alpha", "four", "middle", "one", "three", "two", "zebra"]);
  await publish("Middle of it", "n\n1\n2\n", { updates: "middle" });
  const { count, results } = await ask<{ count: number; results: { name: string; version: string }[] }>(
    "package_search?q=middle",
  );
  expect([count, results]).toMatchObject([1, [{ name: "middle", title: "Middle of it", version: "2" }]]);
});
