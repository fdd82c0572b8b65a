import type { EventType, NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Shape, Type } from "./language/index.ts";
import type { Words } from "./words.ts";

// What a room of the city offers to modules, in its one file `offers.ts`: facts that they may hear, data that they may
// read, and what they may have done. A module can ask for nothing else.

/** As with every scope of the city: from `household` on, two persons must approve. */
export type DataClass = "public" | "operational" | "household" | "identity" | "money";

/** A field's type and title; where it holds ids of something, of what. */
export interface Declared {
  readonly type: Type;
  readonly title: Words;
  readonly id?: IdKind;
  /** Of an effect's fields: it may be left out. */
  readonly isOptional?: boolean;
}
export type Fields = Readonly<Record<string, Declared>>;
export type IdKind = "meter" | "account" | "bill";

interface Scope {
  readonly class: DataClass;
  readonly says: Record<Lang, string>;
}

/** A fact of the log: “when a bill is issued”. */
export interface OfferedEvent extends Scope {
  readonly event: EventType<never>;
  readonly data: Fields;
}

/** Rows about what an event names: “what meters counted”. */
export interface OfferedRead extends Scope {
  readonly scope: string;
  /** Of which ids it reads. */
  readonly about: IdKind;
  readonly rows: Fields;
  /** The finest one first; and how far it reads back from the event. Without them it reads what is there now. */
  readonly grains?: readonly string[];
  readonly daysMax?: number;
  readonly run: (here: Here, asked: AskedRead) => Promise<Record<string, unknown>[]>;
}
export interface AskedRead {
  ids: readonly string[];
  grain?: string | undefined;
  days?: number | undefined;
  /** The event's instant: nothing after it is read. */
  at: Date;
}

/** Something done: “raise an alarm”. It is prepared only; whoever asks commits it with its own receipt. */
export interface OfferedEffect extends Scope {
  readonly scope: string;
  /** It is about one of these, which the event or a read must have named. */
  readonly about?: readonly IdKind[];
  readonly fields: Fields;
  /** It reaches all of whom its fields speak: a run may propose it several times, with other fields. */
  readonly isForMany?: boolean;
  /** Which of the fields names a text of the module's own. */
  readonly text?: string;
  readonly run: (here: Here, asked: AskedEffect) => Promise<Prepared>;
}
export interface AskedEffect {
  /** The same whenever the same event is told again. */
  id: string;
  about?: string | undefined;
  fields: Readonly<Record<string, string | number | boolean>>;
  text?: { title: Words; body: Words } | undefined;
  by: { installId: string; module: string; part: string };
  at: string;
}
export interface Prepared {
  writes: Write[];
  events: NewEvent[];
}

export interface RoomOffers {
  readonly events?: readonly OfferedEvent[];
  readonly reads?: readonly OfferedRead[];
  readonly effects?: readonly OfferedEffect[];
}

export const defineOffers = (offers: RoomOffers): RoomOffers => offers;
/** The schema of its data is the room's own matter. */
export const heard = (event: EventType<unknown> | EventType<never>): EventType<never> => event as EventType<never>;
/** What a condition may speak of. */
export const shapeOf = (fields: Fields): Shape => fields;
