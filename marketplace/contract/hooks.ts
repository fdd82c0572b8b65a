import { z } from "zod";
import { FieldName, PartId } from "./dataset.ts";
import { PublicAddress } from "./harvest.ts";
import { Expression } from "./language/index.ts";
import { Words } from "./words.ts";

// The three kinds of parts that do something by themselves. Each hears one fact of the city's log, reads what it has
// declared about it, and answers what should be done: a rule by conditions and formulas, a function by code in the
// sandbox, a remote part from its vendor's own service, to which data then leave. None does anything: the city looks
// at each effect and commits all or none.

const Scope = z.string().regex(/^[a-z_]+\.[a-z_]+:[a-z]+$/, "a scope such as alarms.alarms:raise");
/** For what it is asked, as whoever grants it reads it: “to find leaks in the night”. */
const Purpose = Words(200);
/** As the room writes it: `meterIds`. */
const EventField = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/, "a field of the event");
/** The city may decline it, and the rest still works. */
const optional = z.boolean().default(false);
const Value = z.union([z.string().max(500), z.number(), z.boolean()]);

const Read = z.strictObject({
  /** Its name in `reads`. */
  as: FieldName,
  scope: Scope,
  /** The event's field that names what it is about. */
  about: EventField,
  /** Which rows: a condition over `row`, `event` and `now`. */
  where: Expression.optional(),
  grain: z.string().max(20).optional(),
  /** So many days back, from the event's field `until`, else from the event itself. */
  days: z.int().min(1).max(366).optional(),
  until: EventField.optional(),
  purpose: Purpose,
  optional,
});
export type Read = z.infer<typeof Read>;

const Allowed = z.strictObject({ scope: Scope, purpose: Purpose, optional });

/** What a city may set; the module gives the value that is usual. */
const Setting = z.strictObject({
  name: FieldName,
  title: Words(80),
  value: z.union([z.number(), z.boolean(), z.string().max(80)]),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
export type Setting = z.infer<typeof Setting>;

/** What should be done: `scope`, whom or what it is about, and with which words and figures. */
export const Effect = z.strictObject({
  scope: Scope,
  /** An id that the event or a read has named; of rows of its own the table's part. */
  about: z.string().max(80).optional(),
  fields: z.record(FieldName, Value).default({}),
});
export type Effect = z.infer<typeof Effect>;
export const EFFECTS_MAX = 20;
export const Effects = z.array(Effect).max(EFFECTS_MAX);

/** An example with its answer: tried by publisher, house and city, and the same everywhere. */
const Proof = z.strictObject({
  name: z.string().min(1).max(80),
  event: z.record(z.string(), z.unknown()),
  reads: z.record(FieldName, z.array(z.record(z.string(), z.unknown())).max(500)).default({}),
  config: z.record(FieldName, z.union([z.number(), z.boolean(), z.string()])).default({}),
  now: z.iso.datetime(),
  effects: Effects,
});
export type Proof = z.infer<typeof Proof>;

const listening = {
  id: PartId,
  title: Words(80),
  on: z.strictObject({
    /** A fact of the log, such as `billing.bill_issued.v1`. */
    event: z.string().max(60),
    /** Only of such as these: a condition over `event`. */
    when: Expression.optional(),
    purpose: Purpose,
  }),
  reads: z.array(Read).max(5).default([]),
  config: z.array(Setting).max(20).default([]),
  budget: z
    .strictObject({
      runsADay: z.int().min(1).max(100_000).default(5_000),
      effectsADay: z.int().min(1).max(10_000).default(500),
    })
    .prefault({}),
};
const hook = {
  ...listening,
  effects: z.array(Allowed).min(1).max(5),
  proof: z.array(Proof).min(1).max(20),
};

/** When this, and when that holds, then these: nothing of the publisher's runs. Conditions know `event`, `reads`, `config` and `now`. */
export const RulePart = z
  .strictObject({
    kind: z.literal("rule"),
    ...hook,
    when: Expression,
    does: z
      .array(
        z.strictObject({
          scope: Scope,
          about: Expression.optional(),
          fields: z.record(FieldName, Expression).default({}),
        }),
      )
      .min(1)
      .max(5),
  })
  .meta({ id: "RulePart" });
export type RulePart = z.infer<typeof RulePart>;

/** JavaScript with a function `run(event, reads, config, now)` that returns effects: no network, files, clock or chance. */
export const FunctionPart = z
  .strictObject({
    kind: z.literal("function"),
    ...hook,
    code: z.string().min(1).max(64_000),
    /** Of its own time, for one run. */
    timeMs: z.int().min(1).max(200).default(50),
  })
  .meta({ id: "FunctionPart" });
export type FunctionPart = z.infer<typeof FunctionPart>;

/**
 * A vendor's own service: it is told of each fact by a Standard Webhook at its address, and for ten minutes may ask for
 * what was granted and have done what was granted. What it does with the data nobody here can see.
 */
export const RemotePart = z
  .strictObject({
    kind: z.literal("remote"),
    ...listening,
    effects: z.array(Allowed).max(5).default([]),
    /** Data go to this host and to no other. */
    address: PublicAddress,
  })
  .meta({ id: "RemotePart" });
export type RemotePart = z.infer<typeof RemotePart>;

/** What runs in the city, and so can be tried there: it gives the same everywhere. */
export type RunPart = RulePart | FunctionPart;
export type HookPart = RunPart | RemotePart;
export const runsHere = <P extends { kind: string }>(part: P): part is P & RunPart =>
  part.kind === "rule" || part.kind === "function";
export const isHook = <P extends { kind: string }>(part: P): part is P & HookPart =>
  runsHere(part) || part.kind === "remote";

export const remoteHost = ({ address }: RemotePart): string => new URL(address).hostname;
