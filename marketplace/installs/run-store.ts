import type { Here } from "../../shared/here.ts";
import type { Item, Key, Write } from "../../shared/table.ts";
import { taskKey } from "../../shared/tasks.ts";
import { dayOf } from "../../shared/time.ts";
import { isHook } from "../contract/hooks.ts";
import type { Part } from "../contract/parts.ts";
import { Deliver } from "./events.ts";
import { type Given, givenAfter } from "./given.ts";
import { ownRows } from "./own-rows.ts";
import { NOTHING_SPENT, Run, Spent } from "./run-schema.ts";
import type { Install } from "./schema.ts";

// question                                       key
// who hears facts of a type                      pk HEARS#<type>              sk <install>#<part>
// what an install did; was this event dealt with pk RUNS#<install>            sk <event>#<part>      kept 90 days
// what a part did today, of its budget           pk SPENT#<install>           sk <day>#<part>        kept 90 days
// the rows of a module's own tables: own-rows.ts

/** So often one after the other, and it is suspended. */
export const RUNS_FAILED_MAX = 5;
const KEPT_DAYS = 90;
const AT_ONCE = 100;
export const KEPT_MS = KEPT_DAYS * 86_400_000;
export const expiresAt = (now: Date): number => Math.floor((now.getTime() + KEPT_MS) / 1000);

/** What an advisory meant for an install: see heeding.ts. */
export const heededKey = (installId: string, advisoryId: string): Key => ({
  pk: `HEEDED#${installId}`,
  sk: advisoryId,
});

/** Whether a remote part was told of an event: see deliveries.ts. */
export const deliveryKey = (installId: string, eventId: string, part: string): Key => ({
  pk: `DELIVERIES#${installId}`,
  sk: `${eventId}#${part}`,
});

export interface Hearer {
  installId: string;
  module: string;
  part: string;
  /** Facts from before are none of its business: a log that is told again must not wake it. */
  since: string;
}

const hearsKey = (type: string, installId: string, part: string): Key => ({
  pk: `HEARS#${type}`,
  sk: `${installId}#${part}`,
});
export const runsPk = (installId: string): string => `RUNS#${installId}`;
const runKey = (installId: string, eventId: string, part: string): Key => ({
  pk: runsPk(installId),
  sk: `${eventId}#${part}`,
});
const spentKey = (installId: string, day: string, part: string): Key => ({
  pk: `SPENT#${installId}`,
  sk: `${day}#${part}`,
});
/** Which facts an install hears, by type and part. */
export const heardBy = (serves: readonly Part[]): [type: string, part: string][] =>
  serves.filter(isHook).map((part) => [part.on.event, part.id]);

/** The writes by which an install hears other facts than before. */
export function hearingWrites(
  { id: installId, module }: Install,
  before: readonly [string, string][],
  after: readonly [string, string][],
  at: string,
): Write[] {
  const has = (all: readonly [string, string][], [type, part]: readonly [string, string]) =>
    all.some((one) => one[0] === type && one[1] === part);
  return [
    ...after
      .filter((one) => !has(before, one))
      .map(([type, part]): Write => {
        const hearer: Hearer = { installId, module, part, since: at };
        return { put: { ...hearsKey(type, installId, part), hearer } };
      }),
    ...before
      .filter((one) => !has(after, one))
      .map(([type, part]): Write => ({ delete: hearsKey(type, installId, part) })),
  ];
}

/** A day with one run more. To be over a budget is no failure: it goes on tomorrow. */
export function spentAfter(before: Spent, { outcome, refused, effects, ms }: Run, given: readonly Given[] = []): Spent {
  const hasFailed = outcome === "refused" && refused?.why !== "too_much";
  return {
    runs: before.runs + 1,
    effects: before.effects + effects.length,
    ms: Math.round((before.ms + ms) * 100) / 100,
    failedInARow: hasFailed ? before.failedInARow + 1 : outcome === "refused" ? before.failedInARow : 0,
    given: givenAfter(before.given, given),
  };
}

const taskOfDelivery = (installId: string, sk: string): Key => taskKey(Deliver.name, `${installId}#${sk}`);

export function runStore(here: Here) {
  const { table, clock } = here;
  const rows = ownRows(here);

  async function* ofInstall(installId: string): AsyncIterable<Item> {
    yield* table.all({ pk: runsPk(installId) });
    yield* table.all({ pk: `SPENT#${installId}` });
    yield* rows.ofInstall(installId);
    yield* table.all({ pk: heededKey(installId, "").pk });
    yield* table.all({ pk: deliveryKey(installId, "", "").pk });
  }

  return {
    async hearers(type: string): Promise<Hearer[]> {
      const found: Hearer[] = [];
      for await (const item of table.all({ pk: `HEARS#${type}` })) found.push(item["hearer"] as Hearer);
      return found;
    },

    /** Whether a part dealt with an event, and what it has done on this day. */
    async standing(installId: string, part: string, eventId: string): Promise<{ isDone: boolean; spent: Spent }> {
      const keys = [runKey(installId, eventId, part), spentKey(installId, this.today(), part)] as const;
      const items = await table.getMany(keys);
      const spent = items.find(({ pk }) => pk === keys[1].pk);
      return {
        isDone: items.some(({ pk }) => pk === keys[0].pk),
        spent: spent ? Spent.parse(spent["spent"]) : NOTHING_SPENT,
      };
    },

    today: (): string => dayOf(clock.now(), here.city.timeZone),

    /**
     * A run with what it adds to its day, for the transaction of its effects: the first for an event stands.
     * @param given  what it was given of residents' data
     */
    writesOf(run: Run, before: Spent, given: readonly Given[]): Write[] {
      return [
        {
          put: { ...runKey(run.installId, run.eventId, run.part), run, expiresAt: expiresAt(clock.now()) },
          if: "absent",
        },
        this.dayWrite(run, before, spentAfter(before, run, given)),
      ];
    },

    /** A part's day as it is from now on. Counted on what was read: of two at once one is told again. */
    dayWrite({ installId, part }: Pick<Run, "installId" | "part">, before: Spent, spent: Spent): Write {
      const day = spentKey(installId, this.today(), part);
      return {
        put: { ...day, spent, runs: spent.runs, expiresAt: expiresAt(clock.now()) },
        if: before.runs === 0 ? "absent" : { runs: before.runs },
      };
    },

    /** The receipt of what a part did about an event. */
    async receipt(installId: string, eventId: string, part: string): Promise<Run | undefined> {
      const item = await table.get(runKey(installId, eventId, part));
      return item && Run.parse(item["run"]);
    },

    async runs(installId: string, page: { limit: number; cursor?: string | undefined; from?: string; to?: string }) {
      const { items, cursor } = await table.query({ pk: runsPk(installId), reverse: true, ...page });
      return { runs: items.map((item) => Run.parse(item["run"])), ...(cursor ? { next: cursor } : {}) };
    },

    /** What an install was given of residents' data, by day from this one on, the latest first. */
    async given(installId: string, from: string): Promise<{ day: string; given: Given[] }[]> {
      const byDay = new Map<string, Given[]>();
      for await (const item of table.all({ pk: `SPENT#${installId}`, from, reverse: true })) {
        const [day] = item.sk.split("#") as [string];
        byDay.set(day, [...(byDay.get(day) ?? []), ...Spent.parse(item["spent"]).given]);
      }
      return [...byDay].flatMap(([day, given]) => (given.length > 0 ? [{ day, given }] : []));
    },

    ofInstall,

    /** Who hears what, for export. */
    async *hearing(types: readonly string[]): AsyncIterable<Item> {
      for (const type of types) yield* table.all({ pk: `HEARS#${type}` });
    },

    /** What a leaving install did, kept and heard; what was begun is finished at the next try. @returns whether all is gone */
    async clear(installId: string, types: readonly string[], most: number): Promise<boolean> {
      let found: Key[] = [];
      const everything = async function* () {
        // Also of a module whose copy was damaged, so that nobody knows what it heard.
        for (const type of types) yield* table.all({ pk: `HEARS#${type}`, beginsWith: `${installId}#` });
        yield* ofInstall(installId);
      };
      for await (const { pk, sk } of everything()) {
        found.push({ pk, sk });
        if (pk.startsWith("DELIVERIES#")) found.push(taskOfDelivery(installId, sk));
        if (found.length >= most) break;
      }
      const isAll = found.length < most;
      for (; found.length > 0; found = found.slice(AT_ONCE))
        await table.transact(found.slice(0, AT_ONCE).map((key) => ({ delete: key })));
      return isAll;
    },
  };
}
