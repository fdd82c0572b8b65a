import { ok } from "./billed.ts";
import { soon, type TestCity } from "./city.ts";

// What a city's books say, as its treasurer and anyone else reads them over HTTP.

/** Of the accounts that do not stand at 0. */
export const balances = async (city: TestCity): Promise<Record<string, number>> => {
  const { balances: all } = await ok<{ balances: { account: string; balanceMinor: number }[] }>(
    city.get("/v1/ledger/balances", { as: "treasurer" }),
  );
  return Object.fromEntries(
    all.filter(({ balanceMinor }) => balanceMinor !== 0).map(({ account, balanceMinor }) => [account, balanceMinor]),
  );
};
export const proof = (city: TestCity) =>
  ok<{ isSound: boolean; digest: string; transfers: number }>(city.get("/v1/ledger/proof", { as: "treasurer" }));
export const dueOf = async (city: TestCity, reference: string) =>
  (await ok<{ dueMinor: number }>(city.get(`/v1/bill-inquiries/${reference}`))).dueMinor;
/** The types of all that was told in the city. */
export const facts = async (city: TestCity) =>
  (await ok<{ events: { type: string }[] }>(city.get("/v1/events", { as: "administrator" }))).events.map(
    ({ type }) => type,
  );

interface Day {
  lines: number;
  statedMinor: number;
  bookedMinor: number;
  feesMinor: number;
  mismatchCount: number;
  heardNow: number;
}

/** Has a day compared with the provider's statement, and waits for it. */
export async function compared(city: TestCity, account: string, day: string): Promise<Day> {
  const as = { as: "treasurer" } as const;
  await ok(city.post("/v1/reconciliations", { account, day }, as));
  const under = () => ok<{ comparing: unknown[] }>(city.get("/v1/reconciliations", as));
  await soon(under, ({ comparing }) => comparing.length === 0);
  return ok<Day>(city.get(`/v1/reconciliations/${account}/${day}`, as));
}
