import { expect, test } from "vitest";
import { openedAccount } from "../../functions/accounts/domain.ts";
import { accounts as accountsRoom } from "../../functions/accounts/room.ts";
import { accountStore } from "../../functions/accounts/store.ts";
import { DuesByReference, RaiseDue } from "../../functions/billing/events.ts";
import { billing } from "../../functions/billing/room.ts";
import { accountOf, callbackPath } from "../../functions/payments/accounts.ts";
import { takeFile } from "../../functions/payments/filed/taking.ts";
import type { Moved } from "../../functions/payments/rail.ts";
import { gsma } from "../../functions/payments/rails/gsma/index.ts";
import { uuidOf } from "../../functions/payments/rails/wire.ts";
import { approveRefund, askRefund, paidOut, refundList, refuseRefund } from "../../functions/payments/refunds.ts";
import { payments } from "../../functions/payments/room.ts";
import type { KeptPayment, Refund, Suspense } from "../../functions/payments/schema.ts";
import { random } from "../../functions/payments/stand-in/hub.ts";
import { assign, suspenseList } from "../../functions/payments/suspense.ts";
import { Fault } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { CITIES, type CityOfRails, stormHouse } from "../storm.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_127);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Their provider gives no statement: the file of its portal is handed in. */
const FILED = ["momo", "orange"];

interface Bill {
  billId: string;
  reference: string;
  totalMinor: number;
  /** Whose; of nobody's bill, what is too much waits. */
  accountId?: string;
}
interface Shown {
  id: string;
  sessionId?: string;
  checkoutUrl?: string;
}

/**
 * What may have happened to a bill of nobody's: money came, some of it was given back, or the bank took it, in whatever
 * order. The simplest books that there are.
 */
type Happened =
  | { is: "came" | "matched"; by: string; amountMinor: number }
  | { is: "given_back" | "gave_back_and_failed" | "returned"; by: string; amountMinor: number; after?: number }
  | { is: "lost"; by: string; amountMinor: number };

interface End {
  dueMinor: number;
  waitsMinor: number;
  lossMinor: number;
}
/** All that a bill can have come to, by any order in which these can have happened. */
function endsOf(totalMinor: number, all: readonly Happened[]): End[] {
  const ends = new Map<string, End>();
  const seen = new Set<string>();
  const go = (done: ReadonlySet<number>, end: End, paid: Readonly<Record<string, number>>): void => {
    const key = JSON.stringify([[...done].sort(), end, Object.entries(paid).sort()]);
    if (seen.has(key)) return;
    seen.add(key);
    if (done.size === all.length) ends.set(JSON.stringify(end), end);
    for (const [i, one] of all.entries()) {
      if (done.has(i)) continue;
      const { by, amountMinor } = one;
      const { dueMinor, waitsMinor, lossMinor } = end;
      const next = new Set([...done, i]);
      const has = paid[by] ?? 0;
      const pays = Math.min(dueMinor, amountMinor);
      if (one.is === "came")
        go(
          next,
          { ...end, dueMinor: dueMinor - pays, waitsMinor: waitsMinor + amountMinor - pays },
          { ...paid, [by]: pays },
        );
      if (one.is === "matched" && pays === amountMinor)
        go(next, { ...end, dueMinor: dueMinor - pays }, { ...paid, [by]: pays });
      if ((one.is === "given_back" || one.is === "gave_back_and_failed") && has >= amountMinor)
        go(next, { ...end, dueMinor: dueMinor + amountMinor }, { ...paid, [by]: has - amountMinor });
      // What a bill does not need any more waits.
      if (one.is === "returned" && done.has(one.after!))
        go(
          next,
          { ...end, dueMinor: dueMinor - pays, waitsMinor: waitsMinor + amountMinor - pays },
          { ...paid, [by]: has + pays },
        );
      if (one.is === "lost" && by in paid)
        go(next, { ...end, dueMinor: dueMinor + has, lossMinor: lossMinor + amountMinor - has }, { ...paid, [by]: 0 });
    }
  };
  go(new Set(), { dueMinor: totalMinor, waitsMinor: 0, lossMinor: 0 }, {});
  return [...ends.values()];
}

test.each(CITIES)(
  `payers, their banks, the desk and a house that is killed, all at once: the books are what providers moved ($currency, SEED=${SEED})`,
  async (of) => {
    const storm = await stormOf(of);
    const { hub, disk } = storm;
    Object.assign(hub.weather, { drop: 0.3, duplicate: 0.2, lost: 0.1, shuffle: true });
    disk.isBusy = true;
    for (const minutes of [1, 2, 4]) await storm.round(minutes * MINUTE);
    hub.weather.isAway = true;
    for (const minutes of [20, 40]) await storm.round(minutes * MINUTE);
    hub.weather.isAway = false;
    await storm.round(4 * MINUTE);
    await storm.roundWithDeath(4 * MINUTE);
    for (const minutes of [4, 30, 240]) await storm.round(minutes * MINUTE);
    await storm.roundWithDeath(4 * MINUTE);
    // M-Pesa lists two days, and is asked again after three hours.
    for (const hours of [3, 3, 3, 3]) await storm.round(hours * HOUR);
    disk.isBusy = false;
    await storm.calm();
    await storm.check();
  },
  120_000,
);

async function stormOf(of: CityOfRails) {
  const { currency, unitMinor, phones } = of;
  const said = `SEED=${SEED}`;
  const chance = random(SEED);
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(chance() * all.length)];
  const storm = await stormHouse(of, { rooms: [accountsRoom, billing, payments], seed: SEED });
  const { hub, now } = storm;
  const ways = ["card", ...phones.map(({ rail }) => rail)];
  const railOf = (way: string) => (way === "card" ? "stripe" : way);

  // -- the bills, and whose they are
  const bills: Bill[] = [];
  let raised = 0;
  async function bill(accountId?: string): Promise<Bill> {
    const nth = raised++;
    const totalMinor = (400 + 10 * nth) * unitMinor;
    const asked = {
      ...{ id: `storm:${nth}`, kind: "waste" as const, titles: { en: "Waste" }, period: "2026-10" },
      ...{ netMinor: totalMinor, vatMinor: 0, currency, ...(accountId ? { accountId } : {}) },
    };
    const made = { ...(await storm.here().ask(RaiseDue, asked)), totalMinor, ...(accountId ? { accountId } : {}) };
    bills.push(made);
    return made;
  }
  const customers: { id: string; reference: string }[] = [];
  async function customer(): Promise<{ id: string; reference: string }> {
    const id = newId("acc", now());
    const order = { number: `C-${customers.length}`, name: "Made up" };
    const account = openedAccount(order as never, id, undefined, now(), newId("ref", now()));
    await accountStore(storm.here().table).open(account);
    customers.push({ id, reference: account.reference! });
    return customers.at(-1)!;
  }

  // -- what people do
  let isDying = false;
  /**
   * What is refused is refused, and of a house that died a moment ago a line may still be open that is not; whatever
   * else goes wrong is a fault, unless the house dies at this moment.
   */
  async function attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      const isCutOff = error instanceof TypeError && error.message === "fetch failed";
      if (error instanceof Fault || isCutOff || isDying) return undefined;
      throw error;
    }
  }
  const toStandIn = async (path: string, body: object) => {
    const got = await fetch(hub.url + path, { method: "POST", body: JSON.stringify(body) });
    return got.ok ? ((await got.json()) as Record<string, string>) : undefined;
  };
  let numbers = 0;
  interface Order {
    amountMinor?: number;
    isSure?: boolean;
    end?: 1 | 2 | 3;
    /** The page stays open, unpaid. */
    leaves?: boolean;
  }
  async function pay(reference: string, way: string, { end = 3, leaves = false, ...more }: Order = {}) {
    const phone = phones.find(({ rail }) => rail === way);
    const msisdn = phone?.msisdn(numbers++ % 900, leaves ? 2 : end);
    const body = { reference, account: way, ...(msisdn ? { msisdn } : {}), ...more };
    const taps = await Promise.all(
      (chance() < 0.3 ? [0, 1] : [0]).map(() =>
        attempt(async () => {
          const got = await storm.pay(body);
          return { status: got.status, read: (await got.json()) as Shown };
        }),
      ),
    );
    let shown: Shown | undefined;
    for (const tap of taps) {
      if (!tap) continue;
      if (!isDying) expect([201, 409, 422, 503], `${said} ${JSON.stringify(tap.read)}`).toContain(tap.status);
      if (tap.status === 201) shown = tap.read;
    }
    const looks = () => attempt(() => fetch(`${storm.url}/v1/payments/${shown?.id}`));
    await Promise.all([
      shown?.checkoutUrl && !leaves && onPage(shown, end),
      ...(shown ? [0, 1, 2].filter(() => chance() < 0.5).map(looks) : []),
    ]);
    return shown;
  }
  async function onPage({ checkoutUrl }: Shown, end: 1 | 2 | 3 = 3): Promise<void> {
    if (!checkoutUrl || end === 2) return;
    const typed = { outcome: end === 3 ? "pay" : "decline", msisdn: `+22507100999${end}` };
    await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams(typed), redirect: "manual" });
  }
  /** On a telephone that was asked a while ago, or on a page that was left open. */
  async function answers(shown: Shown | undefined, way: string): Promise<void> {
    if (!shown) return;
    if (shown.checkoutUrl) return onPage(shown);
    if (shown.sessionId) await toStandIn(`/${way}/_payer/${shown.sessionId}`, { does: "pay" });
  }
  /** From a telephone's own menu. @returns the number in the payer's message */
  async function menu(reference: string, amountMinor: number): Promise<string | undefined> {
    const amount = String(amountMinor / unitMinor);
    if (currency === "KES") {
      const to = `${new URL(storm.url).origin}${await callbackPath(storm.here(), await accountOf(storm.here(), "daraja"))}`;
      const msisdn = "254712345678";
      return (await toStandIn("/daraja/_menu", { to, amount, msisdn, reference, isLost: chance() < 0.4 }))?.["receipt"];
    }
    const secret = Buffer.from(await storm.here().secrets.hmac("payments.stand-in", "storm gsma")).toString("hex");
    const { partyKey: key, party: value } = gsma.standInSettings(secret) as { partyKey: string; party: string };
    const body = { clientSecret: secret, reference, amount, currency, creditParty: [{ key, value }] };
    return (await toStandIn("/gsma/_menu", body))?.["transactionReference"];
  }
  /** What waited and pays a bill since, as whoever did it was told. */
  const matched: { reference: string; paymentId: string; amountMinor: number }[] = [];
  async function code(shown: Shown | undefined, reference: string, typed: string | undefined): Promise<void> {
    if (!shown || typed === undefined || isDying) return;
    const got = await storm.post(`/v1/payments/${shown.id}/codes`, { code: typed });
    const read = (await got.json()) as Shown & { amountMinor: number };
    expect([200, 409, 422, 503], `${said} ${JSON.stringify(read)}`).toContain(got.status);
    if (got.status === 200 && read.id !== shown.id)
      matched.push({ reference, paymentId: read.id, amountMinor: read.amountMinor });
  }
  const disputes = new Map<string, "open" | "won" | "lost">();
  const disputed = new Set<string>();
  async function decides(sessionId: string, does: "won" | "lost"): Promise<unknown> {
    const decided = await atBank(sessionId, does, does === "won" && chance() < 0.5);
    if (decided) disputes.set(sessionId, does);
    return decided;
  }
  const atBank = (sessionId: string, does: "open" | "won" | "lost", isQuiet: boolean) =>
    toStandIn(`/stand-in/sessions/${sessionId}/dispute`, { does, isQuiet });

  // -- payers, each with what they do one after the other; a step that says false is taken again
  type Step = () => Promise<unknown>;
  const scripts: Step[][] = [];
  const ends = () => (chance() < 0.75 ? 3 : chance() < 0.5 ? 2 : 1);
  const otherWay = (way: string) => pick(ways.filter((one) => one !== way))!;
  const each = Math.floor(6 / ways.length);
  for (const way of ways) {
    for (let i = 0; i < each; i++) {
      const { reference } = await bill();
      // What was given back is due, and paid, again.
      const again = () => pay(reference, otherWay(way)).then(() => true);
      scripts.push([() => pay(reference, way, { end: ends() }), again, again, again]);
    }
    for (let i = 0; i < each; i++) {
      const { reference } = await bill();
      const other = otherWay(way);
      let first: Shown | undefined;
      scripts.push([
        async () => {
          first = await pay(reference, way, { leaves: true });
          return first;
        },
        async () =>
          (await Promise.all([pay(reference, other, { isSure: true }), chance() < 0.3 && answers(first, way)]))[0],
        () => answers(first, way).then(() => true),
      ]);
    }
    const { reference, totalMinor } = await bill();
    const amountMinor = Math.floor(totalMinor / unitMinor / 3) * unitMinor;
    const other = otherWay(way);
    scripts.push([
      () => pay(reference, way, { amountMinor }),
      async () => {
        const both = await Promise.all([
          pay(reference, other, { isSure: true }),
          pay(reference, way, { amountMinor, isSure: true }),
        ]);
        return both.some(Boolean);
      },
    ]);
  }
  for (let i = 0; i < 2; i++) {
    const { id, reference } = await customer();
    const [one, two] = [await bill(id), await bill(id)];
    const way = pick(ways)!;
    const other = otherWay(way);
    let first: Shown | undefined;
    scripts.push([
      async () => {
        first = await pay(reference, way, { leaves: true });
        return first;
      },
      () => pay(one.reference, other, { isSure: true }),
      () => answers(first, way).then(() => true),
      () => pay(reference, other, { amountMinor: 300 * unitMinor, isSure: true }),
      () => pay(two.reference, way, { isSure: true }).then(() => true),
      async () => !isDying && bill(id),
    ]);
  }
  for (let i = 0; i < 2; i++) {
    const { reference, totalMinor } = await bill();
    scripts.push([
      async () => (await Promise.all([pay(reference, pick(ways)!), menu(reference, totalMinor)])).some(Boolean),
      () => menu(reference, totalMinor).then(() => true),
    ]);
  }
  // Money that names nothing, or what is paid already; its payer then types the number that the message shows.
  for (let i = 0; i < 2; i++) {
    const [meant, typed] = [await bill(), currency === "KES" ? await bill() : undefined];
    const { totalMinor, reference } = typed ?? meant;
    let [shown, number]: [Shown | undefined, string | undefined] = [undefined, undefined];
    scripts.push([
      async () => {
        const words = typed ? reference : `WATER ${i}`;
        const paid = await Promise.all([menu(words, totalMinor), menu(words, totalMinor)]);
        number = paid.find((one) => one !== undefined);
        return number;
      },
      async () =>
        (shown = await pay(meant.reference, typed ? "daraja" : "gsma", {
          leaves: true,
          ...(typed ? { amountMinor: Math.min(totalMinor, meant.totalMinor) } : {}),
        })),
      () => code(shown, meant.reference, number).then(() => true),
      () => code(shown, meant.reference, number).then(() => true),
      () => code(shown, meant.reference, number).then(() => true),
    ]);
  }
  for (let i = 0; i < 3; i++) {
    const whose = i === 0 ? await customer() : undefined;
    const { reference } = await bill(whose?.id);
    let shown: Shown | undefined;
    const does = chance() < 0.5 ? "won" : "lost";
    scripts.push([
      async () => {
        shown = await pay(reference, "card");
        if (whose && shown) disputed.add(shown.id);
        return shown;
      },
      async () => {
        const begun = shown && (await atBank(shown.sessionId!, "open", chance() < 0.5));
        if (begun) disputes.set(shown!.sessionId!, "open");
        return begun;
      },
      async () => shown && decides(shown.sessionId!, does),
    ]);
  }

  // -- the desk
  const asked = new Set<string>();
  const byHand = new Map<string, number>();
  let files = 0;
  async function clerk(): Promise<void> {
    const all = (await attempt(storm.payments)) ?? [];
    const settled = all.filter(({ id, state }) => state === "settled" && !disputed.has(id));
    for (let i = 0; i < 2; i++) {
      const payment = pick(settled);
      if (!payment || chance() < 0.3) continue;
      const half = Math.floor(payment.amountMinor / unitMinor / 2) * unitMinor;
      const phone = phones.find(({ rail }) => rail === payment.provider);
      const asks = {
        reason: "Moved away",
        ...(chance() < 0.5 && half > 0 ? { amountMinor: half } : {}),
        ...(phone && chance() < 0.4
          ? { msisdn: phone.msisdn(990, chance() < 0.3 && !isOfAccount(payment) ? 1 : 3) }
          : {}),
      };
      // Two clerks are asked by one payer.
      const { amountMinor: _part, ...whole } = asks;
      for (const one of chance() < 0.5 ? [asks, whole] : [asks]) {
        const refund = await attempt(() => askRefund(storm.here(), { paymentId: payment.id }, one, "per_clerk"));
        if (refund) asked.add(refund.id);
      }
    }
  }
  async function approver(): Promise<void> {
    const { refunds = [] } = (await attempt(() => refundList(storm.here(), { limit: 50 }))) ?? {};
    const decided = refunds.map(async ({ id, askedBy }) => {
      expect(
        await attempt(() => approveRefund(storm.here(), id, { id: askedBy, isAdministrator: true })),
      ).toBeUndefined();
      if (chance() < 0.1) return attempt(() => refuseRefund(storm.here(), id, "per_approver"));
      const approve = () =>
        attempt(() => approveRefund(storm.here(), id, { id: "per_approver", isAdministrator: true }));
      return chance() < 0.3 ? Promise.all([approve(), approve()]) : approve();
    });
    await Promise.all(decided);
  }
  async function cashier(): Promise<void> {
    const { refunds = [] } = (await attempt(() => refundList(storm.here(), { limit: 100, isDone: true }))) ?? {};
    for (const { id, state, amountMinor } of refunds) {
      if (state !== "to_pay_out") continue;
      byHand.set(id, amountMinor);
      await attempt(() => paidOut(storm.here(), id, { holder: "bank:main", providerRef: `OUT-${id}` }));
    }
  }
  const waitedAs = new Map<string, Suspense>();
  async function treasurer(): Promise<void> {
    const { suspense = [] } = (await attempt(() => suspenseList(storm.here(), { limit: 50 }))) ?? {};
    for (const waiting of suspense) waitedAs.set(waiting.id, waiting);
    await Promise.all(
      suspense.map(async (waiting) => {
        if (chance() < 0.3) return;
        // What one gives back, others match at the same instant.
        const both = [matches, matches, returns].filter(() => chance() < 0.5);
        await Promise.all(both.map((does) => does(waiting)));
      }),
    );
  }
  async function matches(waiting: Suspense): Promise<void> {
    const to = chance() < 0.1 ? pick(customers)! : pick(bills)!;
    if (isDying) return;
    const became = await attempt(() => assign(storm.here(), waiting.id, to.reference, "per_treasurer"));
    if (became) matched.push({ reference: to.reference, paymentId: became.id, amountMinor: became.amountMinor });
  }
  async function returns({ id, rail }: Suspense): Promise<void> {
    const phone = phones.find((one) => one.rail === rail);
    const asks = {
      reason: "Nobody's",
      ...(phone && chance() < 0.8 ? { msisdn: phone.msisdn(991, chance() < 0.2 ? 1 : 3) } : {}),
    };
    const refund = await attempt(() => askRefund(storm.here(), { suspenseId: id }, asks, "per_clerk"));
    if (refund) asked.add(refund.id);
  }
  const isOfAccount = ({ accountId, reference }: KeptPayment) =>
    accountId !== undefined || bills.some((one) => one.reference === reference && one.accountId !== undefined);
  /** The portal's file as it is now. @returns whether there was one */
  async function handsIn(rail: string): Promise<boolean> {
    const payment = (await storm.payments()).find(({ provider, sessionId }) => provider === rail && sessionId);
    const got = payment && (await fetch(`${hub.url}/${rail}/_portal?payment=${payment.id}`));
    if (!got?.ok) return false;
    const file = new Uint8Array(await got.arrayBuffer());
    await takeFile(storm.here(), await accountOf(storm.here(), rail), { file, naming: {}, by: "per_treasurer" });
    files += 1;
    return true;
  }
  const filed = phones.filter(({ rail }) => FILED.includes(rail)).map(({ rail }) => rail);

  const places = scripts.map(() => ({ at: 0, tries: 0 }));
  async function payers(share: number): Promise<void> {
    await Promise.all(
      scripts.map(async (steps, i) => {
        const place = places[i]!;
        const step = steps[place.at];
        if (!step || chance() > share) return;
        place.tries += 1;
        const isDone = (await attempt(step)) || place.tries > 4;
        if (isDone) Object.assign(place, { at: place.at + 1, tries: 0 });
      }),
    );
  }
  async function round(ms: number): Promise<void> {
    await Promise.all([
      payers(0.75),
      clerk(),
      approver(),
      cashier(),
      treasurer(),
      ...filed.map((rail) => chance() < 0.4 && attempt(() => handsIn(rail))),
      attempt(() => storm.step(ms)),
    ]);
  }

  async function heardOut(): Promise<void> {
    for (let tries = 0; hub.underway() > 0 && tries < 100; tries++) await new Promise((wait) => setTimeout(wait, 20));
  }
  /** The weather is over: what is under way comes to its end. */
  async function calm(): Promise<void> {
    Object.assign(hub.weather, { isAway: false, drop: 0, duplicate: 0, lost: 0, shuffle: false });
    for (let i = 0; i < 6; i++) {
      await Promise.all([payers(1), approver(), cashier(), storm.step(30 * MINUTE)]);
    }
    // The bank says it once more, as it may have been said to nobody; what is undecided by now is lost.
    for (const [sessionId, does] of disputes) if (does !== "won") await decides(sessionId, "lost");
    // No clock goes on by hours between a signature and its being read.
    await heardOut();
    for (let i = 0; i < 12; i++) await Promise.all([approver(), cashier(), storm.step(3 * HOUR)]);
    for (const rail of filed) expect(await handsIn(rail), said).toBe(true);
    // What cannot be approved, as its money was used meanwhile, is refused.
    for (const { id } of (await refundList(storm.here(), { limit: 100 })).refunds)
      await refuseRefund(storm.here(), id, "per_approver");
    for (let i = 0; i < 8; i++) await Promise.all([cashier(), storm.step(DAY)]);
    await heardOut();
    await storm.step(0);
  }

  async function check(): Promise<void> {
    const here = storm.here();
    const books = await here.ledger.at();
    const balance = (account: string) => books.balance(account, currency);
    const inMinor = (amount: number) => Math.round(amount * unitMinor);
    const all = await storm.payments();
    const refunds: Refund[] = [];
    for (const isDone of [false, true])
      for (let cursor: string | undefined, page = 0; page === 0 || cursor; page++) {
        const found = await refundList(here, { limit: 50, isDone, ...(cursor ? { cursor } : {}) });
        refunds.push(...found.refunds);
        cursor = found.next;
      }

    // Everything is over.
    for (const { id, provider, state } of all)
      expect(["settled", "failed", "expired", "refunded"], `${said} ${provider} ${id}`).toContain(state);
    for (const { id, state, failure } of refunds)
      expect(["paid", "failed", "refused"], `${said} ${id} ${failure}`).toContain(state);
    expect(
      [...asked].filter((id) => !refunds.some((one) => one.id === id)),
      said,
    ).toEqual([]);
    for (const prefix of ["refunds_owed:", "disputed:"]) expect(books.list(prefix), said).toEqual([]);
    expect(await here.ledger.prove(), said).toMatchObject({ isSound: true, sums: { [currency]: 0 } });

    // What providers moved is what the books hold there, and each movement out is a refund that was paid.
    const paidBack = new Map(refunds.filter(({ state }) => state === "paid").map((one) => [one.id, one]));
    const moved: (Moved & { rail: string })[] = [];
    for (const way of ways) {
      const rail = railOf(way);
      const path = rail === "stripe" ? "/_moved" : `/${rail}/_moved`;
      const own = ((await (await fetch(hub.url + path)).json()) as Moved[]).map((one) => ({ ...one, rail }));
      const sum = own.reduce((held, { amount, fee }) => held + inMinor(amount) - inMinor(fee), 0);
      expect(balance(`provider:${rail}:${way}`), `${said} ${rail}`).toBe(sum);
      expect(balance(`fees:${rail}`), `${said} ${rail}`).toBe(own.reduce((fees, { fee }) => fees + inMinor(fee), 0));
      moved.push(...own);
    }
    const numberOf = new Map<string, string>();
    for (const { id, paymentId, suspenseId } of paidBack.values()) {
      const payment = all.find((one) => one.id === paymentId);
      if (payment?.provider === "daraja") numberOf.set(payment.providerRef ?? "", id);
      if (suspenseId) numberOf.set(waitedAs.get(suspenseId)?.providerRef ?? "", id);
      numberOf.set(uuidOf("daraja payout", id), id);
    }
    const out = moved.filter(({ about }) => about === "refund");
    const outOf = out.map(({ rail, name, amount }) => {
      const id = rail === "daraja" ? numberOf.get(name) : name;
      return `${id} ${0 - inMinor(amount)}`;
    });
    const handed = [...paidBack.values()].filter(({ id }) => byHand.has(id));
    expect(balance("bank:main"), said).toBe(0 - handed.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
    const given = [...paidBack.values()].map(({ id, amountMinor }) => `${id} ${amountMinor}`);
    expect([...outOf, ...handed.map(({ id, amountMinor }) => `${id} ${amountMinor}`)].sort(), said).toEqual(
      given.sort(),
    );

    // Whoever paid was heard, and nobody else.
    const cameIn = moved.filter(({ about }) => about === "payment");
    const named = new Map<string, KeptPayment>();
    for (const payment of all) {
      if (!payment.order) continue;
      const phone = phones.find(({ rail }) => rail === payment.provider);
      named.set(`${payment.provider} ${phone ? phone.nameOf(payment) : payment.id}`, payment);
    }
    const paidNames = new Set(cameIn.map(({ rail, name }) => `${rail} ${name}`));
    for (const [name, { id, state, settledAt }] of named)
      expect(settledAt !== undefined, `${said} ${name} ${id} ${state}`).toBe(paidNames.has(name));

    // Bill by bill: what may have become of it.
    const happened = new Map<string, Happened[]>(bills.map(({ reference }) => [reference, []]));
    const add = (reference: string, one: Happened) => happened.get(reference)!.push(one) - 1;
    const known = new Set(matched.map(({ paymentId }) => paymentId));
    let junkMinor = 0;
    // An account and its bills are the same money.
    const whose = (reference: string) => {
      const accountId =
        customers.find((one) => one.reference === reference)?.id ??
        bills.find((one) => one.reference === reference)?.accountId;
      return accountId ? bills.find((one) => one.accountId === accountId)!.reference : reference;
    };
    for (const { rail, name, number, amount } of cameIn) {
      const payment = named.get(`${rail} ${name}`);
      const reference = payment?.reference ?? whose(name);
      const took = all.find(
        (one) => !one.order && !known.has(one.id) && one.provider === rail && one.providerRef === number,
      );
      const one = { is: "came" as const, by: payment?.id ?? took?.id ?? number, amountMinor: inMinor(amount) };
      if (happened.has(whose(reference))) add(whose(reference), one);
      else junkMinor += one.amountMinor;
    }
    for (const { reference, paymentId: by, amountMinor } of matched)
      add(whose(reference), { is: "matched", by, amountMinor });
    let fromSuspenseMinor = matched.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    for (const { paymentId, amountMinor, state } of refunds) {
      if (state === "refused") continue;
      if (paymentId === undefined) {
        if (state === "paid") fromSuspenseMinor += amountMinor;
        continue;
      }
      const reference = whose(all.find(({ id }) => id === paymentId)!.reference);
      const gave = { by: paymentId, amountMinor };
      if (state === "paid") add(reference, { is: "given_back", ...gave });
      else {
        const after = add(reference, { is: "gave_back_and_failed", ...gave });
        add(reference, { is: "returned", ...gave, after });
      }
    }
    for (const { name, amount } of moved.filter(({ about, amount: sum }) => about === "dispute" && sum < 0)) {
      const isWon = moved.some((one) => one.about === "dispute" && one.name === name && one.amount > 0);
      if (!isWon)
        add(whose(all.find(({ id }) => id === name)!.reference), {
          is: "lost",
          by: name,
          amountMinor: 0 - inMinor(amount),
        });
    }
    let waitsMinor = junkMinor - fromSuspenseMinor;
    const loss = { least: 0, most: 0 };
    for (const { reference, billId, accountId, totalMinor } of bills) {
      expect(balance(`due:${billId}`), `${said} ${reference}`).toBeGreaterThanOrEqual(0);
      expect((await here.ask(DuesByReference, { reference })).dueMinor, `${said} ${reference}`).toBe(
        balance(`due:${billId}`),
      );
      if (accountId) continue;
      const possible = endsOf(totalMinor, happened.get(reference)!);
      const found = possible.filter(({ dueMinor }) => dueMinor === balance(`due:${billId}`));
      const story = JSON.stringify({
        reference,
        totalMinor,
        due: balance(`due:${billId}`),
        happened: happened.get(reference),
        possible,
      });
      expect(found.length, `${said} ${story}`).toBeGreaterThan(0);
      const losses = found.map(({ lossMinor }) => lossMinor);
      loss.least += Math.min(...losses);
      loss.most += Math.max(...losses);
      waitsMinor += found[0]!.waitsMinor - found[0]!.lossMinor;
    }
    for (const { id, reference } of customers) {
      const own = bills.filter(({ accountId }) => accountId === id);
      const due = own.reduce((sum, { billId }) => sum + balance(`due:${billId}`), 0);
      const credit = 0 - balance(`credit:${id}`);
      const total = own.reduce((sum, { totalMinor }) => sum + totalMinor, 0);
      const paid = (happened.get(whose(reference)) ?? []).reduce((sum, one) => {
        if (one.is === "came" || one.is === "matched") return sum + one.amountMinor;
        return one.is === "given_back" || one.is === "lost" ? sum - one.amountMinor : sum;
      }, 0);
      const failed = (happened.get(whose(reference)) ?? []).filter((one) => one.is === "returned");
      // Of what could not be given back, a bill that was paid in another way meanwhile takes no more than it needs.
      const waits = paid - (total - due + credit);
      const story = `${said} ${JSON.stringify({ reference, due, credit, total, happened: happened.get(whose(reference)) })}`;
      expect(waits, story).toBeGreaterThanOrEqual(0);
      expect(waits, story).toBeLessThanOrEqual(failed.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
      // What is paid ahead pays what is due.
      expect(Math.min(due, credit), story).toBe(0);
      expect(credit, story).toBeGreaterThanOrEqual(0);
      waitsMinor += waits;
    }
    const lost = balance("dispute_losses:stripe");
    expect(lost, said).toBeGreaterThanOrEqual(loss.least);
    expect(lost, said).toBeLessThanOrEqual(loss.most);
    // Nobody's money waits, and no other.
    expect(0 - balance("suspense"), said).toBe(waitsMinor + lost);
    let listed = 0;
    for (let cursor: string | undefined, page = 0; page === 0 || cursor; page++) {
      const found = await suspenseList(here, { limit: 50, ...(cursor ? { cursor } : {}) });
      listed += found.suspense.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
      cursor = found.next;
    }
    expect(listed, said).toBe(waitsMinor + lost);

    // Nothing is left to do but to compare days, and nothing was given up.
    const { items } = await here.table.query({ pk: "DUE", index: "gsi2" });
    const left = items
      .map(({ pk }) => pk)
      .filter((pk) => pk.startsWith("TASK#payments.") && !/#payments\.reconcile#/.test(pk));
    expect(left, said).toEqual([]);
    const parked = await here.table.query({ pk: "PARKED", index: "gsi1" });
    expect(parked.items, said).toEqual([]);

    // It was a storm.
    const counts = {
      came: cameIn.length,
      refunds: given.length,
      failed: refunds.flatMap(({ state, failure, suspenseId }) =>
        state === "failed" ? [`${failure} ${suspenseId ? "suspense" : ""}`] : [],
      ),
      matched: matched.length,
      disputes: disputes.size,
      files,
      waits: listed,
    };
    if (process.env["STORM_TOLD"]) console.log(said, currency, JSON.stringify(counts));
    expect(Math.min(counts.came - 20, counts.refunds - 3, counts.disputes), JSON.stringify(counts)).toBeGreaterThan(0);
  }

  return {
    hub,
    disk: storm.disk,
    round,
    calm,
    check,
    async roundWithDeath(ms: number): Promise<void> {
      isDying = true;
      const under = round(ms);
      await new Promise((wait) => setTimeout(wait, chance() * 300));
      await Promise.all([storm.kill(), under]);
      isDying = false;
    },
  };
}
