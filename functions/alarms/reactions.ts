import { on, onMany, type Reaction } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import { dayOf, monthOf, monthPlus } from "../../shared/time.ts";
import { ReceiptReversed, TillClosed } from "../counter/events.ts";
import { PeakExpected, PeakOver } from "../forecast/events.ts";
import { ReadingsMoving, ReadingsStalled } from "../meters/events.ts";
import { IndicatorBack, IndicatorLeft } from "../opendata/events.ts";
import {
  DisputeOpened,
  MismatchCleared,
  MismatchFound,
  PaymentSettled,
  ProviderBack,
  ProviderSilent,
  RefundApproved,
} from "../payments/events.ts";
import { type GivenBack, isDisputed, NONE, unusual, weekOf, weeksBefore } from "./domain.ts";
import { AlarmRaised } from "./events.ts";
import { counted, type Figure, figuresOf } from "./figures.ts";
import { mailed } from "./mail.ts";
import { alarmStore, type Meaning } from "./store.ts";

/** Keeps what one fact means, with its mark. */
const noted = async (here: Here, at: string, seen: Write, read: () => Promise<Meaning>): Promise<undefined> => {
  await alarmStore(here).note(at, [seen], read);
  return undefined;
};

/** Money that goes back is counted by day, week, person and payment, and judged as it then stands. */
async function givenBack(here: Here, one: GivenBack): Promise<Meaning> {
  const { amountMinor, currency, day, by, paymentId } = one;
  const [store, week] = [alarmStore(here), weekOf(day)];
  const figures: Figure[] = [
    { of: week, what: `day#${day}#${currency}` },
    { of: week, what: `week#${currency}` },
    ...(by ? [{ of: week, what: `person#${by}` }] : []),
    ...(paymentId ? [{ of: paymentId, what: "parts" }] : []),
  ];
  const { after, writes } = await counted(
    here,
    figures.map((figure) => ({ ...figure, count: 1, amountMinor })),
  );
  const at = (what: string) => after[figures.findIndex((figure) => figure.what.startsWith(what))] ?? NONE;
  const before = weeksBefore(week, await store.since());
  const weeks = await figuresOf(
    here,
    before.map((of) => ({ of, what: `week#${currency}` })),
  );
  const standing = { day: at("day#"), week: at("week#"), person: at("person#"), parts: at("parts"), weeks };
  const isOwnCurrency = currency === here.city.currency;
  return { writes, raised: unusual(one, standing, await store.rule(), isOwnCurrency) };
}

const today = (here: Here, at: string): string => dayOf(new Date(at), here.city.timeZone);

/** Disputes of this month and the last, against the payments by the same rail in them. */
async function disputes(here: Here, rail: string, at: string): Promise<Meaning> {
  const month = monthOf(new Date(at), here.city.timeZone);
  const months = [month, monthPlus(month, -1)];
  const more = [{ of: month, what: `disputes#${rail}`, count: 1, amountMinor: 0 }];
  const { after, writes } = await counted(here, more);
  const [before = NONE] = await figuresOf(here, [{ of: months[1]!, what: `disputes#${rail}` }]);
  const settled = await figuresOf(
    here,
    months.map((of) => ({ of, what: `settled#${rail}` })),
  );
  const count = after[0]!.count + before.count;
  const usual = settled.reduce((sum, one) => sum + one.count, 0);
  const isMany = isDisputed(count, usual, await alarmStore(here).rule());
  return {
    writes,
    raised: isMany ? [{ kind: "disputes", cause: `${month}#${rail}`, facts: { month, rail, count, usual } }] : [],
  };
}

export const alarmReactions: Reaction[] = [
  on(MismatchFound, (here, { data: { account, rail, day, count }, time }, seen) =>
    noted(here, time, seen, async () => ({
      raised: [
        { kind: "mismatch", cause: `${account}#${day}`, facts: { account, rail, day, count }, variant: String(count) },
      ],
    })),
  ),
  on(MismatchCleared, (here, { data: { account, day }, time }, seen) =>
    noted(here, time, seen, async () => ({ over: [{ kind: "mismatch", cause: `${account}#${day}` }] })),
  ),
  on(ProviderSilent, (here, { data: { account, rail, since }, time }, seen) =>
    noted(here, time, seen, async () => ({
      raised: [{ kind: "provider_silent", cause: account, facts: { account, rail, at: since }, variant: since }],
    })),
  ),
  on(ProviderBack, (here, { data: { account }, time }, seen) =>
    noted(here, time, seen, async () => ({ over: [{ kind: "provider_silent", cause: account }] })),
  ),
  on(RefundApproved, async (here, { data, time: at }, seen) => {
    // Of a refund that several bills give back, the first fact tells of all of it.
    if (data.nth !== undefined) return [];
    const { refundId, paymentId, askedBy: by, amountMinor, currency, settledAt } = data;
    const day = today(here, at);
    return noted(here, at, seen, () =>
      givenBack(here, { refundId, paymentId, by, amountMinor, currency, at, day, settledAt }),
    );
  }),
  on(ReceiptReversed, (here, { data: { amountMinor, currency, askedBy: by }, time: at }, seen) =>
    noted(here, at, seen, () => givenBack(here, { by, amountMinor, currency, at, day: today(here, at) })),
  ),
  on(TillClosed, (here, { data: { till, shiftId, differenceMinor, currency }, time }, seen) =>
    noted(here, time, seen, async () => {
      const { cashDifferenceMinor } = await alarmStore(here).rule();
      const facts = { till, amountMinor: differenceMinor, currency, day: today(here, time) };
      const isMuch = Math.abs(differenceMinor) > cashDifferenceMinor;
      return { raised: isMuch ? [{ kind: "cash_difference", cause: `${till}#${shiftId}`, facts }] : [] };
    }),
  ),
  on(DisputeOpened, (here, { data: { rail = "unknown" }, time }, seen) =>
    noted(here, time, seen, () => disputes(here, rail, time)),
  ),
  // How many payments there were, so that disputes have something to be compared with.
  onMany(PaymentSettled, async (here, facts, seen) => {
    const sums = new Map<string, Figure & { count: number; amountMinor: number }>();
    for (const { data, time } of facts) {
      if (data.nth !== undefined) continue;
      const figure = { of: monthOf(new Date(time), here.city.timeZone), what: `settled#${data.rail ?? "unknown"}` };
      const name = `${figure.of} ${figure.what}`;
      sums.set(name, { ...figure, count: (sums.get(name)?.count ?? 0) + 1, amountMinor: 0 });
    }
    const at = facts[0]!.time;
    await alarmStore(here).note(at, seen, async () => ({ writes: (await counted(here, [...sums.values()])).writes }));
    return undefined;
  }),
  on(PeakExpected, (here, { data: { zone, from, highest, unit }, time }, seen) =>
    noted(here, time, seen, async () => ({
      raised: [{ kind: "peak_expected", cause: `${zone}#${from}`, facts: { zone, highest, unit, at: from } }],
    })),
  ),
  on(PeakOver, (here, { data: { zone, from }, time }, seen) =>
    noted(here, time, seen, async () => ({ over: [{ kind: "peak_expected", cause: `${zone}#${from}` }] })),
  ),
  on(ReadingsStalled, (here, { data: { since }, time }, seen) =>
    noted(here, time, seen, async () => ({
      raised: [{ kind: "readings_stalled", cause: "batches", facts: { at: since } }],
    })),
  ),
  on(ReadingsMoving, (here, { time }, seen) =>
    noted(here, time, seen, async () => ({ over: [{ kind: "readings_stalled", cause: "batches" }] })),
  ),
  on(IndicatorLeft, (here, { data: { indicator, title: what, value, unit: measure, asOf }, time }, seen) =>
    noted(here, time, seen, async () => ({
      raised: [{ kind: "indicator", cause: indicator, facts: { indicator, what, value, measure }, variant: asOf }],
    })),
  ),
  on(IndicatorBack, (here, { data: { indicator }, time }, seen) =>
    noted(here, time, seen, async () => ({ over: [{ kind: "indicator", cause: indicator }] })),
  ),
  on(AlarmRaised, async (here, { data: { alarmId } }) => {
    await mailed(here, alarmId);
    return [];
  }),
];
