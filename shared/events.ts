import type { z } from "zod";
import type { Here } from "./here.ts";
import { newId } from "./ids.ts";
import type { Item, Write } from "./table.ts";

/** A published fact: a name in the past tense with a version, and the schema of its data (ids and facts, no names). */
export interface EventType<T> {
  readonly type: string;
  readonly data: z.ZodType<T>;
}

/** A fact to be told, not yet written. */
export interface NewEvent {
  type: string;
  subject: string;
  data: unknown;
  /** The subject's version after the change, where it has one. */
  sequence?: number;
}

/** A fact as the log keeps it: CloudEvents 1.0, `time` in RFC 3339, `id` sorts by time. */
export interface Told<T = unknown> {
  specversion: "1.0";
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  sequence?: number;
  data: T;
}

/** What a room does when another speaks. May run twice; what it writes is kept once. */
export interface Reaction {
  readonly type: string;
  /** So many facts at most are told in one run, in the order of the log; one, unless the room asks for more. */
  readonly atOnce: number;
  /**
   * Answers the writes of its effect; the kernel commits them together with `seen`, of each fact one. Where the effect
   * needs a commit of its own (the ledger), it includes `seen` there and answers nothing.
   */
  readonly run: (here: Here, events: readonly Told[], seen: readonly Write[]) => Promise<Write[] | undefined>;
}

const TYPE = /^[a-z_]+\.[a-z_]+\.v[0-9]+$/;

export function defineEvent<T>(type: string, data: z.ZodType<T>): EventType<T> {
  if (!TYPE.test(type)) throw new RangeError(`${type}: an event is named room.past_tense.v1`);
  return { type, data };
}

/** Says that it happened. @throws {z.ZodError} data of the wrong shape: a bug in the room */
export const told = <T>(event: EventType<T>, subject: string, data: T, sequence?: number): NewEvent => ({
  type: event.type,
  subject,
  data: event.data.parse(data),
  ...(sequence === undefined ? {} : { sequence }),
});

export const on = <T>(
  event: EventType<T>,
  run: (here: Here, told: Told<T>, seen: Write) => Promise<Write[] | undefined>,
): Reaction => ({ ...onMany(event, (here, [fact], [seen]) => run(here, fact!, seen!)), atOnce: 1 });

const AT_ONCE = 25;

/**
 * For a listener to very many facts, such as the bills of a run: it takes several in one transaction, so that what
 * they all change is written once. When that fails, for one of them or for its size, they are told in halves.
 */
export const onMany = <T>(
  event: EventType<T>,
  run: (here: Here, told: readonly Told<T>[], seen: readonly Write[]) => Promise<Write[] | undefined>,
): Reaction => ({
  type: event.type,
  atOnce: AT_ONCE,
  // A published event only gains optional fields, so an old one still parses.
  run: (here, facts, seen) =>
    run(
      here,
      facts.map((fact) => ({ ...fact, data: event.data.parse(fact.data) })),
      seen,
    ),
});

// question                     key
// one fact                     pk     EVENT#<id>   sk     EVENT
// the log in order             gsi1pk LOG          gsi1sk <id>
// what is still to be told     gsi2pk DUE          gsi2sk <when>#<id>     (facts, and deliveries to be tried again)

/** The writes that put facts into the log, to be committed with the change they tell of. */
export function logWrites(source: string, events: readonly NewEvent[], now: Date): Write[] {
  return events.map((event) => {
    const id = newId("evt", now);
    const fact: Told = { specversion: "1.0", id, source, time: now.toISOString(), ...event };
    const item: Item = {
      pk: `EVENT#${id}`,
      sk: "EVENT",
      gsi1pk: "LOG",
      gsi1sk: id,
      gsi2pk: "DUE",
      gsi2sk: `${fact.time}#${id}`,
      fact,
    };
    return { put: item, if: "absent" };
  });
}

export const factOf = (item: Item): Told => item["fact"] as Told;
