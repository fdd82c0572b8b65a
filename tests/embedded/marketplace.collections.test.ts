import { expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import collections from "../../marketplace/modules/rues-propres-collection-calendar/manifest.ts";
import { ok } from "../billed.ts";
import { newCity, soon } from "../city.ts";
import { published } from "../indicated.ts";
import { handedIn } from "../procedures.ts";
import { newPublisher } from "../publisher.ts";

const admin = { as: "administrator" } as const;

/** The same module that hears another fact than the evening, which no test can wait for: it takes any day for a Thursday. */
const atOnce = (name: string): ModuleInput => ({
  manifest: { ...collections.manifest, name },
  parts: collections.parts.map((part) =>
    part.kind === "function"
      ? {
          ...part,
          on: { ...part.on, event: "procedures.case_moved.v1" },
          code: `${part.code.replace("function run(", "function remind(")}
function run(event, reads) { return event.to === "on" ? remind({ weekday: 5, tomorrow: "2026-11-27" }, reads) : []; }`,
          proof: [{ name: "nothing", now: "2026-11-26T17:00:00Z", event: { to: "off" }, effects: [] }],
        }
      : part,
  ),
});

// Guards against a reminder that goes to another zone, to who stopped it or asked in another city; and against a module
// that learns whom it reminds.
test("residents are reminded of what is collected in their zone until they stop it", async () => {
  const [city, publisher] = await Promise.all([newCity({ languages: ["en", "fr", "ar"] }), newPublisher()]);
  const name = `${publisher.name}/collections`;
  const sent = await publisher.publish(atOnce(name));
  expect(sent.status, JSON.stringify(sent.answer)).toBe(201);
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module: name }, admin));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, admin));
  const put = (to: string) => ok(city.post(`/v1/installs/${id}/state`, { to }, admin));
  await put("proposed");
  for (const as of ["administrator", "data_officer"] as const)
    await ok(city.post(`/v1/installs/${id}/approvals`, {}, { as }));
  await put("shadow");
  await put("active");
  const csv =
    "zone,streets,weekday,kind\n3,Long Street,Friday,household\n3,Long Street,lundi,recycling\n4,Short Street,Monday,household\n";
  await published(city, "Collections", csv, { fills: `${name}/calendar` });

  const page = await (
    await city.get(`/modules/${name}/calendar-page`, { as: "nobody", headers: { Accept: "text/html" } })
  ).text();
  expect(page).toContain("Long Street");
  const key = `${name.replace("/", ".")}.reminders`;
  expect(page).toContain(`/procedures/about/${key}`);

  const browser = await city.browser();
  const contact = (who: string) => `${who}@${city.slug}.example`;
  const reminders = async (who: string) =>
    (await city.messages(contact(who))).filter((text) => text.includes("household waste"));
  const subscribe = (who: string, zone: string) => handedIn(browser, key, contact(who), { zone });
  const awa = await subscribe("awa", "3");
  await soon(
    () => reminders("awa"),
    (found) => found.length === 1,
  );
  const [said] = await reminders("awa");
  expect(said).toContain("Collection tomorrow: household waste\nOn November 27, 2026, in your zone.");
  // It can be stopped from where it is read.
  expect(said).toContain(awa);
  await browser.submit(`${awa}/moves/stop`, {}, awa);
  // Everybody who moves is a fact that the module hears: who lives elsewhere or stopped is not written to again.
  await subscribe("ben", "4");
  await subscribe("cem", "3");
  await soon(
    () => reminders("cem"),
    (found) => found.length === 1,
  );
  const { runs } = await ok<{ runs: { rows: number; effects: object }[] }>(city.get(`/v1/installs/${id}/runs`, admin));
  expect(runs.map(({ effects }) => effects)).toContainEqual({ "procedures.applicants:tell": 1 });
  expect(JSON.stringify(runs)).not.toContain(city.slug);
  expect(await reminders("awa")).toHaveLength(1);
  expect(await reminders("ben")).toHaveLength(0);
});
