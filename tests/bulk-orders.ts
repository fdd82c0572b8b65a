import { billStore } from "../functions/billing/store.ts";
import { startAllStandIns } from "../functions/local/stand-ins.ts";
import { TakePayment } from "../functions/payments/events.ts";
import { approveRefund, askRefund } from "../functions/payments/refunds.ts";
import { paymentStore } from "../functions/payments/store.ts";
import { cityRooms } from "../functions/rooms.ts";
import { openBulk } from "../functions/vending/bulk/opening.ts";
import type { KeptBulk } from "../functions/vending/bulk/schema.ts";
import { bulkAsItIs, bulkStore } from "../functions/vending/bulk/store.ts";
import { registered } from "../functions/vending/meters.ts";
import type { NewMeter } from "../functions/vending/schema.ts";
import { deliverDue } from "../shared/courier.ts";
import type { Here } from "../shared/here.ts";
import { newId } from "../shared/ids.ts";
import { monthOf } from "../shared/time.ts";
import { innerHouse } from "./setup/inner.ts";
import { numberOf, POWER } from "./vended.ts";

const STS = {
  source: "sts" as const,
  resource: "electricity" as const,
  key: { supplyGroup: "123456", keyRevision: 2, tariffIndex: "07", baseYear: 2014 as const },
  freeTenths: 0,
};
const TARIFF = {
  ...{ names: POWER.names, kind: "electricity" as const, currency: "EUR", bands: [{ price: "0.10" }] },
  ...{ fixedMinor: 0, vatBasisPoints: 0, rounding: { mode: "half_up" as const, toMinor: 1 } },
};
const listeners = cityRooms.flatMap((room) =>
  room.reactions.map((reaction) => ({ ...reaction, name: `${room.name}/${reaction.type}` })),
);
const taskers = cityRooms.flatMap(({ tasks }) => tasks);

/** What happens in a city that sells credit for many meters, in this process and one step at a time. */
export async function bulkHouse() {
  const [inner, standIns] = await Promise.all([innerHouse(), startAllStandIns()]);
  return {
    house: inner.house,
    /** A city with so many meters that its vending server serves, and others. */
    async bulkCity(meters: number, more: NewMeter[] = [], isSynthetic = true) {
      const { here, at } = inner.newHere({ isSynthetic });
      // Facts are told by the machine's clock: the city's is a little ahead, so that all of them are due.
      at.now = new Date(Date.now() + 60_000);
      await billStore(here).keepTariff(newId("trf", at.now), TARIFF, at.now);
      Object.assign(here, { settings: { ...here.settings, HANSA_STAND_INS: standIns.url } });
      const own = Array.from({ length: meters }, (_, i): NewMeter => ({ ...STS, number: numberOf(i + 1) }));
      const kept = [];
      for (const meter of [...own, ...more]) kept.push((await registered(here, meter)).meter);
      return { here, at, meters: kept };
    },
    stop: () => Promise.all([inner.stop(), standIns.stop()]),
  };
}
export const deliver = (here: Here) => deliverDue(here, listeners, taskers);

export const linesFor = (amounts: readonly number[]) =>
  amounts.map((amountMinor, i) => ({ meter: numberOf(i + 1), amountMinor }));
export const openOrder = async (here: Here, lines: { meter: string; amountMinor: number }[]) =>
  (await openBulk(here, { lines }, "en")).bulk;

/** @param nth  of one reference, which payment */
export const pay = (here: Here, { reference, amountMinor }: { reference: string; amountMinor: number }, nth = 1) =>
  here.ask(TakePayment, {
    id: `cash:${reference}:${nth}`,
    reference,
    amountMinor,
    currency: "EUR",
    via: { rail: "cash", account: "till_1", providerRef: `${reference}:${nth}` },
    at: here.clock.now().toISOString(),
  });
export const payAll = (here: Here, { reference, totalMinor }: KeptBulk, nth = 1) =>
  pay(here, { reference, amountMinor: totalMinor }, nth);

/** Gives a payment of a bill back, or a part of it, by two people. */
export async function giveBack(here: Here, { billId }: { billId: string }, amountMinor?: number): Promise<void> {
  const month = monthOf(here.clock.now(), "UTC");
  const { payments } = await paymentStore(here).ofMonth(month, { limit: 20 });
  const payment = payments.find((one) => one.billId === billId && one.state === "settled");
  const asked = { reason: "not wanted", ...(amountMinor === undefined ? {} : { amountMinor }) };
  const { id } = await askRefund(here, { paymentId: payment?.id ?? newId("pay", here.clock.now()) }, asked, "one");
  await approveRefund(here, id, { id: "two", isAdministrator: true });
}

export const orderNow = async (here: Here, { id }: { id: string }) => (await bulkStore(here).get(id)).is;
const shown = async (here: Here, bulk: KeptBulk) => bulkAsItIs(here, await orderNow(here, bulk));
export const statesOf = async (here: Here, bulk: KeptBulk) => (await shown(here, bulk)).lines.map(({ state }) => state);
export const tokensOf = async (here: Here, bulk: KeptBulk) =>
  (await shown(here, bulk)).lines.flatMap(({ tokens = [] }) => tokens.flatMap(({ digits }) => digits));
export const books = async (here: Here): Promise<Record<string, number>> =>
  Object.fromEntries((await here.ledger.at()).list("").map((one) => [one.account, one.balanceMinor]));
