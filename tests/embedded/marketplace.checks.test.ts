import { expect, test } from "vitest";
import { ok } from "../billed.ts";
import { newCity } from "../city.ts";
import { newPublisher } from "../publisher.ts";

const admin = { as: "administrator" } as const;
interface Check {
  version: string;
  package: string;
  verdict: string;
  checkedAt: string;
  lines: { check: string; verdict: string; found: { at: string }[] }[];
}

// Guards against a city that takes a release on the publisher's and the marketplace's word, and against a check that
// nobody can read again.
test("a city shows what its own check found of a release that it considers, uses or may change to", async () => {
  const publisher = await newPublisher();
  const { digest } = await publisher.publish(publisher.module("1.0.0", "1.50"));
  const name = `${publisher.name}/fair-water`;
  const at = `/v1/modules/${name}/check`;
  const page = `/staff/modules/${name}`;
  const [city, arabic] = [await newCity({ languages: ["en"] }), await newCity({ languages: ["ar"] })];
  const browser = await city.browser("administrator");
  const shown = async () => (await browser.get(`${page}?lang=en`)).text();

  expect((await city.get(at, admin)).status).toBe(404);
  expect(await shown()).toContain("The city has not checked version 1.0.0 yet.");
  expect((await browser.submit(`${page}/check`, { version: "1.0.0" }, page)).status).toBe(303);
  const considered = await ok<Check>(city.get(at, admin));
  expect(considered).toMatchObject({ version: "1.0.0", package: digest, verdict: "warn" });
  const verdictOf = (of: Check, check: string) => of.lines.find((line) => line.check === check)?.verdict;
  expect(["proofs", "languages"].map((check) => verdictOf(considered, check))).toEqual(["warn", "pass"]);
  expect(Date.now() - Date.parse(considered.checkedAt)).toBeLessThan(60_000);
  const checks = considered.lines.map(({ check }) => check);
  for (const one of ["manifest", "licence", "sbom", "secrets", "proofs", "scopes"]) expect(checks).toContain(one);
  const html = await shown();
  for (const said of ["The city’s own check", "Version 1.0.0, checked on", "No key, token or password was found"])
    expect(html).toContain(said);

  // Another city has its own, by its own languages; nobody reads this one there.
  expect((await arabic.get(at, admin)).status).toBe(404);
  const theirs = await ok<Check>(arabic.post(at, undefined, admin));
  expect(verdictOf(theirs, "languages")).toBe("warn");
  const read = await (await (await arabic.browser("administrator")).get(`${page}?lang=ar`)).text();
  expect(read).toContain("فحص المدينة نفسها");
  expect(read).toContain(`<code dir="ltr">${theirs.lines.find(({ check }) => check === "languages")!.found[0]!.at}`);

  // What is taken is checked by that alone, and another version when it is tried; both stand on the page.
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module: name }, admin));
  const taken = await ok<Check>(city.get(at, admin));
  expect(taken.checkedAt > considered.checkedAt).toBe(true);
  await publisher.publish(publisher.module("1.1.0", "1.60"));
  expect((await city.get(`${at}?version=1.1.0`, admin)).status).toBe(404);
  await ok(city.post(`/v1/installs/${id}/trials`, { version: "1.1.0" }, admin));
  expect(await ok(city.get(`${at}?version=1.1.0`, admin))).toMatchObject({ version: "1.1.0" });
  expect(await ok(city.get(at, admin))).toMatchObject({ version: "1.0.0" });
  for (const version of ["1.0.0", "1.1.0"]) expect(await shown()).toContain(`Version ${version}, checked on`);

  expect((await city.post(at, undefined, { as: "data_officer" })).status).toBe(403);
  const officer = await city.browser("data_officer");
  expect((await officer.submit(`${page}/check`, { version: "1.0.0" }, page)).status).toBe(403);
  expect((await city.post(`${at}?version=9.9.9`, undefined, admin)).status).toBe(404);
  expect((await browser.submit(`${page}/check`, { version: "new" }, page)).status).toBe(422);
  // It goes with the module.
  expect((await city.delete(`/v1/installs/${id}`, admin)).status).toBe(204);
  expect((await city.get(`${at}?version=1.1.0`, admin)).status).toBe(404);
});
