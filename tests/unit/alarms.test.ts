import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isDisputed, NONE, type Standing, unusual, weekOf, weeksBefore } from "../../functions/alarms/domain.ts";
import { saysOf } from "../../functions/alarms/says.ts";
import { DEFAULT_RULE } from "../../functions/alarms/schema.ts";
import { alarmStore } from "../../functions/alarms/store.ts";
import { ReceiptReversed } from "../../functions/counter/events.ts";
import { ReadingsMoving, ReadingsStalled } from "../../functions/meters/events.ts";
import {
  DisputeOpened,
  MismatchCleared,
  MismatchFound,
  PaymentSettled,
  ProviderBack,
  ProviderSilent,
  TakePayment,
} from "../../functions/payments/events.ts";
import { deliverDue, replay } from "../../shared/courier.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import { newId } from "../../shared/ids.ts";
import { innerHouse } from "../setup/inner.ts";

describe("what is unusual", () => {
  const at = "2026-11-25T10:00:00.000Z";
  const one = {
    refundId: "rfd_1",
    paymentId: "pay_1",
    by: "per_1",
    amountMinor: 100,
    currency: "EUR",
    at,
    day: "2026-11-25",
  };
  const calm: Standing = { day: NONE, week: NONE, person: NONE, parts: NONE, weeks: [] };
  const kinds = (now: Partial<Standing>, more: object = {}, rule: object = {}) =>
    unusual(
      { ...one, ...more },
      { ...calm, ...now },
      { ...DEFAULT_RULE, refunds: { ...DEFAULT_RULE.refunds, ...rule } },
      true,
    ).map(({ kind }) => kind);
  const counts = (count: number, amountMinor = count * 100) => ({ count, amountMinor });

  test("each rule speaks from its own number on, and not before", () => {
    expect(kinds({ day: counts(20) })).toEqual([]);
    expect(kinds({ day: counts(21) })).toEqual(["refunds_day"]);
    expect(kinds({ day: counts(1, 501) }, {}, { dayAmountMinor: 500 })).toEqual(["refunds_day"]);
    expect(kinds({ day: counts(1, 500) }, {}, { dayAmountMinor: 500 })).toEqual([]);
    expect(kinds({ person: counts(11) })).toEqual(["refunds_person"]);
    expect(kinds({ person: counts(11) }, { by: undefined })).toEqual([]);
    expect(kinds({ parts: counts(3) })).toEqual(["refunds_repeated"]);
    expect(kinds({}, { settledAt: "2026-11-25T09:50:00.000Z" })).toEqual(["refund_soon"]);
    expect(kinds({}, { settledAt: "2026-11-25T09:45:00.000Z" })).toEqual([]);
    expect(kinds({}, { settledAt: "2026-11-25T09:59:00.000Z" }, { soonMinutes: 0 })).toEqual([]);
  });

  // Guards against a city that is alarmed by its first weeks, or never because it had none before.
  test("a week is compared with the weeks before, quiet ones too, once there are four of them", () => {
    const usual = [counts(2), counts(0), counts(2), counts(0)];
    expect(kinds({ week: counts(5), weeks: usual })).toEqual(["refunds_week"]);
    expect(kinds({ week: counts(4), weeks: usual })).toEqual([]);
    expect(kinds({ week: counts(50), weeks: usual.slice(1) })).toEqual([]);
    expect(kinds({ week: counts(5, 301), weeks: usual.map(() => counts(5, 100)) })).toEqual(["refunds_week"]);
    expect(weekOf("2026-11-29")).toBe("2026-11-23");
    expect(weekOf("2026-11-23")).toBe("2026-11-23");
    expect(weeksBefore("2026-11-23", "2026-11-04")).toEqual(["2026-11-16", "2026-11-09", "2026-11-02"]);
    expect(weeksBefore("2026-11-23", "2020-01-01")).toHaveLength(8);
    expect(isDisputed(3, 499, DEFAULT_RULE)).toBe(true);
    expect(isDisputed(3, 500, DEFAULT_RULE)).toBe(false);
    expect(isDisputed(2, 1, DEFAULT_RULE)).toBe(false);
  });
});

describe("alarms of facts", () => {
  let inner: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    inner = await innerHouse();
  });
  afterAll(() => inner.stop());
  const ours = () => inner.house.listeners.filter(({ name }) => name.startsWith("alarms/"));
  const taskers = () => inner.house.rooms.flatMap(({ tasks }) => tasks);

  /** A city after the house's own time, at which facts are told. */
  function city() {
    const { here, at } = inner.newHere();
    at.now = new Date(Date.now() + 60_000);
    const tell = async (...events: NewEvent[]) => {
      await here.commit([], events);
      await deliverDue(here, ours());
    };
    const open = async () => (await alarmStore(here).list("open", { limit: 50 })).alarms;
    const closed = async () => (await alarmStore(here).list("closed", { limit: 50 })).alarms;
    const pass = async (days: number) => {
      for (let i = 0; i < days; i++) {
        at.now = new Date(at.now.getTime() + 24 * 3_600_000);
        await deliverDue(here, ours(), taskers());
      }
    };
    return { here, at, tell, open, closed, pass };
  }
  const differs = (count: number) =>
    told(MismatchFound, "card", { account: "card", rail: "stripe", day: "2026-11-24", count });
  const agrees = () => told(MismatchCleared, "card", { account: "card", rail: "stripe", day: "2026-11-24" });

  test("a day that differs is told once, closes by itself when it agrees, and is told anew when it differs again", async () => {
    const { here, tell, open, closed } = city();
    await tell(differs(2));
    await tell(differs(2), differs(3));
    expect(await open()).toMatchObject([{ kind: "mismatch", facts: { account: "card", count: 3 } }]);
    await tell(agrees());
    expect(await open()).toEqual([]);
    expect((await closed())[0]!.closedBy).toBeUndefined();
    await tell(differs(3));
    const [again] = await open();
    expect(again?.id).not.toBe((await closed())[0]!.id);
    // Whoever closes it has seen these three; a fourth is news.
    await alarmStore(here).close(again!.id, "per_x", "Asked the provider");
    await tell(differs(3));
    expect(await open()).toEqual([]);
    await tell(differs(4));
    expect(await open()).toMatchObject([{ facts: { count: 4 } }]);
  });

  // Guards against an alarm for ever, when "back" is delivered before "silent".
  test("a provider that is silent is told until it is back, in whatever order these are heard", async () => {
    const { here, tell, open } = city();
    const since = new Date().toISOString();
    const silent = told(ProviderSilent, "card", { account: "card", rail: "stripe", since });
    const back = told(ProviderBack, "card", { account: "card", rail: "stripe", since });
    await tell(silent);
    expect(await open()).toMatchObject([{ kind: "provider_silent", facts: { account: "card", at: since } }]);
    await tell(back);
    expect(await open()).toEqual([]);

    const late = city();
    await late.here.commit([], [silent]);
    await new Promise((resume) => setTimeout(resume, 5));
    await late.here.commit([], [back]);
    const [first, second] = [ours().filter(({ type }) => type.includes("back")), ours()];
    for (const listener of [...first, ...second]) await replay(late.here, listener);
    expect(await late.open()).toEqual([]);
    expect(here.city.slug).not.toBe(late.here.city.slug);
  });

  test("readings that nobody puts in order are one alarm, however often it is told, until they move", async () => {
    const { tell, open, closed } = city();
    const stalled = () => told(ReadingsStalled, "batches", { since: "2026-11-23T12:00:00.000Z" });
    await tell(stalled());
    await tell(stalled());
    const [alarm, ...more] = await open();
    expect(alarm).toMatchObject({ kind: "readings_stalled", facts: { at: "2026-11-23T12:00:00.000Z" } });
    expect(more).toEqual([]);
    expect(saysOf(alarm!, { timeZone: "UTC" }, "en")).toContain("Nov 23, 2026");
    await tell(told(ReadingsMoving, "batches", {}));
    expect([await open(), await closed()]).toMatchObject([[], [{ id: alarm!.id }]]);
  });

  test("money that waits too long for a bill is told by the night, and over when it is matched", async () => {
    const { here, tell, open, pass } = city();
    const taken = await here.ask(TakePayment, {
      ...{ id: "bank:1", reference: "", amountMinor: 4_200, currency: "EUR" },
      via: { rail: "bank", account: "main", providerRef: "line 1" },
      at: here.clock.now().toISOString(),
    });
    expect(taken.outcome).toBe("suspense");
    await tell(differs(1), agrees());
    await pass(7);
    expect(await open()).toEqual([]);
    await pass(2);
    const [alarm] = await open();
    expect(alarm).toMatchObject({ kind: "suspense_old", facts: { amountMinor: 4_200, currency: "EUR" } });
    await pass(1);
    expect((await open())[0]!.id).toBe(alarm!.id);
    // Somebody who has closed it knows of this sum.
    await alarmStore(here).close(alarm!.id, "per_x", "The payer was written to");
    await pass(1);
    expect(await open()).toEqual([]);
  });

  // Guards against books that somebody changed by force, and nobody looks.
  test("a journal that was changed by force is told the next morning", async () => {
    const { here, tell, open, pass } = city();
    await here.ledger.post({
      id: "one",
      transfers: [{ debit: "cash:T1", credit: "cash:safe", amountMinor: 5, currency: "EUR", code: "test" }],
    });
    await tell(differs(1), agrees());
    await pass(1);
    expect(await open()).toEqual([]);
    const journal = inner.house.rooms.flatMap(({ name, collections }) =>
      name === "ledger" ? Object.values(collections) : [],
    );
    for (const list of journal)
      for await (const item of list(here))
        if (item.pk.startsWith("JOURNAL#")) await here.table.put({ ...item, body: "forged" });
    await pass(1);
    expect(await open()).toMatchObject([{ kind: "ledger_unsound" }]);
  });

  test("cash given back at the till counts with refunds, and disputes against the payments of their rail", async () => {
    const { here, tell, open } = city();
    await alarmStore(here).setRule(
      { ...DEFAULT_RULE, refunds: { ...DEFAULT_RULE.refunds, personWeekCount: 2 } },
      "per_admin",
    );
    const undone = (n: number) =>
      told(ReceiptReversed, `T1-${n}`, {
        ...{ label: `T1-2026-00000${n}`, amountMinor: 100, currency: "EUR", askedBy: "per_1", approvedBy: "per_2" },
      });
    await tell(undone(1), undone(2));
    expect(await open()).toEqual([]);
    await tell(undone(3));
    expect(await open()).toMatchObject([{ kind: "refunds_person", facts: { person: "per_1", count: 3 } }]);

    const ids = () => ({ paymentId: newId("pay", new Date()), billId: newId("bill", new Date()) });
    const money = { amountMinor: 100, currency: "EUR" };
    const settledAt = new Date().toISOString();
    const settled = (n: number, rail: string) =>
      Array.from({ length: n }, () => told(PaymentSettled, "pay", { ...ids(), ...money, settledAt, rail }));
    await tell(...settled(40, "stripe"), ...settled(20, "cash"));
    const dispute = () => told(DisputeOpened, "pay", { ...ids(), ...money, rail: "stripe" });
    await tell(dispute(), dispute());
    expect(await open()).toHaveLength(1);
    await tell(dispute());
    expect((await open()).find(({ kind }) => kind === "disputes")?.facts).toMatchObject({
      ...{ rail: "stripe", count: 3, usual: 40 },
    });
  });

  test("what is watched is watched once, however many facts begin it", async () => {
    const { here } = city();
    const many = city();
    await Promise.all(Array.from({ length: 6 }, (_, i) => here.commit([], [differs(i + 1)])));
    await Promise.all([1, 2, 3].map(() => deliverDue(here, ours())));
    const tasks = (await here.table.query({ pk: "DUE", index: "gsi2" })).items.filter(({ sk }) => sk === "TASK");
    expect(tasks.map((task) => task["name"]).sort()).toEqual(["alarms.prove", "alarms.watch"]);
    expect(await many.open()).toEqual([]);
  });
});
