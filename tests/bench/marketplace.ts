import { cityRooms, houseRooms } from "../../functions/rooms.ts";
import { sealAdvisory } from "../../marketplace/contract/advisory.ts";
import { newKey, type PrivateKey, publicOf } from "../../marketplace/contract/keys.ts";
import { defineModule, type Module, sealPackage } from "../../marketplace/contract/module.ts";
import { sealParty } from "../../marketplace/contract/party.ts";
import { setPolicy } from "../../marketplace/installs/heeding.ts";
import { ownRows } from "../../marketplace/installs/own-rows.ts";
import type { Install } from "../../marketplace/installs/schema.ts";
import { agree, chooseVersion, goBack, remove, step, take, tryOut } from "../../marketplace/installs/steps.ts";
import { installStore } from "../../marketplace/installs/store.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { serve } from "../../shared/serve.ts";
import { innerHouse } from "../setup/inner.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;
type App = ReturnType<typeof serve>["app"];
const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
const BY = "per_bench";
const PARTY = "bench-lab";
const NAME = `${PARTY}/night-leaks`;
const INSTALLS = 1_000;
/** What one request copies or removes itself: of more the rest follows by a task. */
const ROWS = 1_900;
const ROUNDS = 20;
const VIEWS = 600;

async function timedMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function posted(app: App, path: string, body: unknown): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const answer = await app.request(`/marketplace/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** With all the time that a program may have: what is measured are the steps, on whatever machine. */
const version = (number: string): Module => ({
  ...leaks,
  manifest: { ...leaks.manifest, name: NAME, version: number },
  parts: leaks.parts.map((part) => (part.kind === "function" ? { ...part, timeMs: 200 } : part)),
});

/** A city that the house's own bell and addresses know. */
async function openCity(inner: Awaited<ReturnType<typeof innerHouse>>): Promise<Here> {
  const { here } = inner.newHere({ country: "FR" });
  Object.assign(here, { clock: { now: () => new Date(), wake: async () => {} } });
  const { slug } = here.city;
  await here.table.put({ pk: "CITY", sk: "CITY", city: here.city });
  const record = { slug, order: here.city, state: "open", done: [], createdAt: here.city.createdAt };
  await inner.house.control.put({ pk: `CITY#${slug}`, sk: "CITY", gsi1pk: "CITIES", gsi1sk: slug, record });
  return here;
}

/** Takes it, tries it, has two approve it, watches it in shadow, puts it into service. */
async function inService(here: Here): Promise<Install> {
  let install = (await take(here, { module: NAME, version: leaks.manifest.version }, BY)).install;
  install = await tryOut(here, install, undefined, BY);
  install = await step(here, install, "proposed", BY);
  for (const by of ["per_a", "per_b"]) install = await agree(here, install, undefined, by);
  install = await step(here, install, "shadow", BY);
  return step(here, install, "active", BY);
}

async function installing(note: Note, here: Here): Promise<void> {
  const times: { in: number[]; out: number[] } = { in: [], out: [] };
  for (let i = 0; i < ROUNDS; i++) {
    times.in.push(await timedMs(() => inService(here)));
    const install = (await installStore(here).find(NAME))!;
    times.out.push(await timedMs(() => remove(here, install, BY)));
  }
  for (const all of Object.values(times)) all.sort((a, b) => a - b);
  note(
    "install a module with a program, all steps: p50",
    at(times.in, 0.5),
    "ms",
    `trial with its examples; ${ROUNDS} times`,
  );
  note("  p99", at(times.in, 0.99), "ms", "wanted 1,000");
  note("remove it: p50", at(times.out, 0.5), "ms");
  note("  p99", at(times.out, 0.99), "ms", "wanted 1,000");
}

/** A change of version with rows to copy, the way back, and a leaving with them. */
async function changing(note: Note, here: Here): Promise<void> {
  let install = await inService(here);
  for (let i = 0; i < ROWS; i += 50)
    await here.table.transact(
      Array.from(
        { length: 50 },
        (_, j) =>
          ownRows(here).writes(install, "night-leaks", `m${i + j}`, { meter: `m${i + j}` }, "2026-11-26T00:00:00Z")[0]!,
      ),
    );
  await here.table.transact(
    ownRows(here).writes(install, "night-leaks", "m0", { meter: "m0" }, "2026-11-26T00:00:00Z"),
  );
  install = await tryOut(here, install, "9.0.0", BY);
  const change = await timedMs(async () => {
    install = await chooseVersion(here, install, "9.0.0", BY);
  });
  if (install.version !== "9.0.0") throw new Error(`it is ${install.state} at ${install.version}`);
  note(`change of version, ${ROWS} rows copied`, change, "ms");
  const back = await timedMs(async () => {
    install = await goBack(here, install, BY);
  });
  note("way back", back, "ms");
  note(`remove it with ${ROWS} rows`, await timedMs(() => remove(here, install, BY)), "ms");
}

/** One page of a city with a thousand modules in service, against the same page of one without, by turns. */
async function besideMany(note: Note, app: App, many: Here, none: Here, key: PrivateKey): Promise<void> {
  const text = { en: "A text" };
  const small = defineModule({
    manifest: { contract: 1, name: `${PARTY}/text`, version: "1.0.0", title: text, summary: text, licence: "MIT" },
    parts: [{ kind: "texts", id: "text", use: "lesson", title: text, body: text }],
  });
  const { envelope, digest } = await sealPackage(small, key);
  const store = installStore(many);
  await store.keep(digest, envelope);
  const createdAt = many.clock.now().toISOString();
  const parts = { before: small.parts, after: small.parts };
  for (let i = 0; i < INSTALLS; i++) {
    const install: Install = {
      ...{
        id: newId("ins", many.clock.now()),
        module: `${PARTY}/text-${i}`,
        version: "1.0.0",
        digest,
        publisher: "Bench",
      },
      ...{ publisherKey: publicOf(key), settings: { parts: ["text"], declined: [], config: {} }, state: "proposed" },
      ...{ claims: [], approvals: [], revision: 0, createdAt },
    };
    const { install: made } = await store.create(install, { what: "taken", by: BY });
    await store.save(made, { ...made, state: "active", activeSince: createdAt }, parts, { what: "activated", by: BY });
  }
  for (const [what, path] of [
    ["front page", ""],
    ["open data", "/data"],
  ] as const) {
    const times = { many: [] as number[], none: [] as number[] };
    const view = (here: Here) =>
      timedMs(async () => {
        const answer = await app.request(`/cities/${here.city.slug}${path}`, { headers: { Accept: "text/html" } });
        if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
        await answer.text();
      });
    for (let i = 0; i < VIEWS; i++) {
      // By turns, and in turn the one or the other first: what else the machine does meets both.
      const both = [["many", many] as const, ["none", none] as const];
      for (const [name, here] of i % 2 ? both : both.reverse()) times[name].push(await view(here));
    }
    for (const all of Object.values(times)) all.sort((a, b) => a - b);
    const [without, beside] = [at(times.none, 0.5), at(times.many, 0.5)];
    note(`${what} of a city without a module: p50`, without, "ms", `${VIEWS} views by turns`);
    note(`  beside ${INSTALLS} modules in service`, beside, "ms");
    note("  slower by", (100 * (beside - without)) / without, "%", "wanted at most 10");
  }
}

/** From the warning's arrival at the house to the module's being out of service in a city. */
async function warned(note: Note, app: App, here: Here, digest: string, key: PrivateKey): Promise<void> {
  const suspend = { low: "suspend", medium: "suspend", high: "suspend", critical: "suspend", reviewers: [] } as const;
  await setPolicy(here, { ...suspend, reviewers: [] }, BY);
  const waits: number[] = [];
  for (let i = 0; i < 5; i++) {
    await inService(here);
    const advisory = {
      contract: 1 as const,
      ...{ id: newId("adv", new Date()), revision: 1, by: PARTY, module: NAME, digests: [digest] },
      ...{ severity: "high" as const, summary: { en: "Bench" }, signedAt: new Date().toISOString() },
    } as const;
    const envelope = await sealAdvisory({ ...advisory, digests: [digest] }, key);
    waits.push(
      await timedMs(async () => {
        await posted(app, "/advisories", envelope);
        while ((await installStore(here).find(NAME))!.state !== "suspended")
          await new Promise((next) => setTimeout(next, 5));
      }),
    );
    await remove(here, (await installStore(here).find(NAME))!, BY);
    await posted(
      app,
      "/advisories",
      await sealAdvisory({ ...advisory, digests: [digest], revision: 2, isWithdrawn: true }, key),
    );
  }
  waits.sort((a, b) => a - b);
  note(
    "a warning to the module's suspension: p50",
    at(waits, 0.5),
    "ms",
    "in a city whose policy is so; wanted 60,000",
  );
  note("  the slowest of 5", waits.at(-1)!, "ms");
}

export async function marketplaceFigures(note: Note): Promise<void> {
  const inner = await innerHouse();
  try {
    const { app } = serve(inner.house, cityRooms, houseRooms);
    const key = newKey();
    const profile = { name: PARTY, title: "Bench", kind: "lab", contact: "bench@bench.example" } as const;
    await posted(app, "/parties", await sealParty({ ...profile, signedAt: new Date().toISOString() }, key));
    const first = await sealPackage(version(leaks.manifest.version), key);
    await posted(app, "/modules", first.envelope);
    const [here, none] = [await openCity(inner), await openCity(inner)];
    await installing(note, here);
    await warned(note, app, here, first.digest, key);
    await posted(app, "/modules", (await sealPackage(version("9.0.0"), key)).envelope);
    await changing(note, none);
    await besideMany(note, app, here, none, key);
  } finally {
    await inner.stop();
  }
}
