import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { dayOf, monthOf } from "../../shared/time.ts";
import { open } from "../contract/dsse.ts";
import { PLEDGE_TYPE, Pledge, pledgeKey } from "../contract/pledge.ts";
import { readJson } from "../contract/signed.ts";
import { envelopeOf, jsonOf, readMarket } from "../installs/market.ts";
import { keptWell } from "../refusals.ts";
import { sum } from "./lines.ts";
import type { Agreement, Invoice } from "./schema.ts";
import { moneyStore } from "./store.ts";

/** What a sponsor has signed for this city: until which month, and how much in all. */
export type Sponsored = Pick<Agreement, "sponsoredUntil" | "sponsoredMostMinor">;

/**
 * What a sponsor pays for a module, by its own signature: what a publisher says of others is not believed. A pledge is a
 * promise and no money, so one that is used up here, or of whose sponsor an invoice is overdue, counts for nothing new.
 * @throws {Fault} conflict: it never signed, it is over, used up or overdue, or a byte was changed
 */
export async function sponsoredBy(here: Here, module: string, sponsor: string): Promise<Sponsored> {
  const refused = new Fault("conflict", `${sponsor} has not signed that it pays for this in the place of cities.`);
  const [bytes, { parties }] = await Promise.all([here.market.get(pledgeKey(module, sponsor)), readMarket(here)]);
  const party = parties.find(({ name }) => name === sponsor);
  if (!bytes || !party) throw refused;
  const what = `The pledge of ${sponsor}`;
  const signed = await keptWell(what, () => open(envelopeOf(jsonOf(bytes), what), PLEDGE_TYPE, party.publicKey));
  const pledge = Pledge.safeParse(readJson(signed));
  if (!pledge.success || pledge.data.module !== module || pledge.data.sponsor !== sponsor) throw refused;
  const { until, atMost } = pledge.data;
  const { currency, timeZone } = here.city;
  const now = here.clock.now();
  if (until < monthOf(now, timeZone))
    throw new Fault("conflict", `${sponsor} paid for this until ${until}, and no longer does.`);
  const mostMinor = atMost?.[currency];
  if (atMost && mostMinor === undefined)
    throw new Fault("conflict", `${sponsor} has signed to pay for this in other money, and nothing in ${currency}.`);
  const invoices = await moneyStore(here).invoices();
  const overdue = invoices.find((one) => one.payer === sponsor && isOverdue(one, dayOf(now, timeZone)));
  if (overdue)
    throw new Fault(
      "conflict",
      `${sponsor} has not paid the invoice ${overdue.id}, which was due ${overdue.bill?.dueOn}.`,
    );
  if (mostMinor !== undefined && usedOf(invoices, module, sponsor) >= mostMinor)
    throw new Fault("conflict", `All that ${sponsor} has signed to pay for this in a city is used up.`);
  return { sponsoredUntil: until, ...(mostMinor === undefined ? {} : { sponsoredMostMinor: mostMinor }) };
}

export const isOverdue = ({ state, bill }: Invoice, today: string): boolean =>
  state === "awaiting" && bill !== undefined && bill.dueOn < today;

/** What of a pledge was invoiced here so far. */
export const usedOf = (invoices: readonly Pick<Invoice, "lines">[], module: string, sponsor: string): number =>
  sum(
    invoices
      .flatMap(({ lines }) => lines)
      .filter((line) => line.module === module && line.sponsor === sponsor)
      .map(({ netMinor }) => netMinor),
  );
