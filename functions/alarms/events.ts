import { z } from "zod";
import type { NewEvent } from "../../shared/events.ts";
import { defineEvent } from "../../shared/events.ts";
import { offer } from "../../shared/room.ts";
import type { Write } from "../../shared/table.ts";
import { defineTask } from "../../shared/tasks.ts";
import { AlarmId, Kind } from "./schema.ts";

const Told = z.object({ alarmId: AlarmId, kind: Kind });

/** Told once for each alarm. */
export const AlarmRaised = defineEvent("alarms.raised.v1", Told);
/** `by` whom; without it the cause was over. */
export const AlarmClosed = defineEvent("alarms.closed.v1", Told.extend({ by: z.string().optional() }));
export const AlarmRuleSet = defineEvent("alarms.rule_set.v1", z.object({ by: z.string() }));

/** Each night: is there money that has waited too long? There is one. */
export const Watch = defineTask("alarms.watch", z.object({}));
/** Each night: does the ledger's proof hold? There is one. */
export const Prove = defineTask("alarms.prove", z.object({}));

/** An alarm that a module of the marketplace raises, prepared: whoever asks commits it with its own receipt. */
export const RaiseForModule = offer(
  "alarms.raise_for_module",
  z.object({
    installId: z.string(),
    module: z.string(),
    part: z.string(),
    /** A meter, an account or a bill. */
    about: z.string().max(80).optional(),
    what: z.string().max(120),
    value: z.number().optional(),
    on: z.string().max(40).optional(),
    at: z.iso.datetime(),
  }),
  z.object({ writes: z.array(z.custom<Write>()), events: z.array(z.custom<NewEvent>()) }),
);
