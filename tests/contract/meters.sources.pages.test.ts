import { describe, expect, test } from "vitest";
import { newCity, target } from "../city.ts";
import { deliver, FORMATTER, litres, minutesAgo, newMeter, newSource, ttsUp } from "../lorawan.ts";

const EUI = "0004A30B001C0530";
const SOURCES = "/staff/meters/sources";

describe(`pages of sources, ${target.name}`, () => {
  test("an administrator sets a source up, an agent mends what waits, and both see what is missing", async () => {
    const city = await newCity({ languages: ["en", "fr", "ar"] });
    const admin = await city.browser("administrator");
    const tried = await admin.submit(
      "/staff/meters/decoders",
      { name: "Water", code: FORMATTER, fields: "meter.volume m3\nflow", samples: "2 000004d2" },
      "/staff/meters/decoders",
    );
    expect(tried.status).toBe(422);
    expect(await tried.text()).toContain("Line 2 cannot be read.");
    const failed = await admin.submit(
      "/staff/meters/decoders",
      { name: "Water", code: FORMATTER, fields: "meter.volume m3", samples: "2 01" },
      "/staff/meters/decoders",
    );
    expect(failed.status).toBe(422);
    const again = await failed.text();
    expect(again).toContain("payload is too short");
    expect(again).toContain("meter.volume m3");
    const kept = await admin.submit(
      "/staff/meters/decoders",
      { name: "Water", code: FORMATTER, fields: "meter.volume m3", samples: "2 000004d2" },
      "/staff/meters/decoders",
    );
    expect(kept.status, await kept.clone().text()).toBe(303);
    const decoderId = new URL(kept.headers.get("location")!, target.url).searchParams.get("id")!;
    expect(await (await admin.get(`/staff/meters/decoders?id=${decoderId}`)).text()).toContain("2 000004d2");

    const nameless = await admin.submit(SOURCES, { kind: "tts", name: "" }, SOURCES);
    expect(nameless.status).toBe(422);
    const made = await admin.submit(SOURCES, { kind: "tts", name: "River quarter", decoderId }, SOURCES);
    expect(made.status).toBe(303);
    const at = made.headers.get("location")!.slice(`/cities/${city.slug}`.length);
    const page = await (await admin.get(at)).text();
    const secret = /whsec_[A-Za-z0-9+/=]+/.exec(page)![0];
    const path = at.split("?")[0]!;
    const source = { id: path.split("/").at(-1)!, secret, path: `/v1/readings/sources/${path.split("/").at(-1)}/tts` };
    expect(page).toContain(source.path);
    expect(page).not.toContain("cursor="); // nobody was heard, and nobody is on a next page

    // A meter that nobody registered: its message waits, and the agent sees why.
    expect((await deliver(city, source, ttsUp(EUI, 0, litres(3), minutesAgo(9)))).status).toBe(202);
    expect((await deliver(city, { ...source, secret: "x" }, {})).status).toBe(401);
    const agent = await city.browser("agent");
    const seen = await (await agent.get(path)).text();
    expect(seen).toContain("is registered here.");
    expect(seen).toContain("The secret of this source is missing or wrong.");
    expect(seen).not.toContain(secret);
    expect(await (await agent.get(`${path}?show=secret`)).text()).not.toContain(secret);
    await newMeter(city, "W-1");
    const set = await agent.submit(`${path}/devices`, { device: EUI, meter: "W-1", everyMinutes: "60" }, path);
    expect(set.status, await set.clone().text()).toBe(303);
    const retried = await agent.submit(`${path}/parked/retry`, {}, path);
    const after = await (await agent.get(retried.headers.get("location")!)).text();
    expect(after).toContain("1 kept, 0 still waiting.");
    expect(after).toContain("60 minutes");

    expect((await deliver(city, source, ttsUp(EUI, 4, litres(9), minutesAgo(2)))).status).toBe(201);
    const gaps = await (await agent.get("/staff/meters/gaps")).text();
    expect(gaps).toContain("3 of 3 frames");
    expect(gaps).toContain("Listed as missing");
    expect(await (await agent.get("/staff")).text()).toContain("Open gaps");

    const changed = await admin.submit(
      path,
      { name: "River", state: "paused", decoderId, perMinute: "60", windowHours: "0.1", application: "", tenant: "" },
      path,
    );
    expect(changed.status).toBe(422);
    const paused = await admin.submit(
      path,
      { name: "River", state: "paused", decoderId, perMinute: "60", windowHours: "24", application: "", tenant: "" },
      path,
    );
    expect(paused.status).toBe(303);
    expect((await deliver(city, source, ttsUp(EUI, 5, litres(9), minutesAgo(1)))).status).toBe(403);
    const anew = await admin.submit(`${path}/secret`, {}, path);
    expect(await (await admin.get(anew.headers.get("location")!)).text()).not.toContain(secret);
    for (const [lang, words] of [
      ["fr", "Refusés récemment"],
      ["ar", "ما رُفض مؤخراً"],
    ] as const) {
      const text = await (await admin.get(`${path}?lang=${lang}`)).text();
      expect(text).toContain(words);
      expect(text).toContain(`dir="${lang === "ar" ? "rtl" : "ltr"}"`);
    }
  });

  test("who may not see them does not, and another city's source is not there", async () => {
    const [city, other] = await Promise.all([newCity(), newCity()]);
    const source = await newSource(city, "tts");
    const resident = await city.browser("resident");
    const pages = [SOURCES, `${SOURCES}/${source.id}`, "/staff/meters/gaps", "/staff/meters/decoders"];
    for (const path of pages) expect((await resident.get(path)).status, path).toBe(403);
    const agent = await city.browser("agent");
    for (const path of pages) expect((await agent.get(path)).status, path).toBe(200);
    for (const form of [SOURCES, `${SOURCES}/${source.id}`, `${SOURCES}/${source.id}/secret`, "/staff/meters/decoders"])
      expect((await agent.submit(form, {}, SOURCES)).status, form).toBe(403);
    const admin = await other.browser("administrator");
    expect((await admin.get(`${SOURCES}/${source.id}`)).status).toBe(404);
    for (const form of ["secret", "storage/none", "parked/retry"])
      expect((await admin.submit(`${SOURCES}/${source.id}/${form}`, {}, SOURCES)).status, form).toBe(404);
  });
});
