import { absent, Fault } from "../../shared/errors.ts";
import { type NewEvent, told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { planned } from "../../shared/tasks.ts";
import { dayOf, dayPlus, dayRange } from "../../shared/time.ts";
import type { Raised } from "./domain.ts";
import { AlarmClosed, AlarmRaised, AlarmRuleSet, Prove, Watch } from "./events.ts";
import { Alarm, AlarmRule, DEFAULT_RULE, type Kind } from "./schema.ts";

// question                               key
// one alarm                              pk     ALARM#<id>                  sk     ALARM
// those that stand, those that are over  gsi1pk ALARMS#<open | closed>      gsi1sk <since>#<id>
// which alarm did this cause raise last  pk     ALARM_CAUSE#<kind>#<cause>  sk     CAUSE      (guards that it is one)
// all causes                             gsi1pk ALARM_CAUSES                gsi1sk <kind>#<cause>
// from when on the city is alarmed       pk     ALARM_RULE                  sk     RULE
// since when the city is watched         pk     ALARM_WATCH                 sk     WATCH
// running figures: figures.ts
const RULE_KEY = { pk: "ALARM_RULE", sk: "RULE" };
const WATCH_KEY = { pk: "ALARM_WATCH", sk: "WATCH" };
const TRIES = 12;
/** Of the night, when little else is done. */
const NIGHT_MS = 4 * 3_600_000;

const alarmKey = (id: string) => ({ pk: `ALARM#${id}`, sk: "ALARM" });
const causeKey = (kind: Kind, cause: string) => ({ pk: `ALARM_CAUSE#${kind}#${cause}`, sk: "CAUSE" });

/** Of a cause: the alarm that it raised last, and when it was last over. */
interface Known {
  alarmId?: string;
  variant?: string;
  overAt?: string;
}

const alarmItem = (alarm: Alarm): Item => ({
  ...alarmKey(alarm.id),
  gsi1pk: `ALARMS#${alarm.state}`,
  gsi1sk: `${alarm.since}#${alarm.id}`,
  alarm,
});
const causeItem = (kind: Kind, cause: string, known: Known): Item => ({
  ...causeKey(kind, cause),
  gsi1pk: "ALARM_CAUSES",
  gsi1sk: `${kind}#${cause}`,
  known,
});
/** Nobody changed it since it was read. */
const unchanged = (field: "alarm" | "known", item: Item | undefined) =>
  item ? { [field]: item[field] } : ("absent" as const);

interface Made {
  writes: Write[];
  events: NewEvent[];
}

/** What a fact means here: figures that grow, alarms that it raises, causes that are over. */
export interface Meaning {
  writes?: readonly Write[];
  raised?: readonly Raised[];
  over?: readonly { kind: Kind; cause: string }[];
}

export const nextNight = ({ clock, city }: Pick<Here, "clock" | "city">): Date =>
  new Date(dayRange(dayPlus(dayOf(clock.now(), city.timeZone), 1), city.timeZone).from.getTime() + NIGHT_MS);

export function alarmStore(here: Here) {
  const { table, clock } = here;
  async function find(id: string): Promise<Alarm | undefined> {
    const item = await table.get(alarmKey(id));
    return item && Alarm.parse(item["alarm"]);
  }
  /** @throws {Fault} absent */
  async function get(id: string): Promise<Alarm> {
    const found = await find(id);
    if (!found) throw absent();
    return found;
  }

  /** One alarm for a cause: raised, brought up to date while it stands, or left, where somebody has closed just this. */
  async function raising({ kind, cause, facts, variant }: Raised, at: string): Promise<Made> {
    const item = await table.get(causeKey(kind, cause));
    const known = (item?.["known"] ?? {}) as Known;
    if (known.overAt !== undefined && known.overAt >= at) return NOTHING;
    const last = known.alarmId === undefined ? undefined : await find(known.alarmId);
    const now: Known = { ...known, ...(variant === undefined ? {} : { variant }) };
    if (last?.state === "open") {
      const put = alarmItem({ ...last, facts });
      return {
        writes: [
          { put, if: { alarm: last } },
          { put: causeItem(kind, cause, now), if: unchanged("known", item) },
        ],
        events: [],
      };
    }
    if (last?.closedBy !== undefined && known.variant === variant) return NOTHING;
    const alarm: Alarm = { id: newId("alm", clock.now()), kind, cause, facts, state: "open", since: at };
    return {
      writes: [
        { put: alarmItem(alarm), if: "absent" },
        { put: causeItem(kind, cause, { ...now, alarmId: alarm.id }), if: unchanged("known", item) },
      ],
      events: [told(AlarmRaised, alarm.id, { alarmId: alarm.id, kind })],
    };
  }

  /** Also noted where there is no alarm: what is told late must not raise one for what is over. */
  async function ending({ kind, cause }: { kind: Kind; cause: string }, at: string): Promise<Made> {
    const item = await table.get(causeKey(kind, cause));
    const known = (item?.["known"] ?? {}) as Known;
    const last = known.alarmId === undefined ? undefined : await find(known.alarmId);
    const writes: Write[] = [{ put: causeItem(kind, cause, { ...known, overAt: at }), if: unchanged("known", item) }];
    if (last?.state !== "open" || last.since > at) return { writes, events: [] };
    const after: Alarm = { ...last, state: "closed", closedAt: clock.now().toISOString() };
    return {
      writes: [...writes, { put: alarmItem(after), if: { alarm: last } }],
      events: [told(AlarmClosed, last.id, { alarmId: last.id, kind })],
    };
  }

  /** The city is watched from its first fact on. */
  async function watching(): Promise<Write[]> {
    if (await table.get(WATCH_KEY)) return [];
    const since = dayOf(clock.now(), here.city.timeZone);
    const at = nextNight(here);
    return [
      { put: { ...WATCH_KEY, since }, if: "absent" },
      planned(Watch, "night", at, {}),
      planned(Prove, "night", at, {}),
    ];
  }

  /** @throws {Fault} conflict: closed meanwhile */
  async function change(before: Alarm, after: Alarm, events: readonly NewEvent[] = []): Promise<Alarm> {
    try {
      await here.commit([{ put: alarmItem(after), if: { alarm: before } }], events);
      return after;
    } catch (error) {
      if (error instanceof ConditionFailed) throw new Fault("conflict", "It changed meanwhile: look again.");
      throw error;
    }
  }

  return {
    get,
    find,

    /**
     * Keeps what facts mean, read afresh at each try, since many change the same figures.
     * @param seen  committed with it; when one of these does not hold, that is the caller's to see
     */
    async note(at: string, seen: readonly Write[], read: () => Promise<Meaning>): Promise<void> {
      for (let tries = 1; ; tries++) {
        const { writes = [], raised = [], over = [] } = await read();
        const made = await Promise.all([
          ...raised.map((one) => raising(one, at)),
          ...over.map((one) => ending(one, at)),
        ]);
        const all = [...seen, ...writes, ...made.flatMap((one) => one.writes), ...(await watching())];
        try {
          return await here.commit(
            all,
            made.flatMap(({ events }) => events),
          );
        } catch (error) {
          if (!(error instanceof ConditionFailed) || error.index < seen.length || tries === TRIES) throw error;
          await new Promise((resume) => setTimeout(resume, Math.random() * 5 * tries));
        }
      }
    },

    /** The same for one alarm, for a transaction of somebody else's. */
    async prepared(raised: Raised, at: string): Promise<Made> {
      const { writes, events } = await raising(raised, at);
      return { writes: [...writes, ...(await watching())], events };
    },

    async list(state: Alarm["state"], at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: `ALARMS#${state}`, index: "gsi1", reverse: true, ...at });
      return { alarms: items.map((item) => Alarm.parse(item["alarm"])), ...(cursor ? { next: cursor } : {}) };
    },

    /** The first to look at it stands. */
    async saw(id: string, by: string): Promise<Alarm> {
      const alarm = await get(id);
      if (alarm.seenBy !== undefined || alarm.state === "closed") return alarm;
      return change(alarm, { ...alarm, seenBy: by, seenAt: clock.now().toISOString() });
    },

    /** @throws {Fault} forbidden: it is about this very person; conflict: closed already */
    async close(id: string, by: string, note: string): Promise<Alarm> {
      const alarm = await get(id);
      if (alarm.state === "closed") throw new Fault("conflict", "This alarm is closed.");
      if (alarm.facts.person === by) throw new Fault("forbidden", "Whom an alarm is about cannot close it.");
      const at = clock.now().toISOString();
      const seen = alarm.seenBy === undefined ? { seenBy: by, seenAt: at } : {};
      return change(alarm, { ...alarm, ...seen, state: "closed", closedAt: at, closedBy: by, note }, [
        told(AlarmClosed, id, { alarmId: id, kind: alarm.kind, by }),
      ]);
    },

    async rule(): Promise<AlarmRule> {
      const item = await table.get(RULE_KEY);
      return item ? AlarmRule.parse(item["rule"]) : DEFAULT_RULE;
    },
    setRule: (rule: AlarmRule, by: string): Promise<void> =>
      here.commit([{ put: { ...RULE_KEY, rule } }], [told(AlarmRuleSet, "rule", { by })]),

    /** Since which day the city is watched. */
    async since(): Promise<string> {
      return String((await table.get(WATCH_KEY))?.["since"] ?? dayOf(clock.now(), here.city.timeZone));
    },

    /** Every lasting item but the running figures, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for (const pk of ["ALARMS#open", "ALARMS#closed", "ALARM_CAUSES"]) yield* table.all({ pk, index: "gsi1" });
      for (const key of [RULE_KEY, WATCH_KEY]) {
        const item = await table.get(key);
        if (item) yield item;
      }
    },
  };
}

const NOTHING: Made = { writes: [], events: [] };
