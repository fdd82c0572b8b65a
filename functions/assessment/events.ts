import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { defineTask } from "../../shared/tasks.ts";

/** Looks again at what was assessed of an entry before it was changed; its id is the entry's. */
export const Review = defineTask("assessment.review", z.object({ by: z.string() }));
/** Goes on with a file of entries; its id is the import's. */
export const TakeIn = defineTask("assessment.take_in", z.object({}));
/** Throws a file away that nobody said yes to, or that is seen to; its id is the import's. */
export const Discard = defineTask("assessment.discard", z.object({}));
/** Goes on with a run, counting or issuing; its id is the run's. */
export const GoOn = defineTask("assessment.run", z.object({}));
/** Carries out an adjustment that two people agreed on; its id is the adjustment's. */
export const Settle = defineTask("assessment.settle", z.object({}));
/**
 * What is left of a reduced amount becomes due when it was not paid in its time, and is taken back when that turns out
 * later; the id is the due's.
 */
export const Lapse = defineTask("assessment.lapse", z.object({}));

/** Told when somebody put an entry on a roll or changed one. What files do is told once for each file. */
export const EntryChanged = defineEvent(
  "assessment.entry_changed.v1",
  z.object({ entryId: Id("ent"), roll: z.string(), changeId: Id("chg") }),
);
export const RollImported = defineEvent(
  "assessment.roll_imported.v1",
  z.object({ roll: z.string(), importId: z.string(), added: z.int(), changed: z.int(), unchanged: z.int() }),
);

/** Told once for each entry and period, when its bills are due. */
export const Assessed = defineEvent(
  "assessment.assessed.v1",
  z.object({
    assessmentId: Id("asm"),
    roll: z.string(),
    period: z.string(),
    runId: Id("asr").optional(),
    billIds: z.array(Id("bill")),
    totalMinor: z.int(),
    currency: Currency,
  }),
);

/** Told when two people corrected an assessment. Below 0 less is due. */
export const Adjusted = defineEvent(
  "assessment.adjusted.v1",
  z.object({ assessmentId: Id("asm"), adjustmentId: Id("adj"), differenceMinor: z.int(), currency: Currency }),
);

export const ClaimMade = defineEvent(
  "assessment.claim_made.v1",
  z.object({ claimId: Id("clm"), assessmentId: Id("asm") }),
);
export const ClaimDecided = defineEvent(
  "assessment.claim_decided.v1",
  z.object({ claimId: Id("clm"), assessmentId: Id("asm"), isAccepted: z.boolean() }),
);

/** Told when two people took a single due back: a fine, a fee. */
export const DueCancelled = defineEvent(
  "assessment.due_cancelled.v1",
  z.object({ dueId: Id("due"), billId: Id("bill"), creditedMinor: z.int(), currency: Currency }),
);

/**
 * Told when the rest of a reduced due is taken back, as the payer's money had come in its days. `owedBackMinor` was paid
 * of the rest.
 */
export const RestTakenBack = defineEvent(
  "assessment.rest_taken_back.v1",
  z.object({
    dueId: Id("due"),
    billId: Id("bill"),
    creditedMinor: z.int(),
    owedBackMinor: z.int(),
    currency: Currency,
  }),
);
