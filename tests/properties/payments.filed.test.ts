import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { referenceOf } from "../../functions/billing/domain.ts";
import { billStore } from "../../functions/billing/store.ts";
import { keepAccount } from "../../functions/payments/accounts.ts";
import { CompareFile, ReconcileDay } from "../../functions/payments/events.ts";
import { filedStore } from "../../functions/payments/filed/store.ts";
import { takeFile } from "../../functions/payments/filed/taking.ts";
import { openPayment } from "../../functions/payments/paying.ts";
import { askNow } from "../../functions/payments/questions.ts";
import { reconciliations } from "../../functions/payments/reconciling.ts";
import { FeeRule, type KeptPayment } from "../../functions/payments/schema.ts";
import { type StandIns, startStandIns } from "../../functions/payments/stand-in/hub.ts";
import { paymentStore } from "../../functions/payments/store.ts";
import { suspenseList } from "../../functions/payments/suspense.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
let hub: StandIns;
let now = new Date("2026-11-20T12:00:00Z");
beforeAll(async () => {
  inner = await innerHouse();
  hub = await startStandIns({ now: () => now });
  // Not one callback arrives.
  Object.assign(hub.weather, { drop: 1 });
});
afterAll(async () => {
  await hub.stop();
  await inner.stop();
});

const comparing = cityRooms
  .flatMap(({ tasks }) => tasks)
  .filter(({ name }) => name === ReconcileDay.name || name === CompareFile.name);

type Does = "pay" | "refuse" | "ignore";
interface Asked {
  does: Does;
  amountMinor: number;
  hours: number;
  /** The provider was asked after it before there was a file. */
  isKnown: boolean;
}
const anAsked: fc.Arbitrary<Asked> = fc.record({
  does: fc.constantFrom<Does>("pay", "pay", "refuse", "ignore"),
  // Few amounts, so that some are the same.
  amountMinor: fc.constantFrom(500, 1_250, 99_999),
  hours: fc.integer({ min: 0, max: 30 }),
  isKnown: fc.boolean(),
});

/** A city, its wallet at this rail, and a payment for each that was asked for: nobody here hears how it ended. */
async function asked(rail: "momo" | "orange", all: readonly Asked[]) {
  const { here, at } = inner.newHere({ currency: "XOF", country: "CI", timeZone: "Africa/Abidjan" });
  Object.assign(here, { settings: { ...here.settings, HANSA_STAND_INS: hub.url } });
  const account = {
    id: "wallet",
    name: "Wallet",
    rail,
    kinds: [],
    fee: FeeRule.parse({}),
    isStandIn: true,
    isOpen: true,
  };
  await keepAccount(here, { ...account, setUp: false }, "http://localhost");
  const opened: (Asked & { id: string; billId: string })[] = [];
  for (const one of [...all].sort((a, b) => a.hours - b.hours)) {
    now = new Date(Date.parse("2026-11-20T12:00:00Z") + one.hours * 3_600_000);
    at.now = now;
    const bill = anyBill(here, one.amountMinor, "XOF");
    const reference = referenceOf(bill.id);
    await billStore(here).issue({ ...bill, reference });
    const msisdn = `+22505000010${{ pay: 3, refuse: 1, ignore: 2 }[one.does]}`;
    const order = { reference, account: "wallet", ...(rail === "momo" ? { msisdn } : {}) };
    const payment = await openPayment(here, { order, lang: "fr", origin: "http://localhost", titleOf: () => "Eau" });
    if (rail === "orange" && one.does !== "ignore") {
      const path = `${hub.url}/orange/_payer/${payment.sessionId}`;
      await fetch(path, { method: "POST", body: JSON.stringify({ does: one.does }) });
    }
    if (one.isKnown) await askNow(here, payment);
    opened.push({ ...one, id: payment.id, billId: bill.id });
  }
  now = new Date("2026-11-22T12:00:00Z");
  at.now = now;
  return { here, account, opened };
}
const settle = async (here: Here) => {
  while ((await deliverDue(here, [], comparing)) > 0);
};
const balanceOf = async (here: Here, account: string) => (await here.ledger.at()).balance(account, "XOF");
const shuffled = (file: string, keys: readonly number[], head: number): string => {
  const lines = file.split("\r\n").filter((line) => line !== "");
  const body = lines.slice(head).map((line, i) => ({ line, key: keys[i % keys.length] ?? 0 }));
  body.sort((a, b) => a.key - b.key);
  return [...lines.slice(0, head), ...body.map(({ line }) => line)].join("\r\n");
};

describe.each([
  ["momo", 1],
  ["orange", 2],
] as const)("the file of %s", (rail, head) => {
  // Guards against money that no callback told of, and against a file that is read twice or in another order.
  test("settles what was paid, once, whatever the order of its lines, and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anAsked, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(100), { minLength: 6, maxLength: 6 }),
        async (all, keys) => {
          const { here, account, opened } = await asked(rail, all);
          const portal = await (await fetch(`${hub.url}/${rail}/_portal?payment=${opened[0]!.id}`)).text();
          const paid = opened.filter(({ does }) => does === "pay");
          const hand = (file: string) =>
            takeFile(here, account, { file: new TextEncoder().encode(file), naming: {}, by: "test" });
          if (paid.length === 0) {
            await expect(hand(portal)).rejects.toMatchObject({ kind: "invalid" });
            return;
          }
          expect((await hand(shuffled(portal, keys, head))).created).toBe(true);
          await settle(here);
          const check = async () => {
            let cameMinor = 0;
            let feesMinor = 0;
            for (const { id, does, amountMinor, billId } of opened) {
              const payment = (await paymentStore(here).find(id)) as KeptPayment;
              expect(payment.state === "settled", `${does} ${payment.state}`).toBe(does === "pay");
              expect(await balanceOf(here, `due:${billId}`)).toBe(does === "pay" ? 0 : amountMinor);
              if (does !== "pay") continue;
              cameMinor += amountMinor;
              feesMinor += rail === "momo" ? Math.floor(amountMinor / 100) : 0;
            }
            expect(await balanceOf(here, `provider:${rail}:wallet`)).toBe(cameMinor - feesMinor);
            expect(await balanceOf(here, `fees:${rail}`)).toBe(feesMinor);
            expect((await suspenseList(here, { limit: 50 })).suspense).toEqual([]);
            expect(await here.ledger.prove()).toMatchObject({ isSound: true });
            const { days } = await reconciliations(here, { limit: 50 });
            expect(days.filter(({ mismatchCount }) => mismatchCount > 0)).toEqual([]);
            expect(days.reduce((sum, { statedMinor }) => sum + statedMinor, 0)).toBe(cameMinor);
            expect(days.reduce((sum, { bookedMinor }) => sum + bookedMinor, 0)).toBe(cameMinor);
          };
          await check();
          const proof = await here.ledger.prove();
          // All of it travels with the city.
          const kept = new Set<string>();
          for await (const { sk } of filedStore(here).items()) kept.add(sk.split("#")[0]!);
          expect([...kept].sort()).toEqual(["FILE", "HEAD", "LINES"]);
          // The same lines in another file, and the same file: nothing is new.
          const again = await hand(portal);
          expect(again.file.newLines).toBe(0);
          expect((await hand(portal)).created).toBe(false);
          await settle(here);
          await check();
          expect(await here.ledger.prove()).toEqual(proof);
        },
      ),
      { numRuns: 5 },
    );
  });
});
