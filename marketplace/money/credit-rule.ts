import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { dayOf, daysBetween } from "../../shared/time.ts";
import { amountOf } from "../contract/price.ts";
import { heededOf } from "../installs/heeding.ts";
import type { InstallRecord } from "../installs/schema.ts";
import { installStore } from "../installs/store.ts";
import { daysServed } from "./counting.ts";
import type { Due } from "./credit-note.ts";
import { ONCE_DAYS } from "./lines.ts";
import type { CreditCause, Invoice, Line } from "./schema.ts";
import { moneyStore, type Service } from "./store.ts";

// What is given back of a line that was paid, by rule: nobody types an amount. What is paid by the day was never charged
// for days without service, so only the day on which it went out of service by its publisher's fault is left of it. What
// is paid once is for 365 days, of which the rest is given back.

const RECORDS_READ = 200;

/** @throws {Fault} forbidden_transition: the rule gives nothing back, and why */
export async function dueBack(here: Here, invoice: Invoice, line: Line, cause: CreditCause): Promise<Due> {
  const { installId, terms } = line;
  if (installId === undefined || terms === undefined)
    throw nothing("This invoice is from before it was kept what each line is of: only what is disputed is given back.");
  const services = (await moneyStore(here).services()).filter((one) => one.installId === installId);
  const { records } = await installStore(here).records({ id: installId, limit: RECORDS_READ });
  const line_ = { ...line, installId, terms };
  if (cause === "suspended") return atFault(here, invoice, line_, services, records);
  if (line.what !== "once")
    throw nothing("It is paid by what was counted: for the time after that it was never charged, so nothing is left.");
  if (cause === "removed") {
    const removed = records.findLast(({ what }) => what === "leaving" || what === "removed");
    if (!removed) throw nothing("It was not removed.");
    return { units: restOfOnce(here, services, line_.terms, removed.at), unitMinor: line.unitMinor };
  }
  return cheaper(here, line_, services);
}

type Known = Line & { installId: string; terms: string };
const nothing = (why: string) => new Fault("forbidden_transition", why);
const dayIn = (here: Here, at: string) => dayOf(new Date(at), here.city.timeZone);

/** The days left of those for which something was paid once, after the day that the service ended or changed on. */
function restOfOnce(here: Here, services: readonly Service[], terms: string, at: string): number {
  const first = services.filter((one) => one.terms === terms).map((one) => one.at);
  if (first.length === 0) return 0;
  const used = daysBetween(dayIn(here, first.sort()[0]!), dayIn(here, at)) + 1;
  return Math.max(0, ONCE_DAYS - used);
}

/** It went out of service because somebody upstream had warned of it: by the city's own policy, or by hand after that. */
async function atFault(
  here: Here,
  { month }: Invoice,
  line: Known,
  services: readonly Service[],
  records: readonly InstallRecord[],
): Promise<Due> {
  const warned = await heededOf(here, line.installId);
  const isWarned = ({ at, digest, why }: InstallRecord) =>
    why === "advised" ||
    warned.some((one) => one.took !== "withdrawn" && one.at <= at && one.advisory.digests.includes(digest));
  const faults = records.filter((one) => one.what === "suspended" && isWarned(one));
  if (faults.length === 0) throw nothing("It was not suspended for an advisory about the version that was in use.");
  const { unitMinor } = line;
  if (line.what === "once") {
    // What its publisher is to blame for costs the city not even the day.
    const rest = restOfOnce(here, services, line.terms, faults.map(({ at }) => at).sort()[0]!);
    return { units: Math.min(ONCE_DAYS, rest + 1), unitMinor };
  }
  const days = new Set(faults.map(({ at }) => dayIn(here, at)));
  if (line.what === "use") {
    const uses = await moneyStore(here).uses(month, days);
    return { units: uses.get(`${line.installId}#${line.terms}`) ?? 0, unitMinor };
  }
  const served = daysServed(services, month, here.city.timeZone, here.clock.now(), days);
  return { units: served.get(line.terms) ?? 0, unitMinor };
}

/** Another version that costs less once took its place: of the difference the rest is given back. */
async function cheaper(here: Here, line: Known, services: readonly Service[]): Promise<Due> {
  const [last] = [...services].sort((a, b) => b.revision - a.revision);
  const install = await installStore(here).find(line.module);
  const isServing = install?.id === line.installId && last !== undefined && install.state !== "suspended";
  if (!isServing || last.terms === line.terms) throw nothing("No other version has taken the place of this one.");
  const agreement = last.terms === undefined ? undefined : await moneyStore(here).agreement(line.installId, last.terms);
  if (agreement && agreement.price.per !== "once")
    throw nothing("The version that took its place is not paid once: there is no price to compare.");
  const { population = 1 } = await moneyStore(here).terms();
  const nowMinor = agreement ? (amountOf(agreement.price, here.city.currency, population) ?? 0) : 0;
  if (nowMinor >= line.unitMinor) throw nothing("The version that took its place does not cost less.");
  return { units: restOfOnce(here, services, line.terms, last.at), unitMinor: line.unitMinor - nowMinor };
}
