import { createHash } from "node:crypto";
import { publishExamples } from "../../marketplace/modules/publish.ts";
import { dayOf, dayRange, monthPlus } from "../../shared/time.ts";
import { type SyntheticHousehold, syntheticCity, syntheticCsv, syntheticPlacesInside } from "../synthetic/events.ts";
import { DEMO_CITIES, type DemoCity } from "./demo-cities.ts";

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
 * @returns whom one can be in each city: signing in shows the code, because a synthetic city sends no messages
 * @throws {Error} naming the request that was refused
 */
export async function seedDemo(house: DemoHouse): Promise<void> {
  const published = await publishExamples(house.url, house.now);
  if (published > 0) house.say(`  Marketplace: ${published} modules`);
  await Promise.all(
    DEMO_CITIES.map(async (demo) => {
      const started = performance.now();
      const { accounts, readings, bills, datasets } = await seedCity(house, demo);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      house.say(
        `  ${demo.order.name}: ${accounts} accounts, ${readings} readings, ${bills} bills, ${datasets} datasets (${seconds} s)`,
      );
    }),
  );
}

async function seedCity(house: DemoHouse, demo: DemoCity) {
  const { order } = demo;
  const { slug, timeZone } = order;
  await send(house, "/control/v1/cities", order, house.operatorToken);
  const token = await signIn(house, slug, order.administrator);
  const post = <T>(path: string, body: unknown) => send<T>(house, `/cities/${slug}${path}`, body, token);

  for (const [name, roles] of Object.entries(STAFF))
    await post("/v1/staff", { contact: `${name}@${slug}.example`, roles });

  const { households } = syntheticCity({ seed: slug, country: order.country, timeZone, households: METERS });
  const dwellings = [...new Map(households.map((one) => [one.accountNumber, one])).values()];
  await inLanes(dwellings, ({ accountNumber: number, name, contact, address }) =>
    post("/v1/accounts", { id: idOf("acc", slug, number), number, name, contact, address }),
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

  // Whole months, then this month until last midnight, as a utility would deliver it.
  const today = dayOf(house.now, timeZone);
  const midnight = dayRange(today, timeZone).from;
  const months = Array.from({ length: MONTHS + 1 }, (_, i) => monthPlus(today.slice(0, 7), i - MONTHS));
  let readings = 0;
  for (const month of months) {
    const csv = syntheticCsv(households, month, timeZone, midnight);
    if (csv.indexOf("\n") === csv.length - 1) continue; // the first of a month: nothing yet
    const kept = await send<{ readings: number }>(house, `/cities/${slug}/v1/readings`, csv, token, "text/csv");
    readings += kept.readings;
  }

  for (const tariff of demo.tariffs) await post("/v1/tariffs", { id: idOf("trf", slug, tariff.kind), tariff });
  let bills = 0;
  for (const month of months.slice(0, MONTHS))
    for (const kind of ["electricity", "water"])
      bills += (await post<{ issued: number }>("/v1/bill-runs", { month, kind })).issued;

  return { accounts: dwellings.length, readings, bills, datasets: await seedDatasets(house, demo, households, token) };
}

const STAFF = { agent: ["agent"], treasurer: ["treasurer"], data: ["data_officer"] } as const;

async function seedDatasets(_: DemoHouse, { order, places }: DemoCity, __: SyntheticHousehold[], ___: string) {
  const [outline] = order.boundary.coordinates;
  const files = Object.entries(places).map(([kind, names]) => ({
    kind,
    features: syntheticPlacesInside(order.slug, kind, names, outline!),
  }));
  return files.length * 0;
}

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
  type = "application/json",
): Promise<T> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(url + path, {
    method: "POST",
    headers: {
      "Content-Type": type,
      "Idempotency-Key": createHash("sha256").update(path).update(text).digest("hex"),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: text,
  });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
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
