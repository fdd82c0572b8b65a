import { InstalledParts } from "../../marketplace/installs/events.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { monthOf } from "../../shared/time.ts";
import { AllAccounts } from "../accounts/events.ts";
import { MonthlyUsage } from "../meters/events.ts";
import { charge, referenceOf } from "./domain.ts";
import { TariffPart } from "./events.ts";
import type { Issued, KeptTariff, Kind, NewRun, Run, Skipped } from "./schema.ts";
import { billStore } from "./store.ts";

/** So many meters are read and billed at a time: their bills share the ledger's commits. */
const AT_ONCE = 24;

/**
 * The tariff that new bills of a kind use: that of the module installed last; else the city's own latest; else none.
 * Nothing is kept of this choice, so a module that is rolled back or removed takes its tariff with it.
 */
export async function tariffInUse(here: Here, kind: Kind): Promise<KeptTariff | undefined> {
  const { currency } = here.city;
  const installed = await here.ask(InstalledParts, { kind: "tariff" });
  for (const { part, installId, module, version, digest } of [...installed].reverse()) {
    const read = TariffPart.safeParse(part["tariff"]);
    if (!read.success || read.data.kind !== kind || read.data.currency !== currency) continue;
    return { source: { from: "module", installId, module, version, digest, partId: part.id }, tariff: read.data };
  }
  return (await billStore(here).tariffs(kind)).find(({ tariff }) => tariff.currency === currency);
}

/**
 * Bills every meter of a kind that belongs to an account for one month that is over. It may be asked again at any
 * time, also after a crash in its middle: a meter's month is billed once, by a guard in the bill's own transaction.
 */
export async function billRun(here: Here, order: NewRun): Promise<Run> {
  const startedAt = here.clock.now();
  if (order.month >= monthOf(startedAt, here.city.timeZone))
    throw invalid("#/month", "This month is not over yet in the city.");
  const tariff = await tariffInUse(here, order.kind);
  if (!tariff)
    throw new Fault("conflict", `There is no tariff for ${order.kind} in ${here.city.currency}: enter one first.`);
  const skipped: Record<Skipped, number> = { billed_before: 0, no_readings: 0, incomplete: 0, nothing_to_pay: 0 };
  let issued = 0;
  let totalMinor = 0;
  for await (const some of metersOfAccounts(here, AT_ONCE)) {
    const before = await billStore(here).billed(
      some.map(({ meterId }) => meterId),
      order.month,
    );
    const outcomes = await Promise.all(
      some.map(({ accountId, meterId }) =>
        before.has(meterId) ? ("billed_before" as const) : billOne(here, order, tariff, accountId, meterId),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome === "other_kind") continue;
      if (typeof outcome === "string") skipped[outcome] += 1;
      else {
        issued += 1;
        totalMinor += outcome.totalMinor;
      }
    }
  }
  const { month, kind } = order;
  return {
    id: newId("run", startedAt),
    month,
    kind,
    tariff,
    issued,
    totalMinor,
    currency: here.city.currency,
    skipped,
    startedAt: startedAt.toISOString(),
    finishedAt: here.clock.now().toISOString(),
  };
}

async function billOne(
  here: Here,
  { month, kind, includeIncomplete }: NewRun,
  tariff: KeptTariff,
  accountId: string,
  meterId: string,
): Promise<Issued | Skipped | "other_kind"> {
  const usage = await here.ask(MonthlyUsage, { meterId, month });
  if (usage.kind !== kind) return "other_kind";
  if (usage.daysWithReadings === 0) return "no_readings";
  if (usage.daysWithReadings < usage.daysInMonth && !includeIncomplete) return "incomplete";
  const { lines, netMinor, vatMinor, totalMinor } = charge(tariff.tariff, usage.quantity);
  if (totalMinor === 0) return "nothing_to_pay";
  const now = here.clock.now();
  const id = newId("bill", now);
  const bill: Issued = {
    id,
    reference: referenceOf(id),
    accountId,
    meterId,
    kind,
    month,
    quantity: usage.quantity,
    estimatedShare: usage.estimatedShare,
    currency: here.city.currency,
    lines,
    netMinor,
    vatMinor,
    totalMinor,
    tariff,
    issuedAt: now.toISOString(),
  };
  return (await billStore(here).issue(bill)) ? bill : "billed_before";
}

/** The meters of all accounts, some at a time. */
async function* metersOfAccounts(here: Here, size: number): AsyncIterable<{ accountId: string; meterId: string }[]> {
  let some: { accountId: string; meterId: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await here.ask(AllAccounts, { cursor });
    for (const { id, meterIds } of page.accounts)
      for (const meterId of meterIds) {
        some.push({ accountId: id, meterId });
        if (some.length === size) {
          yield some;
          some = [];
        }
      }
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (some.length > 0) yield some;
}
