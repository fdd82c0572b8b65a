import { createHash } from "node:crypto";
import { publishExamples } from "../../marketplace/modules/publish.ts";
import { dayOf, dayPlus, dayRange, monthPlus } from "../../shared/time.ts";
import {
  type Place,
  type SyntheticHousehold,
  syntheticCity,
  syntheticCsv,
  syntheticPlacesInside,
  syntheticUsage,
} from "../synthetic/events.ts";
import { checkDigit } from "../vending/sources/sts/number.ts";
import { DEMO_CITIES, type DemoCity } from "./demo-cities.ts";
import { demoIndicators } from "./demo-indicators.ts";
import { type DemoStaff, seedRolls } from "./demo-rolls.ts";
import { seedTamper } from "./demo-tamper.ts";

/** Twelve dwellings with two meters each: enough for lists, charts and bills, few enough for a start in seconds. */
const METERS = 24;
const MONTHS = 2;
/** What is sent at once to one city. */
const LANES = 8;

export interface DemoHouse {
  /** Where it listens, without a slash at the end. */
  url: string;
  /** A token of its operator. */
  operatorToken: string;
  now: Date;
  say(line: string): void;
}

/**
 * Makes the demo cities through the house's own API, as an operator and an administrator would. Every id follows from
 * the seed, so running it again after a crash goes on where it stopped and makes nothing twice.
 *
 * @throws {Error} naming the request that was refused
 */
export async function seedDemo(house: DemoHouse): Promise<void> {
  const published = await publishExamples(house.url, house.now);
  if (published > 0) house.say(`  Marketplace: ${published} modules`);
  await Promise.all(
    DEMO_CITIES.map(async (demo) => {
      const started = performance.now();
      await seedCity(house, demo, (what) => {
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        house.say(`  ${demo.order.name}: ${what} (${seconds} s)`);
      });
    }),
  );
}

/** Of no city in particular. */
const DISTRICTS = ["Nord", "Sud", "Est", "Ouest"] as const;

async function seedCity(house: DemoHouse, demo: DemoCity, say: (what: string) => void): Promise<void> {
  const { order } = demo;
  const { slug, timeZone } = order;
  await send(house, "/control/v1/cities", order, house.operatorToken);
  const token = await signIn(house, slug, order.administrator);
  const post = <T>(path: string, body: unknown, method = "POST") =>
    send<T>(house, `/cities/${slug}${path}`, body, token, { method });

  for (const [name, roles] of Object.entries(STAFF))
    await post("/v1/staff", { contact: `${name}@${slug}.example`, roles });

  const { households } = syntheticCity({ seed: slug, country: order.country, timeZone, households: METERS });
  const dwellings = [...new Map(households.map((one) => [one.accountNumber, one])).values()];
  const districtOf = (number: string) => DISTRICTS[Number(number.slice(1)) % DISTRICTS.length]!;
  await inLanes(dwellings, ({ accountNumber: number, name, contact, address }) =>
    post("/v1/accounts", {
      ...{ id: idOf("acc", slug, number), number, name, contact, address },
      district: districtOf(number),
    }),
  );
  await inLanes(households, ({ meterSerial: serial, kind, accountNumber }) =>
    post("/v1/meters", {
      id: idOf("mtr", slug, serial),
      serial,
      kind,
      accountId: idOf("acc", slug, accountNumber),
      registerUnit: kind === "electricity" ? "kWh" : "m3",
    }),
  );

  await inLanes(PREPAID, ({ resource, old }) => {
    const { accountNumber } = dwellings[old ? 1 : 0]!;
    const id = idOf("ppm", slug, resource, String(old));
    return post("/v1/prepaid/meters", {
      ...{ id, source: "sts", resource, number: meterNumberOf(id), accountId: idOf("acc", slug, accountNumber) },
      key: { supplyGroup: "999901", tariffIndex: "01", ...(old ? OLD_KEY : { keyRevision: 2, baseYear: 2014 }) },
      freeTenths: resource === "electricity" && !old ? 150 : 0,
    });
  });

  for (const { id, ...account } of demo.accounts ?? [])
    await post(`/v1/payment-accounts/${id}`, { ...account, isStandIn: true }, "PUT");

  say(`${dwellings.length} accounts, ${households.length} meters, ${PREPAID.length} prepaid meters`);

  // Whole months, then this month until last midnight, as a utility would deliver it.
  const today = dayOf(house.now, timeZone);
  const midnight = dayRange(today, timeZone).from;
  const months = Array.from({ length: MONTHS + 1 }, (_, i) => monthPlus(today.slice(0, 7), i - MONTHS));
  const get = async <T>(path: string): Promise<T | undefined> => {
    const answer = await fetch(`${house.url}/cities/${slug}${path}`, { headers: { Authorization: `Bearer ${token}` } });
    return answer.ok ? ((await answer.json()) as T) : undefined;
  };
  const put = (path: string, body: object) => post(path, body, "PUT");
  await seedTamper({ post, put, get }, households[0]!.meterSerial, dayPlus(today, -1));
  let readings = 0;
  for (const month of months) {
    const csv = syntheticCsv(households, month, timeZone, midnight);
    if (csv.indexOf("\n") === csv.length - 1) continue; // the first of a month: nothing yet
    const kept = await send<{ readings: number }>(house, `/cities/${slug}/v1/readings`, csv, token, {
      type: "text/csv",
    });
    readings += kept.readings;
  }

  say(`${readings} readings`);

  for (const tariff of demo.tariffs) await post("/v1/tariffs", { id: idOf("trf", slug, tariff.kind), tariff });
  let bills = 0;
  for (const month of months.slice(0, MONTHS))
    for (const kind of KINDS) bills += (await post<{ issued: number }>("/v1/bill-runs", { month, kind })).issued;

  const used = months
    .slice(0, MONTHS)
    .flatMap((month) => KINDS.map((kind) => [month, kind, UNITS[kind], usedBy(households, kind, month, timeZone)]));
  const datasets = await seedDatasets(house, demo, used, token);
  const indicators = await seedIndicators(house, demo, token);
  say(`${bills} bills, ${datasets} datasets, ${indicators} indicators`);
  if (!demo.rolls) return;
  const as = (token: string): DemoStaff => ({
    post: (path, body, type) => send(house, `/cities/${slug}${path}`, body, token, type ? { type } : {}),
    get: async (path) => {
      const answer = await fetch(`${house.url}/cities/${slug}${path}`, {
        headers: { Authorization: `Bearer ${token}` },
      });
      return (await answer.json()) as never;
    },
  });
  const treasurer = as(await signIn(house, slug, `treasurer@${slug}.example`));
  const accounts = dwellings.slice(0, TAXED).map(({ accountNumber }) => accountNumber);
  const facts = { slug, currency: order.currency, accounts, rolls: demo.rolls, year: today.slice(0, 4) };
  say(`${await seedRolls(facts, as(token), treasurer)} parcels taxed`);
}

/** So many dwellings stand on a parcel that is taxed. */
const TAXED = 6;

/** Of two dwellings; one has a key whose base year was used up in 2024, to try a change of keys on. */
const PREPAID = [
  { resource: "electricity", old: false },
  { resource: "water", old: false },
  { resource: "electricity", old: true },
] as const;
const OLD_KEY = { keyRevision: 1, baseYear: 1993 };

/** Eleven digits that follow from an id, the last of them the check digit. */
function meterNumberOf(id: string): string {
  const body = [...createHash("sha256").update(id).digest().subarray(0, 10)].map((byte) => byte % 10).join("");
  return body + checkDigit(body);
}

const KINDS = ["electricity", "water"] as const;
const UNITS = { electricity: "kWh", water: "m3" } as const;

/** What all households of a kind used in a month, in whole kWh or m³. */
function usedBy(households: readonly SyntheticHousehold[], kind: string, month: string, timeZone: string): string {
  const ofKind = households.filter((household) => household.kind === kind);
  const total = ofKind.reduce((sum, household) => sum + syntheticUsage(household, month, timeZone).total, 0);
  return String(Math.round(total / 1000));
}

const STAFF = { agent: ["agent"], treasurer: ["treasurer"], data: ["data_officer"] } as const;

/** Places as GeoJSON and a small table as CSV, published as a data officer would; what is there already stays. */
async function seedDatasets(
  house: DemoHouse,
  { order, places, datasets }: DemoCity,
  used: string[][],
  token: string,
): Promise<number> {
  const at = `/cities/${order.slug}/v1/datasets`;
  const answer = await fetch(house.url + at);
  const { datasets: there } = (await answer.json()) as { datasets: { card: { title: string } }[] };
  const [outline] = order.boundary.coordinates;
  const files: [title: string, name: string, text: string][] = PLACES.map((kind) => [
    datasets[kind],
    `${kind}.geojson`,
    geoJson(syntheticPlacesInside(order.slug, kind, places[kind], outline!)),
  ]);
  files.push([datasets.usage, "usage.csv", `${[["month", "kind", "unit", "quantity"], ...used].join("\n")}\n`]);
  for (const [title, name, text] of files) {
    if (there.some(({ card }) => card.title === title)) continue;
    const form = new FormData();
    for (const [field, value] of Object.entries({ title, licence: "CC0-1.0", source: order.name, personal: "none" }))
      form.set(field, value);
    form.set("description", datasets.description);
    form.set("file", new File([text], name));
    const { id } = await send<{ id: string }>(house, at, form, token);
    await send(house, `${at}/${id}/publish`, {}, token);
  }
  return files.length;
}

/** Figures over those datasets; one that is there already stays. */
async function seedIndicators(house: DemoHouse, demo: DemoCity, token: string): Promise<number> {
  const at = `${house.url}/cities/${demo.order.slug}/v1`;
  const { datasets } = (await (await fetch(`${at}/datasets`)).json()) as {
    datasets: { slug: string; card: { title: string } }[];
  };
  const indicators = Object.entries(
    demoIndicators(demo, (title) => datasets.find(({ card }) => card.title === title)!.slug),
  );
  for (const [slug, indicator] of indicators) {
    if ((await fetch(`${at}/indicators/${slug}`)).ok) continue;
    await send(house, `/cities/${demo.order.slug}/v1/indicators/${slug}`, indicator, token, { method: "PUT" });
  }
  return indicators.length;
}

const PLACES = ["markets", "water-points", "bus-stops"] as const;

const geoJson = (places: readonly Place[]): string =>
  JSON.stringify({
    type: "FeatureCollection",
    features: places.map(({ name, position }) => ({
      type: "Feature",
      properties: { name },
      geometry: { type: "Point", coordinates: position },
    })),
  });

/** Signs in by a code that it reads in the outbox: an administrator's own way. */
async function signIn(house: DemoHouse, slug: string, contact: string): Promise<string> {
  const at = `/cities/${slug}/v1`;
  await send(house, `${at}/sign-in-codes`, { contact });
  const answer = await fetch(`${house.url}/control/v1/outbox?city=${slug}`, {
    headers: { Authorization: `Bearer ${house.operatorToken}` },
  });
  const { messages } = (await answer.json()) as { messages: { to: string; text: string }[] };
  const code = /\b\d{6}\b/.exec(messages.find(({ to }) => to === contact)?.text ?? "")?.[0];
  return (await send<{ token: string }>(house, `${at}/sessions`, { contact, code })).token;
}

async function send<T = unknown>(
  { url }: DemoHouse,
  path: string,
  body: unknown,
  token?: string,
  { type = "application/json", method = "POST" } = {},
): Promise<T> {
  const sent = typeof body === "string" || body instanceof FormData ? body : JSON.stringify(body);
  const ask = () =>
    fetch(url + path, {
      method,
      headers: {
        ...(body instanceof FormData ? {} : { "Content-Type": type }),
        // The same request of a start that broke off gets the answer of the first.
        ...(typeof sent === "string"
          ? { "Idempotency-Key": createHash("sha256").update(path).update(sent).digest("hex") }
          : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      body: sent,
    });
  // House and asker are one process: while it works out a month of readings, a connection that was kept open runs out.
  const answer = await ask().catch((error: unknown) => {
    if (typeof sent !== "string") throw error;
    return ask();
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function inLanes<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (const one of left) await run(one);
    }),
  );
}

// Crockford's base 32, as a ULID has it; the first sign is below 8.
const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** An id that is always the same for the same thing. */
function idOf(kind: string, ...of: string[]): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([kind, ...of]))
    .digest();
  const signs = [...digest.subarray(0, 26)].map((byte, i) => SIGNS[byte % (i === 0 ? 8 : 32)]);
  return `${kind}_${signs.join("")}`;
}
