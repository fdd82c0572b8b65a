import fc from "fast-check";
import { expect, test } from "vitest";
import { charge } from "../../functions/billing/events.ts";
import { latestOf, matches, modulesOf } from "../../marketplace/catalogue/domain.ts";
import { starter } from "../../marketplace/cli/starter.ts";
import { approvalsNeeded } from "../../marketplace/contract/asks.ts";
import { RulePart } from "../../marketplace/contract/hooks.ts";
import type { Listing } from "../../marketplace/contract/index-file.ts";
import { newKey, publicOf } from "../../marketplace/contract/keys.ts";
import { defineModule } from "../../marketplace/contract/module.ts";
import type { Part } from "../../marketplace/contract/parts.ts";
import { saysOf } from "../../marketplace/contract/says.ts";
import {
  claimsOf,
  fits,
  fitting,
  grantedOf,
  set,
  tariffsIn,
  tryTariff,
  type Use,
} from "../../marketplace/installs/domain.ts";
import {
  approve,
  approversOf,
  beginChange,
  change,
  move,
  nextStates,
  rollBack,
  servesAs,
  usualEnd,
} from "../../marketplace/installs/life.ts";
import { free } from "../../marketplace/installs/list-pages.tsx";
import { refusalIn } from "../../marketplace/installs/refusals.ts";
import { type Install, State } from "../../marketplace/installs/schema.ts";
import { settingsIn, settingsRefused } from "../../marketplace/installs/setting-form.tsx";
import { mistake } from "../../marketplace/installs/setting-mistakes.ts";
import { priceOf, usesOf } from "../../marketplace/installs/trial.ts";
import water from "../../marketplace/modules/aquametric-progressive-water/manifest.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import air from "../../marketplace/modules/lab-lagune-air-quality/manifest.ts";
import { Fault } from "../../shared/errors.ts";
import { LANGS } from "../../shared/texts.ts";
import { STALL } from "../procedures.ts";

const now = new Date("2026-11-23T10:00:00Z");
const module = defineModule(starter("aquametric/fair-water", "EUR"));
const digest = `sha256:${"0".repeat(64)}`;
const NOTHING_SET = { declined: [], config: {} };
const install = (more: Partial<Install> = {}): Install => ({
  id: "ins_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
  module: "aquametric/fair-water",
  version: "1.0.0",
  digest,
  publisher: "Aquametric",
  publisherKey: publicOf(newKey()),
  settings: { ...NOTHING_SET, parts: module.parts.map(({ id }) => id) },
  approvals: [],
  state: "trial",
  revision: 0,
  claims: [],
  createdAt: now.toISOString(),
  ...more,
});
const trial = (version: string) => ({
  version,
  triedAt: now.toISOString(),
  triedBy: "per_1",
  tariffs: [],
  proofs: [],
  resultDigest: digest,
});

/** A rule about what touches nobody, so nobody has to approve it. */
const rules: Part[] = [
  RulePart.parse({
    kind: "rule",
    id: "echo",
    title: { en: "Echo" },
    on: { event: "alarms.raised.v1", purpose: { en: "to see" } },
    effects: [{ scope: "own.rows:write", purpose: { en: "to keep" } }],
    when: true,
    does: [{ scope: "own.rows:write", about: "rows" }],
    proof: [{ name: "any", event: {}, now: now.toISOString(), effects: [] }],
  }),
];

// Guards against a way into service that nobody decided on.
test("the life of an install is this table and nothing else", () => {
  const all = Object.fromEntries(State.options.map((state) => [state, nextStates(state)]));
  expect(all).toEqual({
    trial: ["proposed", "leaving"],
    proposed: ["trial", "shadow", "active", "leaving"],
    shadow: ["active", "changing", "suspended", "leaving"],
    active: ["changing", "suspended", "leaving"],
    changing: ["shadow", "active", "suspended", "leaving"],
    suspended: ["shadow", "active", "changing", "leaving"],
    leaving: ["gone"],
    gone: [],
  });
  for (const from of State.options)
    for (const to of State.options) {
      // Nothing of a tariff acts by itself: only what does is let run in shadow.
      const parts = to === "shadow" ? rules : [];
      const begun = { version: "2.0.0", digest, from: to, data: 1, startedAt: now.toISOString(), by: "per_1" };
      const is = install({ state: from, trial: trial("1.0.0"), ...(from === "changing" ? { change: begun } : {}) });
      const attempt = () => move(is, to, parts, now).state;
      if (nextStates(from).includes(to)) expect(attempt()).toBe(to);
      else expect(attempt).toThrow(expect.objectContaining({ kind: "forbidden_transition" }));
    }
  expect(() => move(install(), "proposed", [], now)).toThrow(/Try this version/);
  expect(() => move(install({ trial: trial("0.9.0") }), "proposed", [], now)).toThrow(/Try this version/);
});

// Guards against staff who read in a foreign language why their step was not taken.
test("a refusal says why in the reader’s language, with its states as the page calls them", () => {
  const refusals = [
    [() => move(install({ state: "active" }), "proposed", [], now), /« en service »/, /«\u2068في الخدمة\u2069»/],
    [() => move(install(), "proposed", [], now), /^Essayez cette version/, /^جرّب هذا الإصدار/],
    [() => fits(fitting(water.parts, "TND"), "TND"), /cette ville facture en TND/, /بعملة/],
  ] as const;
  for (const [step, french, arabic] of refusals)
    try {
      step();
      expect.fail("it was not refused");
    } catch (error) {
      expect(refusalIn("en", error as Fault)).toBeTruthy();
      expect(refusalIn("fr", error as Fault)).toMatch(french);
      expect(refusalIn("ar", error as Fault)).toMatch(arabic);
    }
});

// Guards against a module that no page of the list offers, or that stands on two.
test("the pages of what is offered hold each module once, and none that is taken", async () => {
  const offers = Array.from({ length: 130 }, (_, i) => ({ name: `acme/module-${i}` }) as Listing);
  const taken = new Set(offers.flatMap(({ name }, i) => (i % 3 === 0 || i < 40 ? [name] : [])));
  const seen: string[][] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page = await free(offers, from, async (names) => new Set(names.filter((name) => taken.has(name))));
    seen.push(page.offers.map(({ name }) => name));
    from = page.next;
  }
  expect(seen.flat()).toEqual(offers.map(({ name }) => name).filter((name) => !taken.has(name)));
  expect(seen.map(({ length }) => length)).toEqual([24, 24, 12]);
});

// Guards against code that acts on people before anybody has watched it, or before two persons agreed.
test("what acts by itself runs in shadow first, and two persons approve exactly what touches people", () => {
  const proposed = install({ state: "proposed", trial: trial("1.0.0") });
  expect(() => move(proposed, "active", rules, now)).toThrow(/shadow first/);
  expect(() => move(proposed, "shadow", [], now)).toThrow(/Nothing of it acts/);
  const shadow = move(proposed, "shadow", rules, now);
  expect(move(shadow, "active", rules, now).state).toBe("active");

  const asks = grantedOf(proposed.settings, leaks.parts);
  expect(approvalsNeeded(asks)).toBe(2);
  const once = approve(approve(proposed, asks, "per_a", now), asks, "per_a", now);
  expect(approversOf(once, asks)).toEqual(["per_a"]);
  expect(() => move(once, "shadow", leaks.parts, now)).toThrow(/2 persons must approve .* so far 1/);
  const twice = approve(once, asks, "per_b", now);
  expect(move(twice, "shadow", leaks.parts, now).state).toBe("shadow");
  // Agreed was to all of it: with something declined it is another question.
  const less = { ...twice.settings, declined: ["night-watch/accounts.holders:tell"] };
  expect(grantedOf(less, leaks.parts)).toHaveLength(asks.length - 1);
  expect(() => move({ ...twice, settings: less }, "shadow", leaks.parts, now)).toThrow(/so far 0/);
  const failed = { ...trial("1.0.0"), proofs: [{ part: "p", name: "n", holds: false }] };
  expect(() => move(install({ trial: failed }), "proposed", rules, now)).toThrow(/own examples/);
});

// Guards against one person letting a publisher's form ask residents for their papers.
test("a procedure collects what is people's: two persons agree to its questions, and again when they change", () => {
  const asks = grantedOf(install().settings, [STALL]);
  expect(asks).toMatchObject([{ does: "collect", class: "identity", part: STALL.id, isOptional: false }]);
  expect(approvalsNeeded(asks)).toBe(2);
  const proposed = install({ state: "proposed", trial: trial("1.0.0") });
  const twice = approve(approve(proposed, asks, "per_a", now), asks, "per_b", now);
  expect(() => move(proposed, "active", [STALL], now)).toThrow(/2 persons must approve/);
  expect(move(twice, "active", [STALL], now).state).toBe("active");
  const [first, ...questions] = STALL.questions;
  const curious = { ...STALL, questions: [{ ...first!, title: { en: "Your religion?" } }, ...questions] };
  expect(() => move(twice, "active", [curious], now)).toThrow(/so far 0/);
});

// Guards against a change that is stopped into something that it was not, or that acts while its rows are copied.
test("while its rows are copied it serves as before; stopped, it is what it was, or suspended, or leaves", () => {
  const active = install({ state: "active", activeSince: now.toISOString(), trial: trial("2.0.0"), revision: 7 });
  const changing = beginChange(active, { version: "2.0.0", digest }, "per_a", now);
  expect(changing).toMatchObject({ state: "changing", version: "1.0.0", change: { from: "active", data: 8 } });
  expect(servesAs(changing)).toBe("active");
  expect(() => move(changing, "shadow", rules, now)).toThrow(/only become active again/);
  expect(move(changing, "active", [], now)).toEqual(active);
  for (const to of ["suspended", "leaving"] as const) {
    const stopped = move(changing, to, [], now);
    expect([stopped.state, stopped.change, stopped.data]).toEqual([to, undefined, undefined]);
  }
  for (const state of ["trial", "proposed", "leaving"] as const)
    expect(() => beginChange(install({ state }), { version: "2.0.0", digest }, "per_a", now)).toThrow(/cannot become/);
  const after = change(changing, rules, { version: "2.0.0", digest, parts: rules }, now);
  expect(after).toMatchObject({ version: "2.0.0", data: 8, previous: { version: "1.0.0", state: "active" } });
  expect(after.change).toBeUndefined();
  // The version before has its own rows again: those without a number.
  expect(rollBack(after, now)).toMatchObject({ version: "1.0.0", state: "active" });
  expect(rollBack(after, now).data).toBeUndefined();
  expect(() => change(install({ state: "leaving" }), [], { version: "2.0.0", digest, parts: [] }, now)).toThrow(
    /leaving/,
  );
});

// Guards against a grant without an end, and against one that is made longer by one person.
test("what touches people is granted for a year, and a later end is another question", () => {
  const asks = grantedOf(install().settings, leaks.parts);
  expect(usualEnd(asks, now, "UTC")).toEqual({ until: "2027-11-23" });
  expect(usualEnd([], now, "UTC")).toEqual({});
  const until = (day?: string) => (day === undefined ? {} : { until: day });
  const set = (one: Install, day?: string): Install => ({
    ...one,
    settings: { ...NOTHING_SET, parts: [], ...until(day) },
  });
  const agreed = approve(set(install({ state: "proposed" }), "2027-11-23"), asks, "per_a", now);
  expect(approversOf(agreed, asks)).toEqual(["per_a"]);
  expect(approversOf(set(agreed, "2027-01-01"), asks)).toEqual(["per_a"]);
  expect(approversOf(set(agreed, "2028-01-01"), asks)).toEqual([]);
  expect(approversOf(set(agreed), asks)).toEqual([]);
  const forEver = approve(set(install({ state: "proposed" })), asks, "per_a", now);
  expect(approversOf(set(forEver, "2099-01-01"), asks)).toEqual(["per_a"]);
});

test("settings: only what is optional is declined, and figures stay within their bounds", () => {
  const of = (more: object) => () => set(install(), { ...NOTHING_SET, parts: ["night-watch"], ...more }, leaks);
  expect(of({ config: { "night-watch": { litres: 25 } } })().settings.config).toEqual({
    "night-watch": { litres: 25 },
  });
  for (const [pointer, more] of Object.entries({
    "#/parts/1": { parts: ["night-watch", "x"] },
    "#/declined/0": { declined: ["night-watch/alarms.alarms:raise"] },
    "#/config/night-watch/litres": { config: { "night-watch": { litres: 0 } } },
    "#/config/night-watch/other": { config: { "night-watch": { other: 1 } } },
    "#/config/other/litres": { config: { other: { litres: 1 } } },
  }))
    expect(of(more), pointer).toThrow(refusedAt(pointer));
  expect(of({ config: { "night-watch": { litres: "25" } } })).toThrow(refusedAt("#/config/night-watch/litres"));
});

const refusedAt = (...pointers: string[]) =>
  expect.objectContaining({
    kind: "invalid",
    members: { errors: pointers.map((pointer) => expect.objectContaining({ pointer, detail: expect.any(String) })) },
  });

// Guards against a form that names one mistake at a time, in one language, or under a name that the page does not have.
test("what is typed into a module’s settings is read as people write it, and each mistake names its field", () => {
  const both = { ...leaks, parts: [...leaks.parts, STALL] };
  const litres = "config/night-watch/litres";
  const price = `config/${STALL.id}/${STALL.prices[0]!.name}`;
  const typed = { parts: ["night-watch", STALL.id], [litres]: "٢٥", [price]: "7,50", until: "2027-01-31" };
  expect(settingsIn(typed, both, "EUR")).toEqual({
    parts: typed.parts,
    declined: ["night-watch/accounts.holders:tell"],
    config: { "night-watch": { litres: 25 }, [STALL.id]: { [STALL.prices[0]!.name]: 750 } },
    until: "2027-01-31",
  });
  const wrong = { parts: "night-watch", [litres]: "many", [price]: "x", until: "soon" };
  const all = [`#/${litres}`, `#/${price}`, "#/until"];
  expect(() => settingsIn(wrong, both, "EUR")).toThrow(refusedAt(...all));
  const errors = ["#/parts/1", "#/declined/0", `#/${litres}`].map((at) =>
    mistake(at, "between", { least: 1, most: 9 }),
  );
  const said = LANGS.map((lang) => settingsRefused(new Fault("invalid", "", { errors }), wrong, lang).errors);
  expect(said[0]!.map(({ field }) => field)).toEqual(["parts", "granted", litres]);
  expect(said.map(([first]) => first!.detail)).toEqual([
    "Between 1 and 9.",
    "Entre 1 et 9.",
    "بين \u20681\u2069 و\u20689\u2069.",
  ]);
});

test("another version that acts by itself takes its place in shadow, and going back brings it back into service", () => {
  const active = install({
    state: "active",
    trial: trial("2.0.0"),
    shadow: { version: "1.0.0", since: now.toISOString() },
    settings: { ...NOTHING_SET, parts: ["echo"] },
  });
  const after = change(active, rules, { version: "2.0.0", digest, parts: rules }, now);
  expect(after).toMatchObject({ state: "shadow", shadow: { version: "2.0.0" } });
  expect(rollBack(after, now)).toMatchObject({ state: "active", version: "1.0.0" });
  expect(rollBack({ ...after, state: "suspended" }, now).state).toBe("suspended");
});

test("going back is possible for 30 days, once, and restores what was set", () => {
  const parts = module.parts;
  const before = install({ state: "active", trial: trial("1.1.0"), settings: { ...NOTHING_SET, parts: ["tariff"] } });
  const after = change(before, parts, { version: "1.1.0", digest: `sha256:${"1".repeat(64)}`, parts }, now);
  expect(after).toMatchObject({ version: "1.1.0", state: "active", settings: { ...NOTHING_SET, parts: ["tariff"] } });
  const day = (days: number) => new Date(now.getTime() + days * 86_400_000);
  expect(rollBack(after, day(30))).toEqual({ ...before, previous: undefined });
  expect(() => rollBack(after, new Date(day(30).getTime() + 1))).toThrow(/30 days/);
  expect(() => rollBack(rollBack(after, day(1)), day(1))).toThrow(/no version before/);
  expect(() => change(install({ state: "active" }), parts, { version: "1.1.0", digest, parts }, now)).toThrow(
    /Try this version/,
  );
});

test("a part that was switched off stays off in a new version; a new part comes into use", () => {
  const off = install({ settings: { ...NOTHING_SET, parts: ["tariff"] } });
  const lesson = { kind: "texts", id: "lesson", use: "lesson", title: { en: "L" }, body: { en: "B" } } as const;
  const next = change(off, module.parts, { version: "2.0.0", digest, parts: [...module.parts, lesson] }, now);
  expect(next.settings.parts).toEqual(["tariff", "lesson"]);
  expect(set(off, { ...NOTHING_SET, parts: ["how-to-read", "tariff"] }, module).settings.parts).toEqual([
    "tariff",
    "how-to-read",
  ]);
  expect(() => set(off, { ...NOTHING_SET, parts: ["x"] }, module)).toThrow(
    expect.objectContaining({ kind: "invalid" }),
  );
});

test("a city gets the prices in its own money; a module without them is refused", () => {
  expect(tariffsIn(fitting(water.parts, "MAD")).map(({ id }) => id)).toEqual(["mad"]);
  expect(fitting(water.parts, "MAD")).toHaveLength(water.parts.length - 2);
  expect(() => fits(fitting(water.parts, "MAD"), "MAD")).not.toThrow();
  expect(() => fits(fitting(water.parts, "TND"), "TND")).toThrow(/TND/);
  expect(claimsOf(fitting(water.parts, "XOF"))).toEqual(["tariff#water"]);
  expect(claimsOf(air.parts)).toEqual([]);
  expect(() =>
    fits(
      tariffsIn(water.parts).map((part) => ({ ...part, tariff: { ...part.tariff, currency: "XOF" as const } })),
      "XOF",
    ),
  ).toThrow(/several/);
});

// Guards against a trial that says something else than the bills will.
test("a trial adds up to the very bills, whatever households use", () => {
  const [part] = tariffsIn(module.parts);
  const [before] = tariffsIn(fitting(water.parts, "EUR"));
  const uses = fc.array(
    fc.record({
      household: fc.constantFrom(..."abcdefg"),
      month: fc.constantFrom("2025-01", "2025-07"),
      quantity: fc.nat(60_000),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(uses, (given: Use[]) => {
      const result = tryTariff(part!, before!.tariff, given, priceOf);
      const billed = (tariff: Parameters<typeof charge>[0]) =>
        given.reduce((sum, { quantity }) => sum + charge(tariff, quantity).totalMinor, 0);
      expect(result.afterMinor).toBe(billed(part!.tariff));
      expect(result.beforeMinor).toBe(billed(before!.tariff));
      expect(result.quarters.reduce((sum, one) => sum + one.households, 0)).toBe(
        new Set(given.map(({ household }) => household)).size,
      );
    }),
  );
});

test("the synthetic copy is the same every time, and has no gas", () => {
  const city = { country: "CI", timeZone: "Africa/Abidjan" };
  expect(usesOf(city, "water")).toEqual(usesOf({ ...city }, "water"));
  expect(new Set(usesOf(city, "water").map(({ household }) => household)).size).toBe(40);
  expect(usesOf(city, "gas")).toEqual([]);
});

test("the latest version is the highest that is no pre-release", () => {
  const of = (...versions: string[]) => latestOf(versions.map((version) => ({ version })))?.version;
  expect([of("1.9.0", "1.10.0", "1.2.0"), of("1.0.0", "2.0.0-rc.1"), of("1.0.0-a", "1.0.0-b"), of()]).toEqual([
    "1.10.0",
    "1.0.0",
    "1.0.0-b",
    undefined,
  ]);
});

test("search does not mind accents and case, and lists by name", () => {
  const listing = (name: string, title: string) => ({
    name,
    version: "1.0.0",
    digest,
    publishedAt: now.toISOString(),
    title: { fr: title },
    summary: { fr: "Prix" },
    licence: "MIT",
    languages: ["fr"],
    kinds: ["tariff"],
    label: "data_only" as const,
    bytes: 1,
  });
  expect(matches(listing("a-b-c/d-e-f", "Été à la mer"), "ETE tariff")).toBe(true);
  expect(matches(listing("a-b-c/d-e-f", "Été"), "hiver")).toBe(false);
  expect(modulesOf([listing("zoo/zoo", "Z"), listing("abc/abc", "A")]).map(({ name }) => name)).toEqual([
    "abc/abc",
    "zoo/zoo",
  ]);
});

test("both examples are complete in all languages of the house", () => {
  for (const example of [water, air])
    for (const lang of LANGS) {
      expect(saysOf(example, lang)).toHaveLength(example.parts.length + 1);
      expect(example.manifest.title[lang]).toBeTruthy();
    }
});
