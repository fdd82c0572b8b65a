import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
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
