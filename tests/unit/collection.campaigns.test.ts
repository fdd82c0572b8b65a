import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accountStore } from "../../functions/accounts/store.ts";
import { referenceOf } from "../../functions/billing/domain.ts";
import { billStore } from "../../functions/billing/store.ts";
import { askCampaign, runCampaign, startCampaign, stopCampaign } from "../../functions/collection/campaigns.ts";
import { setRule } from "../../functions/collection/rule.ts";
import type { Channel, Stage } from "../../functions/collection/schema.ts";
import { DEFAULT_RULE } from "../../functions/collection/schema.ts";
import { collectionStore } from "../../functions/collection/store.ts";
import { TakePayment } from "../../functions/payments/events.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Message } from "../../shared/ports.ts";
import { anyBill, innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const listeners = () => inner.house.listeners.filter(({ name }) => name.startsWith("collection/"));
const DAY_MS = 24 * 3_600_000;

/** A city with bills of these residents, its clock, and what was sent to whom. */
async function cityWith(contacts: readonly (string | undefined)[], timeZone = "UTC") {
  const { here, at } = inner.newHere({ timeZone });
  at.now = new Date("2031-03-01T12:00:00Z");
  const sent: Message[] = [];
  let fail = (_message: Message): void => {};
  const messages = {
    send: async (message: Message) => {
      fail(message);
      sent.push(message);
    },
  };
  Object.assign(here, { messages });
  const bills: { id: string; reference: string }[] = [];
  for (const [i, contact] of contacts.entries()) {
    const id = newId("acc", at.now);
    const account = { id, number: `N${i}`, name: `Resident ${i}`, openedAt: at.now.toISOString() };
    await accountStore(here.table).open({ ...account, address: "Street 1", ...(contact ? { contact } : {}) });
    const bill = { ...anyBill(here, 1_000), accountId: id };
    const reference = referenceOf(bill.id);
    await billStore(here).issue({ ...bill, reference });
    bills.push({ id: bill.id, reference });
  }
  await deliverDue(here, listeners());
  const pay = async (which: number, amountMinor = 1_000) => {
    const id = `cash:${which}:${at.now.getTime()}`;
    await here.ask(TakePayment, {
      id,
      reference: bills[which]!.reference,
      amountMinor,
      currency: "EUR",
      via: { rail: "cash", account: "till_1", providerRef: id },
      at: at.now.toISOString(),
    });
  };
  return { here, at, sent, bills, pay, failOn: (on: typeof fail) => (fail = on) };
}

/** Runs a phase to its end, each turn doubled: as two couriers that take the same task. */
async function run(here: Here, id: string, phase: "count" | "send") {
  let at: Parameters<typeof runCampaign>[2] = { phase };
  for (let turns = 0; turns < 50; turns++) {
    const [ran] = await Promise.all([
      runCampaign(here, id, at),
      phase === "send" ? runCampaign(here, id, at) : undefined,
    ]);
    await here.table.transact(ran.writes ?? []);
    if (!ran.again) return;
    if (ran.again.at > here.clock.now()) return ran.again;
    at = ran.again.data;
  }
  throw new Error("it does not end");
}
async function counted(here: Here, stage: Stage = "reminder", channels: Channel[] = ["sms", "email"]) {
  const { campaign } = await askCampaign(here, { stage, channels }, "usr_1");
  await run(here, campaign.id, "count");
  return collectionStore(here).campaign(campaign.id);
}
async function reminded(here: Here, stage: Stage = "reminder", channels: Channel[] = ["sms", "email"]) {
  const { id } = await counted(here, stage, channels);
  await startCampaign(here, id, "usr_1");
  await run(here, id, "send");
  return collectionStore(here).campaign(id);
}

describe("a campaign", () => {
  // Guards against a resident who is written to twice for one stage, whatever runs twice.
  test("reminds each bill once for a stage, though each turn runs twice at once", async () => {
    const { here, at, sent } = await cityWith(["+2250700000001", "a@x.example", undefined, "+2250700000002"]);
    at.now = new Date("2031-03-16T12:00:00Z");
    const before = await counted(here);
    expect(before).toMatchObject({ state: "ready", preview: { bills: 3, dueMinor: 3_000, unreachable: 1, capped: 0 } });
    expect(before.preview.byChannel).toEqual({ sms: 2, email: 1, letter: 0 });
    expect(sent).toEqual([]);
    await startCampaign(here, before.id, "usr_1");
    await run(here, before.id, "send");
    const after = await collectionStore(here).campaign(before.id);
    expect(after).toMatchObject({ state: "done", outcomes: { sent: 3, unsure: 0, unreachable: 1 } });
    expect(after.yield).toMatchObject({ bills: 3, remindedMinor: 3_000, paidMinor: 0 });
    expect(sent.map(({ to }) => to).sort()).toEqual(["+2250700000001", "+2250700000002", "a@x.example"]);
    // Another campaign for the same stage has nobody left, and the next stage is too early.
    expect((await counted(here)).preview).toMatchObject({ bills: 0 });
    expect((await counted(here, "second_reminder")).preview).toMatchObject({ bills: 0 });
    at.now = new Date(at.now.getTime() + 15 * DAY_MS);
    expect((await counted(here, "second_reminder")).preview).toMatchObject({ bills: 3 });
    expect(sent).toHaveLength(3);
  });

  // Guards against a reminder for money that is there already.
  test("leaves out what was paid between preview and sending, told or not yet told", async () => {
    const { here, at, sent, pay } = await cityWith(["+2250700000001", "+2250700000002", "+2250700000003"]);
    at.now = new Date("2031-03-20T12:00:00Z");
    const { id, preview } = await counted(here);
    expect(preview.bills).toBe(3);
    await pay(0);
    await deliverDue(here, listeners());
    await pay(1); // the ledger knows, this room was not told yet
    await startCampaign(here, id, "usr_1");
    await run(here, id, "send");
    expect(sent.map(({ to }) => to)).toEqual(["+2250700000003"]);
    expect((await collectionStore(here).campaign(id)).outcomes).toMatchObject({ sent: 1, paid: 1 });
    // A stage is entered by whoever was reminded alone.
    expect((await counted(here, "second_reminder")).preview).toMatchObject({ bills: 0 });
  });

  test("counts as its yield what the reminded paid within 30 days, and nothing else", async () => {
    const { here, at, pay, bills } = await cityWith(["+2250700000001", "+2250700000002", "+2250700000003", undefined]);
    at.now = new Date("2031-03-20T12:00:00Z");
    const { id } = await reminded(here);
    at.now = new Date("2031-04-01T12:00:00Z");
    await pay(0);
    await pay(1, 400);
    await pay(3);
    at.now = new Date("2031-04-19T12:00:01Z");
    await pay(2);
    await deliverDue(here, listeners());
    const found = (await collectionStore(here).campaign(id)).yield;
    expect(found).toEqual({ bills: 3, remindedMinor: 3_000, paidBills: 2, settledBills: 1, paidMinor: 1_400 });
    expect(bills).toHaveLength(4);
  });

  // Guards against a telephone that rings at night.
  test("waits for the end of the quiet hours in the city's own time", async () => {
    const { here, at, sent } = await cityWith(["+2250700000001"], "Africa/Nairobi");
    at.now = new Date("2031-03-20T18:30:00Z"); // 21:30 in Nairobi
    const { id } = await counted(here);
    await startCampaign(here, id, "usr_1");
    const again = await run(here, id, "send");
    expect(again?.at.toISOString()).toBe("2031-03-21T05:00:00.000Z");
    expect((await collectionStore(here).campaign(id)).waitsUntil).toBe("2031-03-21T05:00:00.000Z");
    expect(sent).toEqual([]);
    at.now = again!.at;
    await run(here, id, "send");
    expect(sent).toHaveLength(1);
    const done = await collectionStore(here).campaign(id);
    expect(done.state).toBe("done");
    expect(done.waitsUntil).toBeUndefined();
  });

  test("writes to nobody more often than the cap allows, over all their accounts", async () => {
    const one = "+2250700000009";
    const { here, at, sent } = await cityWith([one, one, one]);
    await setRule(here, { ...DEFAULT_RULE, cap: { messages: 2, days: 30 } }, "usr_1");
    at.now = new Date("2031-03-20T12:00:00Z");
    expect((await reminded(here)).outcomes).toMatchObject({ sent: 2, capped: 1 });
    expect(sent).toHaveLength(2);
    // The third may come once the cap has room again.
    expect((await reminded(here)).outcomes).toMatchObject({ sent: 0, capped: 1 });
    at.now = new Date("2031-04-20T12:00:00Z");
    expect((await reminded(here)).outcomes).toMatchObject({ sent: 1, capped: 0 });
    expect(sent).toHaveLength(3);
  });

  // Guards against a campaign that nobody can hold.
  test("stops between two residents, and stays stopped", async () => {
    const { here, at, sent, failOn } = await cityWith(["+2250700000001", "+2250700000002", "+2250700000003"]);
    at.now = new Date("2031-03-20T12:00:00Z");
    const { id } = await counted(here);
    await startCampaign(here, id, "usr_1");
    const sender = here.messages.send;
    Object.assign(here, {
      messages: {
        send: async (message: Message) => {
          await sender(message);
          await stopCampaign(here, id, "usr_1");
        },
      },
    });
    failOn(() => {});
    const ran = await runCampaign(here, id, { phase: "send" });
    expect(ran).toEqual({});
    expect(sent).toHaveLength(1);
    expect(await collectionStore(here).campaign(id)).toMatchObject({ state: "stopped", outcomes: { sent: 1 } });
    await expect(startCampaign(here, id, "usr_1")).rejects.toMatchObject({ kind: "forbidden_transition" });
  });

  // Guards against a crash between the note and the message: better no reminder than two.
  test("does not send again what may have left, and says so", async () => {
    const { here, at, sent, failOn } = await cityWith(["+2250700000001", "+2250700000002"]);
    at.now = new Date("2031-03-20T12:00:00Z");
    const { id } = await counted(here);
    await startCampaign(here, id, "usr_1");
    failOn(({ to }) => {
      if (to.endsWith("1")) throw new Error("the carrier refuses");
    });
    await run(here, id, "send");
    expect((await collectionStore(here).campaign(id)).outcomes).toMatchObject({ sent: 1, failed: 1 });
    failOn(() => {});
    expect((await reminded(here)).outcomes).toMatchObject({ sent: 0 });
    expect(sent).toHaveLength(1);
  });

  // Guards against the same crash, where the process never comes back from sending.
  test("goes on after a process that was cut off while sending, without sending that again", async () => {
    const { here, at, sent } = await cityWith(["+2250700000001", "+2250700000002"]);
    at.now = new Date("2031-03-20T12:00:00Z");
    const { id } = await counted(here);
    await startCampaign(here, id, "usr_1");
    const { messages } = here;
    const cut = new Promise<string>((resolve) =>
      Object.assign(here, {
        messages: {
          send: ({ to }: Message) => {
            resolve(to);
            return new Promise(() => {});
          },
        },
      }),
    );
    void runCampaign(here, id, { phase: "send" });
    const lost = await cut;
    Object.assign(here, { messages });
    await run(here, id, "send");
    expect(sent.map(({ to }) => to)).toEqual(["+2250700000001", "+2250700000002"].filter((to) => to !== lost));
    const outcomes = { sent: 1, unsure: 1, failed: 0 };
    expect(await collectionStore(here).campaign(id)).toMatchObject({ state: "done", outcomes });
  });

  test("of letters needs an address, costs what the rule says, and knows no quiet hours", async () => {
    const { here, at, sent } = await cityWith([undefined, "+2250700000001"]);
    await setRule(here, { ...DEFAULT_RULE, costMinor: { sms: 5, email: 0, letter: 90 } }, "usr_1");
    at.now = new Date("2031-03-20T03:00:00Z");
    const done = await reminded(here, "reminder", ["letter"]);
    expect(done).toMatchObject({ outcomes: { sent: 2 }, sentByChannel: { letter: 2 }, spentMinor: 180 });
    expect(done.preview).toMatchObject({ bills: 2, costMinor: 180 });
    expect(sent).toEqual([]);
  });
});
