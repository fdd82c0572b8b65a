import type { z } from "zod";
import type { Here } from "./here.ts";
import type { Item, Write } from "./table.ts";

/**
 * Work of a room that falls due at a time: asking a provider again, the next part of a long run, a reminder. There is
 * one of a kind for each id; to plan it again moves it.
 */
export interface TaskType<T> {
  /** `payments.ask`: the room and what it does. */
  readonly name: string;
  readonly data: z.ZodType<T>;
}

/** What became of one run. Without `again` the task is over; with it, it is planned anew, in the same commit. */
export interface Ran<T> {
  writes?: readonly Write[];
  again?: { at: Date; data: T };
}

export interface Tasker {
  readonly name: string;
  /**
   * May run twice for one turn; its writes are kept once, together with what becomes of the task. What it does
   * elsewhere (a provider, the ledger) must be idempotent by itself. A run that throws is tried again like a delivery.
   */
  readonly run: (here: Here, id: string, data: unknown) => Promise<Ran<unknown>>;
}

const NAME = /^[a-z_]+\.[a-z_]+$/;

export function defineTask<T>(name: string, data: z.ZodType<T>): TaskType<T> {
  if (!NAME.test(name)) throw new RangeError(`${name}: a task is named room.does_this`);
  return { name, data };
}

/** Who does it, in the room that defined it. */
export const does = <T>(type: TaskType<T>, run: (here: Here, id: string, data: T) => Promise<Ran<T>>): Tasker => ({
  name: type.name,
  run: (here, id, data) => run(here, id, type.data.parse(data)),
});

// question                     key
// one task                     pk     TASK#<name>#<id>   sk     TASK
// what falls due next          gsi2pk DUE                gsi2sk <when>#<name>#<id>
// what was given up            gsi1pk PARKED             gsi1sk <when>#<name>#<id>

/** Plans a task, or moves the one with this id. Commit it with `here.commit`, which wakes whoever does it. */
export const planned = <T>(type: TaskType<T>, id: string, at: Date, data: T): Write => ({
  put: taskItem(type.name, id, at, type.data.parse(data)),
});
export const dropped = <T>(type: TaskType<T>, id: string): Write => ({ delete: taskKey(type.name, id) });

export const taskKey = (name: string, id: string) => ({ pk: `TASK#${name}#${id}`, sk: "TASK" });

export const taskItem = (name: string, id: string, at: Date, data: unknown, failed?: Failed): Item => ({
  ...taskKey(name, id),
  gsi2pk: "DUE",
  gsi2sk: `${at.toISOString()}#${name}#${id}`,
  // A turn is planned once: a run commits only if nobody planned it anew meanwhile.
  turn: crypto.randomUUID(),
  name,
  id,
  data,
  ...failed,
});

export interface Failed {
  tries: number;
  reason: string;
}

export const isTask = (write: Write): boolean => "put" in write && write.put.sk === "TASK";
