import { type CityOrder, newCity, type TestCity } from "./city.ts";

export const WATER = {
  names: { en: "Water for all", fr: "L’eau pour tous" },
  kind: "water",
  bands: [{ upTo: 10, price: "0.50" }, { price: "1.2345" }],
  fixedMinor: 300,
  vatBasisPoints: 550,
};

export interface BilledCity {
  city: TestCity;
  accounts: { id: string; number: string; contact: string }[];
  bills: BillAnswer[];
}
export interface BillAnswer {
  id: string;
  reference: string;
  accountId: string;
  totalMinor: number;
  dueMinor: number;
  state: string;
  currency: string;
  [more: string]: unknown;
}

export async function ok<T = Record<string, unknown>>(answer: Response | Promise<Response>): Promise<T> {
  const got = await answer;
  if (!got.ok) throw new Error(`${got.url}: ${got.status} ${await got.text()}`);
  return (await got.json()) as T;
}

/** A city with customers who have water meters with a whole month of readings. */
export async function readCity(
  litres: readonly number[],
  order: CityOrder = {},
  month = "2026-09",
): Promise<BilledCity> {
  const city = await newCity({ timeZone: "UTC", ...order });
  const accounts = await Promise.all(
    litres.map(async (_, i) => {
      const contact = `customer${i}@${city.slug}.example`;
      const account = await ok<{ id: string }>(
        city.post("/v1/accounts", { number: `C-${i}`, name: `Customer ${i}`, contact }, { as: "agent" }),
      );
      const meter = { serial: `W${i}`, kind: "water", accountId: account.id, registerUnit: "L" };
      await ok(city.post("/v1/meters", meter, { as: "agent" }));
      return { id: account.id, number: `C-${i}`, contact };
    }),
  );
  const days = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
  const rows = litres.flatMap((all, i) =>
    Array.from({ length: days * 24 }, (_, hour) => {
      const at = new Date(Date.parse(`${month}-01T00:00Z`) + hour * 3_600_000).toISOString();
      const each = Math.floor(all / (days * 24));
      return `W${i},${at},${hour === 0 ? all - each * (days * 24 - 1) : each}`;
    }),
  );
  await ok(city.upload("/v1/readings", "water.csv", `meter,time,value\n${rows.join("\n")}\n`, { as: "agent" }));
  return { city, accounts, bills: [] };
}

/** The same, billed by one run. */
export async function billedCity(litres: readonly number[], order: CityOrder = {}): Promise<BilledCity> {
  const read = await readCity(litres, order);
  const { city } = read;
  const tariff = { ...WATER, currency: order.currency ?? "EUR" };
  await ok(city.post("/v1/tariffs", { tariff }, { as: "treasurer" }));
  await ok(city.post("/v1/bill-runs", { month: "2026-09", kind: "water" }, { as: "treasurer" }));
  const { bills } = await ok<{ bills: BillAnswer[] }>(city.get("/v1/bills?month=2026-09", { as: "treasurer" }));
  return { ...read, bills };
}

/** What no honest provider does: a page that was ended for another payer is paid all the same. */
export const paidThoughEnded = ({ sessionId, checkoutUrl }: { sessionId: string; checkoutUrl: string }) =>
  ok(fetch(new URL(`/stand-in/sessions/${sessionId}/pay`, checkoutUrl), { method: "POST" }));

/** Two orders of one bill at the same instant. The later of them may be told that it is paid: it opens nothing either. */
export async function twoTaps<T extends { id: string }>(city: TestCity, order: object): Promise<T> {
  const answers = await Promise.all([1, 2].map(() => city.post("/v1/payments", order)));
  const opened = await Promise.all(answers.filter(({ status }) => status !== 409).map((answer) => ok<T>(answer)));
  const ids = new Set(opened.map(({ id }) => id));
  if (!opened[0] || ids.size > 1) throw new Error(`two taps opened ${[...ids].join(" and ") || "nothing"}`);
  return opened[0];
}
