import { stringify } from "csv-stringify/sync";
import { stateOf } from "../../marketplace/contract/procedure-engine.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import type { Here } from "../../shared/here.ts";
import { decimalOf } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { dayOf, dayPlus } from "../../shared/time.ts";
import type { Case } from "./schema.ts";
import { procedureStore, WAITING, type Waiting } from "./store.ts";

export interface Asked {
  waits: Waiting;
  procedure?: string | undefined;
  /** Only what should have moved on before today. */
  isLate?: boolean | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** So many pages of the list are read for one that is filtered: who finds none on it goes on from there. */
const PAGES_MAX = 5;

/** What waits, the most urgent first; what is at rest, the latest first. */
export async function queue(here: Here, { waits, procedure, isLate, limit, cursor }: Asked) {
  const store = procedureStore(here);
  const isOver = waits === "nobody";
  // Before today: a sort key begins with the day on which it is due.
  const until = isLate && !isOver ? { to: `${dayPlus(today(here), -1)}~` } : {};
  const cases: Case[] = [];
  let next = cursor;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await store.waiting(waits, {
      limit: limit - cases.length,
      ...(next === undefined ? {} : { cursor: next }),
      ...until,
      reverse: isOver,
    });
    cases.push(...page.cases.filter((kase) => procedure === undefined || kase.procedure === procedure));
    next = page.next;
    if (next === undefined || cases.length >= limit) break;
  }
  return { cases, ...(next === undefined ? {} : { next }) };
}

const today = (here: Here): string => dayOf(here.clock.now(), here.city.timeZone);

export function clockOf(here: Here, { waits, dueOn }: Pick<Case, "waits" | "dueOn">): "overdue" | "today" | undefined {
  if (waits === "nobody" || dueOn === undefined || dueOn > today(here)) return undefined;
  return dueOn === today(here) ? "today" : "overdue";
}

const HEAD = [
  "reference",
  "procedure",
  "version",
  "state",
  "waits",
  "handed_in",
  "since",
  "due_on",
  "is_overdue",
  "fee",
  "currency",
  "paid_at",
];

/** Every case as a line: where it stands, and nothing that anybody said. */
export async function* caseCsv(here: Here, lang: Lang, procedure: string | undefined): AsyncGenerator<string> {
  const csv = (row: string[]) => stringify([row], { escape_formulas: true, record_delimiter: "\r\n" });
  yield csv(HEAD);
  const store = procedureStore(here);
  for (const waits of WAITING)
    for await (const kase of store.all(waits)) {
      if (procedure !== undefined && kase.procedure !== procedure) continue;
      const { part, version } = await store.definition(kase.digest);
      const { fee, since = "", dueOn = "", submittedAt = "", reference = "" } = kase;
      yield csv([
        ...[reference, kase.procedure, version, inLang(stateOf(part, kase.state!)!.title, lang), waits],
        ...[submittedAt, since, dueOn, clockOf(here, kase) === "overdue" ? "yes" : "no"],
        ...[fee ? decimalOf(fee.totalMinor, fee.currency) : "", fee?.currency ?? "", fee?.paidAt ?? ""],
      ]);
    }
}
