import { syntheticRolls } from "../synthetic/events.ts";

/** What a demo city taxes: names for its rolls, and what is made up of them. */
export interface DemoRolls {
  zones: [string, string];
  uses: [string, string];
  market: string;
  categories: [string, string];
  /** Of the roll of parcels, of the roll of stalls, of a fine; in the city's own language. */
  names: { parcels: Record<string, string>; stalls: Record<string, string>; fine: Record<string, string> };
}

/** How the administrator and the treasurer of a demo city speak to it. */
export interface DemoStaff {
  post<T>(path: string, body: unknown, type?: string): Promise<T>;
  get<T>(path: string): Promise<T>;
}

const WAITS_MS = 200;
const TRIES = 100;

/**
 * Makes a roll of parcels, taxed for this year, and one of stalls with a price for each day. Every step looks first at
 * what is there, so that running it again goes on where it stopped.
 */
export async function seedRolls(
  {
    slug,
    currency,
    accounts,
    rolls,
    year,
  }: { slug: string; currency: string; accounts: string[]; rolls: DemoRolls; year: string },
  administrator: DemoStaff,
  treasurer: DemoStaff,
): Promise<number> {
  const from = `${year}-01-01`;
  const { zones, uses, market, categories, names } = rolls;
  const files = syntheticRolls({ seed: slug, accounts, zones, uses, market, categories, from });
  const add = async (code: string, kind: "parcels" | "stalls", rule: object) => {
    const at = `/v1/assessment/rolls/${code}`;
    await treasurer.post("/v1/assessment/rolls", { code, kind, names: names[kind] });
    await administrator.post(`${at}/imports?from=${from}`, files[kind], "text/csv");
    await approved(`${at}/rules`, "rules", { validFrom: from, currency, ...rule });
  };
  /** Proposed by one, approved by the other. */
  async function approved(path: string, list: string, body: object): Promise<void> {
    const there = async () => (await treasurer.get<Record<string, { id: string; state: string }[]>>(path))[list] ?? [];
    if ((await there()).length === 0) await treasurer.post(path, body);
    for (const { id, state } of await there())
      if (state === "proposed") await administrator.post(`/v1/assessment/${list}/${id}/approval`, {});
  }

  await add("PARCELS", "parcels", {
    per: "year",
    proRata: "months",
    minimumMinor: 5_000,
    rates: [
      { basis: "area", price: "150", zone: zones[0], use: uses[0] },
      { basis: "area", price: "420", zone: zones[0], use: uses[1] },
      { basis: "area", price: "80", zone: zones[1] },
    ],
  });
  await add("STALLS", "stalls", {
    per: "day",
    rates: [
      { basis: "flat", amountMinor: 200 },
      { basis: "flat", amountMinor: 500, category: categories[0] },
    ],
  });
  await approved("/v1/assessment/fees", "fees", {
    ...{ code: "DEPOT", kind: "fine", names: names.fine, currency, netMinor: 10_000 },
    reduced: { netMinor: 5_000, withinDays: 15 },
  });

  interface Run {
    id: string;
    state: string;
    issued: { count: number };
  }
  let run = await treasurer.post<Run>("/v1/assessment/runs", { roll: "PARCELS", period: year });
  for (let tries = 0; run.state !== "done" && tries < TRIES; tries++) {
    run = await treasurer.get<Run>(`/v1/assessment/runs/${run.id}`);
    if (run.state === "ready") await administrator.post(`/v1/assessment/runs/${run.id}/approval`, {});
    else if (run.state !== "done") await new Promise((resume) => setTimeout(resume, WAITS_MS));
  }
  return run.issued.count;
}
