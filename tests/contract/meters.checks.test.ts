import { describe, expect, test } from "vitest";
import { ok } from "../billed.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const HOUR_MS = 3_600_000;
const first = Date.UTC(2026, 8, 7); // a Monday
const at = (hour: number) => new Date(first + hour * HOUR_MS).toISOString();
const AGENT = { as: "agent" } as const;

interface Finding {
  id: string;
  rule: string;
  day: string;
  state: string;
  facts: Record<string, number>;
  reason?: string;
  correctionId?: string;
}
interface Correction {
  id: string;
  kind: string;
  reason: string;
  by: string;
  undoneBy?: string;
  [more: string]: unknown;
}
interface Usage {
  at: string;
  quantity: number;
  quality?: string;
  isEstimated: boolean;
  coverage: number;
}

async function meterIn(city: TestCity, serial: string, more: object = {}): Promise<string> {
  const { id } = await ok<{ id: string }>(
    city.post("/v1/meters", { serial, kind: "electricity", registerUnit: "kWh", ...more }, AGENT),
  );
  return id;
}
const keep = (city: TestCity, csv: string) => ok(city.upload("/v1/readings", "r.csv", csv, AGENT));
/** Hours of a meter in Wh: 100 in the first hour of a day, 110 in the second, and so on. */
const hours = (serial: string, count: number, isRead: (hour: number) => boolean = () => true) =>
  `meter,time,Wh\n${Array.from({ length: count }, (_, hour) => hour)
    .filter(isRead)
    .map((hour) => `${serial},${at(hour)},${100 + (hour % 24) * 10}`)
    .join("\n")}\n`;
const read = async (city: TestCity, id: string, from: string, to: string, more = "grain=interval"): Promise<Usage[]> =>
  (await ok<{ readings: Usage[] }>(city.get(`/v1/meters/${id}/readings?from=${from}&to=${to}&${more}`, AGENT)))
    .readings;
const correct = (city: TestCity, id: string, body: object) =>
  ok<Correction>(city.post(`/v1/meters/${id}/corrections`, { reason: "seen on site", ...body }, AGENT));
const findings = async (city: TestCity, query: string): Promise<Finding[]> =>
  (await ok<{ findings: Finding[] }>(city.get(`/v1/readings/findings?${query}`, AGENT))).findings;

describe(`validation, estimation and editing, ${target.name}`, () => {
  // Guards against a correction that overwrites what was read, and one that cannot be taken back.
  test("a correction counts in place of what was delivered, keeps it, and is undone by another", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const id = await meterIn(city, "M1");
    await keep(city, hours("M1", 48));
    const day = () => read(city, id, "2026-09-08", "2026-09-09", "grain=day");
    const [before] = await day();
    expect(before).toMatchObject({ quantity: 5160, isEstimated: false });

    const made = await correct(city, id, {
      kind: "values",
      from: at(24),
      interval: 3600,
      values: ["1", null, "0.25"],
      unit: "kWh",
      reason: "the meter was bypassed",
    });
    expect(made).toMatchObject({ kind: "values", count: 2, channels: ["main"], quality: "S", quantityBefore: 330 });
    const [one, two, three, four] = await read(city, id, at(24), at(28));
    expect([one, two, three, four]).toMatchObject([
      { quantity: 1000, quality: "S55", isEstimated: true },
      { quantity: 110, quality: "A", isEstimated: false },
      { quantity: 250, quality: "S55", isEstimated: true },
      { quantity: 130, quality: "A", isEstimated: false },
    ]);
    expect(await read(city, id, at(24), at(28), "grain=interval&as=delivered")).toMatchObject(
      [100, 110, 120, 130].map((quantity) => ({ quantity, quality: "A" })),
    );
    // Who takes the readings away takes what counts, with its quality.
    const file = await (
      await city.get(`/v1/meters/${id}/export?format=csv&from=2026-09-08&to=2026-09-09`, AGENT)
    ).text();
    expect(file.match(/S55/g)).toHaveLength(2);
    // What comes later does not silently take its place.
    await keep(city, hours("M1", 26));
    expect(await read(city, id, at(24), at(25))).toMatchObject([{ quantity: 1000 }]);

    const undo = await correct(city, id, { kind: "undo", correctionId: made.id, reason: "it was the neighbour’s" });
    expect((await day())[0]).toEqual(before);
    const history = await ok<{ corrections: Correction[] }>(city.get(`/v1/meters/${id}/corrections`, AGENT));
    expect(history.corrections.map((each) => [each.kind, each.reason, each.undoneBy])).toEqual([
      ["undo", "it was the neighbour’s", undefined],
      ["values", "the meter was bypassed", undo.id],
    ]);
    expect(history.corrections[0]!.by).toBeTruthy();
    // And again.
    await correct(city, id, { kind: "undo", correctionId: undo.id });
    expect(await read(city, id, at(24), at(25))).toMatchObject([{ quantity: 1000 }]);
    const twice = await city.post(
      `/v1/meters/${id}/corrections`,
      { kind: "undo", correctionId: undo.id, reason: "once more" },
      AGENT,
    );
    expect([twice.status, await twice.json()]).toMatchObject([422, { errors: [{ pointer: "#/correctionId" }] }]);
  });

  test("what is wrong with a correction is told by its field, and nothing is kept", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const id = await meterIn(city, "M1");
    const post = async (body: object) => {
      const answer = await city.post(`/v1/meters/${id}/corrections`, { reason: "seen on site", ...body }, AGENT);
      return [answer.status, ((await answer.json()) as { errors?: { pointer: string }[] }).errors?.[0]?.pointer];
    };
    const later = new Date(Date.now() + 40 * 24 * HOUR_MS).toISOString();
    const values = { kind: "values", from: at(0), interval: 3600, values: ["1"] };
    for (const [body, pointer] of [
      [{ ...values, reason: "" }, "#/reason"],
      [{ ...values, values: [] }, "#/values"],
      [{ ...values, values: ["-1"] }, "#/values/0"],
      [{ ...values, values: ["0.00000001"] }, "#/values/0"],
      [{ ...values, values: ["999999999999999"] }, "#/values/0"],
      [{ ...values, from: later }, "#/from"],
      [{ ...values, unit: "m3" }, "#/unit"],
      [{ ...values, quality: "A" }, "#/quality"],
      [{ ...values, findingId: `${id}.2026-09-07.gap` }, "#/findingId"],
      [{ kind: "register", at: later, value: "1" }, "#/at"],
      [{ kind: "withdraw", of: "intervals", from: at(2), to: at(1) }, "#/to"],
      [{ kind: "estimate", from: at(2), to: at(3) }, "#/from"],
      [{ kind: "exchange", at: at(2), last: "x" }, "#/last"],
      [{ kind: "dial", from: at(2) }, "#/digits"],
      [{ kind: "dial", from: at(2), digits: 4 }, "#/digits"],
      [{ kind: "dial", from: at(2), multiplier: "0" }, "#/multiplier"],
      [{ kind: "undo", correctionId: city.id("cor") }, "#/correctionId"],
      [{ kind: "shift" }, "#/kind"],
    ] as const)
      expect(await post(body), JSON.stringify(body)).toEqual([422, pointer]);
    expect(await ok(city.get(`/v1/meters/${id}/corrections`, AGENT))).toEqual({ corrections: [] });
    const keyless = await city.post(`/v1/meters/${id}/corrections`, values, {
      ...AGENT,
      headers: { "Idempotency-Key": "" },
    });
    expect(keyless.status).toBe(422);
    for (const as of ["resident", "treasurer"] as const)
      expect((await city.post(`/v1/meters/${id}/corrections`, values, { as })).status).toBe(403);
  });

  // Guards against a gap that nobody sees, and a guess that stays when the truth has come.
  test("a gap is found, estimated with its method, and gives way to what is read", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const id = await meterIn(city, "M1");
    const isMissing = (hour: number) => hour >= 9 * 24 + 5 && hour < 9 * 24 + 8;
    await keep(
      city,
      hours("M1", 12 * 24, (hour) => !isMissing(hour)),
    );
    const [gap] = await soon(
      () => findings(city, "state=open"),
      (all) => all.length > 0,
    );
    expect(gap).toMatchObject({ rule: "gap", day: "2026-09-16", state: "open", facts: { count: 3, minutes: 180 } });
    expect(await read(city, id, "2026-09-16", "2026-09-17", "grain=day")).toMatchObject([{ coverage: 0.875 }]);

    const answer = await city.post(
      `/v1/readings/findings/${gap!.id}`,
      { outcome: "estimated", reason: "a lost frame" },
      AGENT,
    );
    const after = await ok<Finding>(answer);
    expect(after).toMatchObject({
      state: "estimated",
      reason: "a lost frame",
      correctionId: expect.stringMatching(/^cor_/),
    });
    const day = () => read(city, id, "2026-09-16", "2026-09-17", "grain=day");
    expect(await day()).toMatchObject([{ quantity: 5160, coverage: 1, isEstimated: true, estimatedShare: 0.125 }]);
    expect(await read(city, id, at(9 * 24 + 5), at(9 * 24 + 8))).toMatchObject(
      [150, 160, 170].map((quantity) => ({ quantity, quality: "S15", isEstimated: true })),
    );
    expect(await findings(city, "state=done")).toMatchObject([{ id: gap!.id, state: "estimated" }]);
    const settled = await city.post(`/v1/readings/findings/${gap!.id}`, { outcome: "accepted", reason: "fine" }, AGENT);
    expect(settled.status).toBe(409);

    await keep(city, `meter,time,Wh\n${[5, 6, 7].map((hour) => `M1,${at(9 * 24 + hour)},7`).join("\n")}\n`);
    expect(await day()).toMatchObject([{ quantity: 5160 - 480 + 21, isEstimated: false }]);
  });

  test("a finding is accepted, somebody is sent, and what is gone goes by itself", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const id = await meterIn(city, "M1");
    await keep(city, `meter,time,Wh\nM1,${at(0)},5\nM1,${at(1)},400000\nM1,${at(25)},400000\nM1,${at(26)},3\n`);
    const open = await soon(
      () => findings(city, `meter=${id}`),
      (all) => all.length === 4,
    );
    expect(open.map(({ rule, day }) => [day, rule])).toEqual([
      ["2026-09-07", "gap"],
      ["2026-09-07", "range"],
      ["2026-09-08", "gap"],
      ["2026-09-08", "range"],
    ]);
    const say = (finding: Finding, outcome: string) =>
      city.post(`/v1/readings/findings/${finding.id}`, { outcome, reason: "the bakery’s oven" }, AGENT);
    expect(await ok(say(open[1]!, "accepted"))).toMatchObject({ state: "accepted", reason: "the bakery’s oven" });
    expect(await ok(say(open[3]!, "sent"))).toMatchObject({ state: "sent" });
    expect((await findings(city, "state=sent")).map(({ id: one }) => one)).toEqual([open[3]!.id]);
    // The gap is filled by what comes, and the range stays accepted.
    await keep(
      city,
      hours("M1", 48, (hour) => hour > 1 && hour !== 25),
    );
    const now = await soon(
      () => findings(city, `meter=${id}`),
      (all) => all[0]!.state === "gone",
    );
    expect(now.map(({ state }) => state)).toEqual(["gone", "accepted", "gone", "sent"]);
    for (const [body, status] of [
      [{ outcome: "edited", reason: "by hand" }, 422],
      [{ outcome: "accepted" }, 422],
    ] as const)
      expect((await city.post(`/v1/readings/findings/${open[3]!.id}`, body, AGENT)).status).toBe(status);
    expect(
      (await city.post(`/v1/readings/findings/${id}.2026-09-07.spike`, { outcome: "sent", reason: "look" }, AGENT))
        .status,
    ).toBe(404);
  });

  // Guards against a bill of 99,990 kWh, or of nothing, in the month in which a register goes round or is exchanged.
  test("a register goes round, is exchanged and is multiplied, each as it was said", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const round = await meterIn(city, "R1");
    const exchanged = await meterIn(city, "X1");
    await keep(
      city,
      `meter,time,index\nR1,${at(0)},99990\nR1,${at(24)},14\nX1,${at(0)},5000\nX1,${at(24)},6\nX1,${at(48)},10\n`,
    );
    const open = await soon(
      () => findings(city, "state=open"),
      (all) => all.length === 2,
    );
    expect(open.map(({ rule }) => rule).sort()).toEqual(["exchange", "roll_over"]);
    const of = (rule: string) => open.find((one) => one.rule === rule)!;
    const sum = async (id: string) =>
      (await read(city, id, "2026-09-07", "2026-09-10", "grain=day")).reduce((all, { quantity }) => all + quantity, 0);
    expect([await sum(round), await sum(exchanged)]).toEqual([0, 4000]);
    const refused = await city.post(
      `/v1/readings/findings/${of("roll_over").id}`,
      { outcome: "estimated", reason: "why not" },
      AGENT,
    );
    expect([refused.status, await refused.json()]).toMatchObject([422, { errors: [{ pointer: "#/outcome" }] }]);

    await correct(city, round, { kind: "dial", from: at(0), digits: 5, findingId: of("roll_over").id });
    await correct(city, exchanged, {
      kind: "exchange",
      at: at(12),
      last: "5002",
      first: "1",
      findingId: of("exchange").id,
    });
    expect([await sum(round), await sum(exchanged)]).toEqual([24_000, 2000 + 5000 + 4000]);
    expect(await findings(city, "state=open")).toEqual([]);
    expect((await findings(city, "state=done")).map(({ state }) => state)).toEqual(["edited", "edited"]);

    // Current transformers of 40:1 from the second day on.
    await correct(city, exchanged, { kind: "dial", from: at(24), multiplier: "40" });
    expect(await sum(exchanged)).toBe(2000 + 5000 + 160_000);
    // Somebody read the dial in between: it is actual, and shares the day out as it was.
    await correct(city, exchanged, { kind: "register", at: at(36), value: "9" });
    expect(await read(city, exchanged, at(24), at(48), "grain=interval")).toMatchObject([
      { quantity: 120_000, quality: "A" },
      { quantity: 40_000, quality: "A" },
    ]);
    // An hour's value would take the rest of the register's day away.
    const hour = { kind: "values", from: at(37), interval: 3600, values: ["1"], reason: "only this hour" };
    const refusal = await city.post(`/v1/meters/${exchanged}/corrections`, hour, AGENT);
    expect([refusal.status, await refusal.json()]).toMatchObject([422, { errors: [{ pointer: "#/from" }] }]);
    await correct(city, exchanged, { kind: "withdraw", of: "registers", from: at(47), to: at(49) });
    expect(await sum(exchanged)).toBe(2000 + 5000 + 120_000);
  });

  // Guards against pulses that are billed as watt-hours.
  test("pulses count nothing until it is said what one stands for, and then all of them do", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const id = await meterIn(city, "P1", { kind: "water", registerUnit: "pulse" });
    const refused = await city.upload("/v1/readings", "r.csv", `meter,time,L\nP1,${at(0)},5\nP1,${at(1)},5\n`, AGENT);
    expect(refused.status).toBe(422);
    await keep(city, `meter,time,pulses\nP1,${at(0)},4\nP1,${at(1)},6\n`);
    const batch = { delivery: "one", interval: 3600, unit: "pulse", readings: [["P1", at(2), 8]] };
    await ok(city.post("/v1/readings/batches", batch, AGENT));
    const litre = await city.post("/v1/readings/batches", { ...batch, delivery: "two", unit: "L" }, AGENT);
    expect(litre.status).toBe(422);
    const day = () => read(city, id, "2026-09-07", "2026-09-08", "grain=day");
    expect(await day()).toMatchObject([{ quantity: 0, coverage: 0 }]);
    await correct(city, id, { kind: "dial", from: at(0), multiplier: "2.5" });
    expect(await day()).toMatchObject([{ quantity: 45, isEstimated: false }]);
    const values = { kind: "values", from: at(3), interval: 3600, values: ["10"], reason: "counted by hand" };
    expect((await city.post(`/v1/meters/${id}/corrections`, { ...values, unit: "L" }, AGENT)).status).toBe(422);
    await correct(city, id, values);
    expect(await day()).toMatchObject([{ quantity: 70 }]);
  });

  test("a city sets its own rules, from a day on", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const rules = "/v1/readings/rules";
    const { sets } = await ok<{ sets: { version: number; electricity: { range: object } }[] }>(city.get(rules, AGENT));
    expect(sets).toMatchObject([{ version: 0, from: "1970-01-01", electricity: { range: { mostPerHour: 250_000 } } }]);
    const set = await ok(
      city.put(
        rules,
        { from: "2026-09-08", electricity: { range: { mostPerHour: 120 }, gap: { isOn: false } } },
        { as: "administrator" },
      ),
    );
    expect(set).toMatchObject({
      version: 1,
      electricity: { range: { isOn: true, mostPerHour: 120 }, gap: { isOn: false }, spike: { times: 10 } },
      water: { range: { mostPerHour: 10_000 } },
    });
    await meterIn(city, "M1");
    await keep(
      city,
      hours("M1", 48, (hour) => hour % 24 !== 1),
    );
    const open = await soon(
      () => findings(city, "state=open"),
      (all) => all.length > 0,
    );
    // On the first day the house's rules hold: there the gap is found, and on the second the range.
    expect(open.map(({ day, rule }) => [day, rule])).toEqual([
      ["2026-09-08", "range"],
      ["2026-09-07", "gap"],
    ]);
    for (const body of [
      { electricity: {} },
      { from: "2026-13-01" },
      { from: "2026-09-08", electricity: { range: { mostPerHour: 0 } } },
      { from: "2026-09-08", heat: {} },
    ])
      expect((await city.put(rules, body, { as: "administrator" })).status, JSON.stringify(body)).toBe(422);
    expect((await city.put(rules, { from: "2026-09-08" }, AGENT)).status).toBe(403);
    expect((await ok<{ sets: unknown[] }>(city.get(rules, AGENT))).sets).toHaveLength(2);
  });

  // Guards against work that only a program can do: a clerk does it all by pages, without script.
  test("staff decide, set right and set rules by pages", async () => {
    const city = await newCity({ timeZone: "UTC" });
    const id = await meterIn(city, "M1");
    await keep(
      city,
      hours("M1", 12 * 24, (hour) => hour !== 9 * 24 + 5),
    );
    const [gap] = await soon(
      () => findings(city, "state=open"),
      (all) => all.length > 0,
    );
    const agent = await city.browser("agent");
    const text = async (path: string) => (await agent.get(path)).text();
    expect(await text("/staff/meters")).toContain("/staff/meters/findings");
    expect(await text("/staff")).toContain("/staff/meters/findings");
    const queue = await text("/staff/meters/findings?lang=fr");
    expect(queue).toContain("Il manque 1 intervalles, 60 minutes en tout.");
    const path = `/staff/meters/findings/${gap!.id}`;
    expect((await agent.submit(path, { outcome: "estimated", reason: "" }, path)).status).toBe(422);
    const done = await agent.submit(path, { outcome: "estimated", reason: "a lost frame" }, path);
    expect([done.status, done.headers.get("location")]).toEqual([303, expect.stringMatching(/findings$/)]);
    expect(await text(path)).toContain("a lost frame");

    const corrections = `/staff/meters/${id}/corrections`;
    expect(await text(corrections)).toContain("a lost frame");
    const typed = {
      kind: "values",
      from: "2026-09-08 00:00",
      minutes: "60",
      values: "1,5\n–\n٢",
      reason: "read again",
    };
    const wrong = await agent.submit(
      corrections,
      { ...typed, from: "yesterday", values: "x" },
      `${corrections}?kind=values`,
    );
    expect(wrong.status).toBe(422);
    const again = await wrong.text();
    expect(again).toContain('href="#f-from"');
    expect(again).toContain("read again");
    const kept = await agent.submit(corrections, typed, `${corrections}?kind=values`);
    expect(kept.status, await kept.clone().text()).toBe(303);
    expect(
      (await read(city, id, "2026-09-08T00:00:00Z", "2026-09-08T03:00:00Z")).map(({ quantity }) => quantity),
    ).toEqual([1500, 110, 2000]);
    const { corrections: all } = await ok<{ corrections: Correction[] }>(
      city.get(`/v1/meters/${id}/corrections`, AGENT),
    );
    const undo = { kind: "undo", correctionId: all[0]!.id, reason: "the other meter" };
    expect((await agent.submit(corrections, undo, `${corrections}?undo=${all[0]!.id}`)).status).toBe(303);
    for (const kind of ["register", "withdraw", "estimate", "exchange", "dial"])
      expect((await agent.get(`${corrections}?kind=${kind}`)).status).toBe(200);

    const administrator = await city.browser("administrator");
    const rules = "/staff/meters/rules";
    const set = {
      kind: "water",
      from: "2026-10-01",
      on: "range",
      mostPerHour: "4000",
      times: "5",
      leastPerHour: "100",
    };
    const bad = await administrator.submit(rules, { ...set, zeroHours: "0", shiftHours: "3" }, rules);
    expect([bad.status, (await bad.text()).includes('href="#f-zeroHours"')]).toEqual([422, true]);
    expect((await administrator.submit(rules, { ...set, zeroHours: "24", shiftHours: "3" }, rules)).status).toBe(303);
    const { sets } = await ok<{ sets: object[] }>(city.get("/v1/readings/rules", AGENT));
    expect(sets[0]).toMatchObject({
      version: 1,
      water: { range: { isOn: true, mostPerHour: 4000 }, gap: { isOn: false }, zero_run: { isOn: false, hours: 24 } },
      electricity: { gap: { isOn: true } },
    });
    expect((await agent.submit(rules, set, rules)).status).toBe(403);
    const treasurer = await city.browser("treasurer");
    expect((await treasurer.get(path)).status).toBe(200);
    expect(
      (await treasurer.submit(path, { outcome: "accepted", reason: "fine" }, "/staff/billing/matching")).status,
    ).toBe(403);
  });

  // Guards against a city that reads or mends another's meters.
  test("another city's meter, finding and correction are as absent as none", async () => {
    const [mine, other] = await Promise.all([newCity({ timeZone: "UTC" }), newCity({ timeZone: "UTC" })]);
    const id = await meterIn(mine, "M1");
    await keep(mine, `meter,time,Wh\nM1,${at(0)},5\nM1,${at(1)},400000\n`);
    const [finding] = await soon(
      () => findings(mine, "state=open"),
      (all) => all.length > 0,
    );
    const made = await correct(mine, id, { kind: "values", from: at(0), interval: 3600, values: ["1"] });
    const nobody = other.id("mtr");
    const bodies = {
      correction: { kind: "undo", correctionId: made.id, reason: "to see" },
      decision: { outcome: "accepted", reason: "to see" },
    };
    const seen = async (answer: Response) => {
      const { instance: _, ...rest } = (await answer.json()) as Record<string, unknown>;
      return [answer.status, rest];
    };
    for (const ask of [
      (meter: string) => other.get(`/v1/meters/${meter}/corrections`, AGENT),
      (meter: string) => other.post(`/v1/meters/${meter}/corrections`, bodies.correction, AGENT),
      (meter: string) => other.get(`/v1/readings/findings?meter=${meter}`, AGENT),
      (meter: string) => other.post(`/v1/readings/findings/${finding!.id.replace(id, meter)}`, bodies.decision, AGENT),
    ]) {
      const theirs = await seen(await ask(id));
      expect(theirs).toEqual(await seen(await ask(nobody)));
      expect(theirs[0]).toBe(404);
    }
    expect(await findings(other, "state=open")).toEqual([]);
  });

  // Guards against a meter whose cover was opened, and nobody is told; and against a finding of each day that it stays so.
  test("what is told of tampering is kept once a day, and waits among the findings", async () => {
    const [city, other] = await Promise.all([newCity({ languages: ["fr", "en"] }), newCity()]);
    const id = await meterIn(city, "T1");
    const tell = (events: object[], as: "agent" | "treasurer" = "agent") =>
      city.post("/v1/readings/events", { events }, { as });
    const event = (at: string, kind = "cover_opened", meter = "T1") => ({ meter, at, kind });
    const [first, later, next] = ["2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z", "2026-11-21T09:00:00Z"];
    expect(await ok(tell([event(later), event(first), event(next)]))).toEqual({ kept: 2, known: 1, ignored: 0 });
    const cim = {
      EndDeviceEvents: {
        EndDeviceEvent: [
          { Assets: { mRID: "T1" }, createdDateTime: first, EndDeviceEventType: { ref: "0.12.29.39" } },
          { Assets: { mRID: "T1" }, createdDateTime: next, EndDeviceEventType: { ref: "0.12.66.242" } },
          { Assets: { mRID: "T1" }, createdDateTime: next, EndDeviceEventType: { ref: "0.26.38.85" } },
        ],
      },
    };
    expect(await ok(city.post("/v1/readings/events", cim, AGENT))).toEqual({ kept: 1, known: 1, ignored: 1 });
    const path = `/v1/meters/${id}/events`;
    const { events } = await ok<{ events: { kind: string; at: string }[] }>(city.get(path, AGENT));
    expect(events.map(({ kind, at }) => [kind, at.slice(0, 16)])).toEqual([
      ["cover_opened", "2026-11-20T09:00"],
      ["cover_opened", "2026-11-21T09:00"],
      ["magnet", "2026-11-21T09:00"],
    ]);
    const { findings } = await soon(
      () =>
        ok<{ findings: { day: string; rule: string; facts: object }[] }>(
          city.get(`/v1/readings/findings?meter=${id}`, AGENT),
        ),
      (all) => all.findings.length === 2,
    );
    expect(findings).toMatchObject([
      { day: "2026-11-20", rule: "tampered", facts: { kinds: "cover_opened" } },
      { day: "2026-11-21", rule: "tampered", facts: { kinds: "magnet" } },
    ]);
    expect(await (await (await city.browser("agent")).get("/staff/meters/findings?lang=fr")).text()).toContain(
      "aimant approché",
    );

    const unknown = await tell([event(first, "magnet"), event(first, "magnet", "nobody’s")]);
    expect(unknown.status).toBe(422);
    expect(await unknown.json()).toMatchObject({ errors: [{ pointer: "#/events/1/meter" }] });
    expect((await tell([event(first, "smiled at")])).status).toBe(422);
    expect((await tell([event(first)], "treasurer")).status).toBe(403);
    expect((await city.get(path, { as: "resident" })).status).toBe(403);
    expect((await other.get(path, AGENT)).status).toBe(404);
    expect((await ok<{ events: object[] }>(city.get(path, AGENT))).events).toHaveLength(3);
  });
});
