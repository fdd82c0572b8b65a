import { expect, test } from "vitest";
import { type Browser, newCity, type TestCity } from "../city.ts";

const card = { title: "Long", licence: "CC0-1.0", source: "Made up" };
const MB = 1024 * 1024;

/** A file of so many megabytes; a long one is no table, so that reading it keeps no other long file waiting. */
function file(mb: number): File {
  const block = `${"x".repeat(1000)},1\n`.repeat(MB / 1024);
  return new File([mb > 8 ? "\0" : "text,n\n", ...Array.from({ length: mb }, () => block)], "long.csv");
}
const uploads = async (city: TestCity, path: string) =>
  (await (await city.get(path, { as: "data_officer" })).json()) as { state: string };
const sent = (browser: Browser, fields: Record<string, string | File>, from = "/staff/data") =>
  browser.submit("/staff/data", fields, from);

// Guards against agents who cannot publish a long file without a program, and against a form that anybody may send.
test("the page takes a file that no memory should hold; a wrong card is told before it, and a form without its token is none", async () => {
  const city = await newCity();
  const browser = await city.browser("data_officer");
  const wrong = await sent(browser, { ...card, licence: "", file: file(1) });
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain('value="Long"');
  const taken = await sent(browser, { ...card, file: file(40) });
  expect(taken.status, await taken.clone().text()).toBe(303);
  const id = taken.headers.get("location")!.split("/").at(-1)!;
  expect(["reading", "refused"]).toContain((await uploads(city, `/v1/drafts/${id}`)).state);

  const none = await sent(browser, { ...card, title: "Other", file: new File([], "") });
  expect(none.status).toBe(422);
  expect((await sent(browser, { ...card, title: "Third", csrf: "no", file: file(1) }, "")).status).toBe(403);
  expect((await sent(browser, { file: file(1), ...card }, "")).status).toBe(403);
  // The file may stand before its card.
  expect((await sent(browser, { file: file(1), ...card, title: "First the file" })).status).toBe(303);
});
