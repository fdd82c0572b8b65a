import { z } from "zod";
import { Words } from "../../marketplace/contract/words.ts";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { defineTask } from "../../shared/tasks.ts";

/** Told when a case is handed in (without `from`) and whenever it comes to another state. No answer, no name. */
export const CaseMoved = defineEvent(
  "procedures.case_moved.v1",
  z.object({
    caseId: Id("pcs"),
    /** `market-stall` of the city's own, `publisher.module.part` of a module's. */
    procedure: z.string(),
    from: z.string().optional(),
    to: z.string(),
    by: z.enum(["applicant", "agent", "two_agents", "payment", "deadline"]),
    /** Whose turn it is now. */
    waits: z.enum(["staff", "applicant", "payment", "nobody"]),
    /** Since it was handed in. */
    days: z.int().min(0),
  }),
);

/** The key of a module's procedure: no name of a part or a module has a dot. */
export const keyOf = (module: string, part: string): string => `${module.replace("/", ".")}.${part}`;

/** Raises the fee of a case that waits for it; its id is the case's. */
export const Raise = defineTask("procedures.raise", z.object({}));
/** Takes back what is due for a case that no longer waits for it; its id is the bill's. */
export const TakeBack = defineTask("procedures.take_back", z.object({ reliefId: Id("rlf"), by: z.string() }));
/** Moves a case on whose time is over; its id is the case's. */
export const TimeOver = defineTask("procedures.time_over", z.object({ state: z.string(), since: z.iso.datetime() }));
/** Tells the applicant that a case moved; its id is the case's and its revision. */
export const Tell = defineTask(
  "procedures.tell",
  z.object({
    caseId: Id("pcs"),
    state: z.string(),
    transition: z.string().optional(),
    reason: z.string().optional(),
    note: z.string().optional(),
  }),
);
/** Has all written to whose case of a module's procedure is in a state and has one of these answers, page by page. */
export const TellAll = defineTask(
  "procedures.tell_all",
  z.object({
    title: Words(120),
    body: Words(5_000),
    value: z.number().optional(),
    date: z.string().optional(),
    procedure: z.string(),
    state: z.string(),
    question: z.string(),
    answers: z.array(z.string()),
    cursor: z.string().optional(),
  }),
);
/** Writes to one of them, in the case's language; its id is that of what is said, and the case's. */
export const TellOne = defineTask(
  "procedures.tell_one",
  z.object({ title: z.string(), text: z.string(), state: z.string(), caseId: Id("pcs") }),
);
/** Erases what people said in a case that has been at rest for long enough; its id is the case's. */
export const Erase = defineTask("procedures.erase", z.object({}));
/** Throws away what was begun and left; its id is the case's. */
export const Discard = defineTask("procedures.discard", z.object({}));
