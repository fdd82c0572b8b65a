import { type BillAnswer, billedCity, ok } from "./billed.ts";
import { soon, type TestCity } from "./city.ts";

// Files as MTN's merchant portal gives them; every number and name in them is made up.

const HEAD =
  "Id,External id,Date,Status,Type,From,From name,To,To name,To message,From / Fee,Currency,To / Fee,Currency,Amount,Currency,Balance,Currency";

export interface MtnLine {
  id: string;
  externalId?: string;
  /** UTC. */
  at?: Date;
  status?: string;
  message?: string;
  fee?: number | "";
  amount: number | string;
  currency?: string;
  wallet?: string;
}
const mtnLine = (line: MtnLine): string => {
  const { id, externalId = "", at = new Date(), status = "Successful", message = "", fee = "", amount } = line;
  const { currency = "XOF", wallet = "FRI:8000/MM" } = line;
  const date = at.toISOString().slice(0, 19).replace("T", " ");
  const parties = ["FRI:2250500000001/MSISDN", "MADE UP", wallet, "CITY"];
  return [
    ...[id, externalId, date, status, "Debit", ...parties, message],
    ...["", "", fee, fee === "" ? "" : currency, amount, currency, "", ""],
  ].join(",");
};
export const mtnFile = (...lines: MtnLine[]): string => [HEAD, ...lines.map(mtnLine), ""].join("\r\n");

/** A city that is paid by MTN's wallet, whose provider gives no statement. */
export async function walletCity(litres: readonly number[] = [5_000]) {
  const { city, bills } = await billedCity(litres, { country: "CI", currency: "XOF", languages: ["fr", "en", "ar"] });
  const wallet = { rail: "momo", name: "MoMo", isStandIn: true };
  await ok(city.put("/v1/payment-accounts/wallet", wallet, { as: "administrator" }));
  return { city, bills: bills as [BillAnswer, ...BillAnswer[]], holder: "provider:momo:wallet" };
}

/** Begins to pay a bill on a telephone that never answers. */
export const unanswered = (city: TestCity, reference: string) =>
  ok<{ id: string; amountMinor: number }>(
    city.post("/v1/payments", { reference, account: "wallet", msisdn: "+2250500000042" }),
  );

export const FILES = "/v1/payment-accounts/wallet/statement-files";
/** All days that a file covers were compared. */
export const allCompared = (city: TestCity) =>
  soon(
    () =>
      ok<{ days: { day: string; mismatchCount: number; heardNow: number }[]; comparing: unknown[] }>(
        city.get("/v1/reconciliations", { as: "treasurer" }),
      ),
    ({ days, comparing }) => days.length > 0 && comparing.length === 0,
  );
