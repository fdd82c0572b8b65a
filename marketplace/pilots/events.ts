import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { defineTask } from "../../shared/tasks.ts";

/** Told when two persons have signed a pilot's plan: from now on it stands. */
export const PilotFixed = defineEvent(
  "pilots.fixed.v1",
  z.object({ pilotId: Id("plt"), digest: z.string(), startOn: z.iso.date(), endOn: z.iso.date() }),
);

/** Told when a pilot is over, by its end or by its stop rule, and its result is published. */
export const PilotEnded = defineEvent(
  "pilots.ended.v1",
  z.object({
    pilotId: Id("plt"),
    outcome: z.enum(["ended", "stopped"]),
    verdict: z.enum(["reached", "not_reached", "unclear", "not_reckoned"]),
  }),
);

/** Looks each morning whether the stop rule is met or the pilot is over. */
export const Look = defineTask("pilots.look", z.object({}));
