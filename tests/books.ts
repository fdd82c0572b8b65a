import { ok } from "./billed.ts";
import type { TestCity } from "./city.ts";

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
