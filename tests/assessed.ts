import { ok } from "./billed.ts";
import { type CityOrder, newCity, soon, type TestCity } from "./city.ts";

export const CSV = [
  "Parcel number;Account;Zone;Use;Area m2;Value;Valid from;Exemption %;Exemption reason;Owner",
  "AB-1;C-0;Centre;Home;250,50;;2020-01-01;;;somebody",
  "ab 2;C-1;Centre;Shop;100;;2020-01-01;;;",
  "AB-3;C-0;Hills;Home;1000;;01/01/2020;100;School;",
  "AB-4;;Centre;Home;80;;2020-01-01;;;",
  "AB-5;C-1;Nowhere;Home;80;;2020-01-01;;;",
].join("\n");

/** 1.00 for a m² of homes in the centre, 3.125 for shops anywhere; at least 5.00. */
export const PARCEL_RULE = {
  per: "year",
  validFrom: "2026-01-01",
  currency: "EUR",
  rates: [
    { basis: "area", price: "1", zone: "Centre", use: "Home" },
    { basis: "area", price: "3.125", use: "shop" },
    { basis: "area", price: "0.5", zone: "Hills" },
  ],
  minimumMinor: 500,
  proRata: "days",
  vatBasisPoints: 0,
};

export const agent = { as: "agent" } as const;
export const treasurer = { as: "treasurer" } as const;
export const administrator = { as: "administrator" } as const;

export interface EntryAnswer {
  id: string;
  number: string;
  spells: { from: string; to?: string; facts: Record<string, unknown> }[];
}
export interface AssessmentAnswer {
  id: string;
  number: string;
  revision: number;
  shares: {
    accountId?: string;
    totalMinor: number;
    netMinor: number;
    vatMinor: number;
    creditedMinor: number;
    owedBackMinor: number;
    lines: { what: string; amountMinor: number; part?: number; rate?: string; quantity?: string }[];
    parts: { from: string; to: string; count: number; of: number }[];
    dues: { billId: string; reference: string; totalMinor: number; raisedAs: string }[];
  }[];
}
export interface RunAnswer {
  id: string;
  state: string;
  preview: { count: number; totalMinor: number; skipped: Record<string, number> };
  issued: { count: number; totalMinor: number; skipped: Record<string, number> };
  problems: { number: string; why: string }[];
}

export interface RollCity {
  city: TestCity;
  accounts: { id: string; contact: string }[];
}

/** A city with two accounts and a roll of parcels, on which nothing is yet. */
export async function rollCity(order: CityOrder = {}): Promise<RollCity> {
  const city = await newCity({ timeZone: "UTC", ...order });
  const accounts = await Promise.all(
    [0, 1].map(async (i) => {
      const contact = `payer${i}@${city.slug}.example`;
      const account = { number: `C-${i}`, name: `Payer ${i}`, contact };
      return { contact, ...(await ok<{ id: string }>(city.post("/v1/accounts", account, agent))) };
    }),
  );
  const roll = { code: "PARCELS", kind: "parcels", names: { en: "Property tax", fr: "Taxe foncière" } };
  await ok(city.post("/v1/assessment/rolls", roll, treasurer));
  return { city, accounts };
}

/** Proposes a rule and has it approved by another. */
export async function approvedRule(city: TestCity, rule: object, roll = "PARCELS"): Promise<string> {
  const { id } = await ok<{ id: string }>(city.post(`/v1/assessment/rolls/${roll}/rules`, rule, treasurer));
  await ok(city.post(`/v1/assessment/rules/${id}/approval`, {}, administrator));
  return id;
}

export const takeIn = (city: TestCity, csv: string, query = "") =>
  city.upload(`/v1/assessment/rolls/PARCELS/imports${query}`, "roll.csv", csv, agent);

export const askRun = (city: TestCity, period: string, roll = "PARCELS") =>
  ok<RunAnswer>(city.post("/v1/assessment/runs", { roll, period }, treasurer));

/** Counts, approves and waits until all is issued. */
export async function issued(city: TestCity, period: string, roll = "PARCELS"): Promise<RunAnswer> {
  const { id } = await askRun(city, period, roll);
  await ok(city.post(`/v1/assessment/runs/${id}/approval`, {}, administrator));
  return soon(
    () => ok<RunAnswer>(city.get(`/v1/assessment/runs/${id}`, agent)),
    ({ state }) => state === "done",
  );
}

export async function assessments(city: TestCity, period: string, roll = "PARCELS"): Promise<AssessmentAnswer[]> {
  const found = await ok<{ assessments: AssessmentAnswer[] }>(
    city.get(`/v1/assessment/assessments?roll=${roll}&period=${period}`, agent),
  );
  return found.assessments;
}

export async function entryOf(city: TestCity, number: string, roll = "PARCELS"): Promise<EntryAnswer> {
  const path = `/v1/assessment/rolls/${roll}/entries?number=${encodeURIComponent(number)}`;
  const { entries } = await ok<{ entries: EntryAnswer[] }>(city.get(path, agent));
  return entries[0]!;
}

export const billOf = (city: TestCity, id: string) =>
  ok<{ dueMinor: number; totalMinor: number; state: string; kind: string; reference: string }>(
    city.get(`/v1/bills/${id}`, agent),
  );

/** A city that has everything which pages of this room show, and where they are. */
export async function assessedKinds(
  city: TestCity,
  { number, contact, currency }: { number: string; contact: string; currency: string },
): Promise<{ residents: string[]; staff: string[] }> {
  const roll = { code: "STALLS", kind: "stalls", names: { en: "Market", fr: "Marché", ar: "السوق" } };
  await ok(city.post("/v1/assessment/rolls", roll, treasurer));
  const file = `number,account,market,category,area,from\nS-1,${number},Central,Fish,2.5,2020-01-01\nS-2,,Central,Bread,3,2020-01-01\n`;
  await ok(city.upload("/v1/assessment/rolls/STALLS/imports", "s.csv", file, agent));
  const rates = [{ basis: "area", price: "20" }];
  const rule = { validFrom: "2020-01-01", currency, rates, proRata: "days", vatBasisPoints: 1_800 };
  for (const per of ["year", "day"]) await approvedRule(city, { ...rule, per }, "STALLS");
  const run = await issued(city, "2026", "STALLS");
  const [assessment] = await assessments(city, "2026", "STALLS");
  const entry = await entryOf(city, "S-1", "STALLS");
  await ok(city.post(`/v1/assessment/entries/${entry.id}/day-dues`, {}, agent));
  await ok(
    city.post(`/v1/assessment/entries/${entry.id}/changes`, { from: "2026-07-01", facts: { areaM2: "2" } }, agent),
  );
  const token = await city.signIn(contact);
  const text = "My stall is smaller.";
  const claim = await ok<{ id: string }>(
    city.post(`/v1/assessment/assessments/${assessment!.id}/claims`, { text }, { as: { token } }),
  );
  const fee = { code: "F-1", kind: "fine", names: { fr: "Dépôt d’ordures", en: "Dumping" }, currency, netMinor: 9_000 };
  const proposed = await ok<{ id: string }>(
    city.post("/v1/assessment/fees", { ...fee, reduced: { netMinor: 4_500, withinDays: 10 } }, treasurer),
  );
  await ok(city.post(`/v1/assessment/fees/${proposed.id}/approval`, {}, administrator));
  const due = await ok<{ id: string }>(city.post("/v1/assessment/dues", { fee: "F-1" }, agent));
  await ok(city.post(`/v1/assessment/dues/${due.id}/cancellation`, { reason: "Wrong place" }, agent));
  const base = "/staff/assessment";
  return {
    residents: ["/assessments", `/assessments/${assessment!.id}`],
    // What waits for a second person, the console leads to.
    staff: [
      ...["/rolls/STALLS", "/rolls/STALLS/rules", "/rolls/STALLS/round", `/runs/${run.id}`, `/dues/${due.id}`],
      ...[`/assessments/${assessment!.id}`, `/claims/${claim.id}`, `/entries/${entry.id}`],
    ].map((path) => base + path),
  };
}
