import { expect } from "vitest";
import { ok } from "./billed.ts";
import { newCity, soon, type TestCity } from "./city.ts";

export const agent = { as: "agent" as const };
export const treasurer = { as: "treasurer" as const };
export const POWER = {
  names: { en: "Power" },
  kind: "electricity",
  currency: "EUR",
  bands: [{ upTo: 50, price: "0.10" }, { price: "0.20" }],
  fixedMinor: 200,
  vatBasisPoints: 2_000,
};
export const KEY = { supplyGroup: "123456", keyRevision: 2, tariffIndex: "01", baseYear: 2014 };

/** The eleven digits of a meter, with the check digit that they need (Luhn). */
export function numberOf(serial: number): string {
  const body = String(serial).padStart(10, "0");
  const sum = [...body].reverse().reduce((total, sign, i) => {
    const twice = Number(sign) * (i % 2 === 0 ? 2 : 1);
    return total + Math.floor(twice / 10) + (twice % 10);
  }, 0);
  return body + String((10 - (sum % 10)) % 10);
}
export const NUMBER = numberOf(1_234_567_890);

export interface Sale {
  paidMinor: number;
  carriedMinor: number;
  arrearsMinor: number;
  fixedMinor: number;
  energyMinor: number;
  vatMinor: number;
  keptMinor: number;
  tenths: number;
  freeTenths: number;
}
export interface PurchaseAnswer {
  id: string;
  state: string;
  reference: string;
  billId: string;
  quote: Sale;
  sale?: Sale;
  hindrance?: string;
  tokens?: { what: string; digits: string[]; isTest: boolean }[];
}

export async function vendingCity(more: object = {}, order: Parameters<typeof newCity>[0] = {}) {
  const city = await newCity({ timeZone: "UTC", ...order });
  const tariff = { ...POWER, currency: order.currency ?? POWER.currency };
  await ok(city.post("/v1/tariffs", { tariff }, treasurer));
  const meter = await ok<{ id: string }>(
    city.post(
      "/v1/prepaid/meters",
      { source: "sts", number: NUMBER, resource: "electricity", key: KEY, ...more },
      agent,
    ),
  );
  return { city, meter };
}
export const open = (city: TestCity, amountMinor: number, more: object = {}) =>
  ok<PurchaseAnswer>(city.post("/v1/prepaid/purchases", { meter: NUMBER, amountMinor, ...more }));
export const look = (city: TestCity, { id }: { id: string }) =>
  ok<PurchaseAnswer>(city.get(`/v1/prepaid/purchases/${id}`));
export const until = (city: TestCity, purchase: { id: string }, state: string) =>
  soon(
    () => look(city, purchase),
    (now) => now.state === state,
  );
export async function pay(city: TestCity, reference: string, amountMinor?: number): Promise<string> {
  const body = { reference, ...(amountMinor === undefined ? {} : { amountMinor }) };
  const payment = await ok<{ id: string; checkoutUrl: string }>(city.post("/v1/payments", body));
  await fetch(payment.checkoutUrl, {
    method: "POST",
    body: new URLSearchParams({ outcome: "pay" }),
    redirect: "manual",
  });
  expect(await ok(city.get(`/v1/payments/${payment.id}`))).toMatchObject({ state: "settled" });
  return payment.id;
}
export async function bought(city: TestCity, amountMinor: number, more: object = {}): Promise<PurchaseAnswer> {
  const purchase = await open(city, amountMinor, more);
  await pay(city, purchase.reference);
  return until(city, purchase, "vended");
}
