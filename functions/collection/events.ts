import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { offer } from "../../shared/room.ts";
import { Move, Stage, Tracked } from "./schema.ts";

/** Told once for each stage of a bill, in the transaction in which it enters it. */
export const StageEntered = defineEvent(
  "collection.stage_entered.v1",
  z.object({ billId: Id("bill"), stage: Stage, campaignId: Id("cmp"), dueMinor: z.int(), currency: Currency }),
);

/** Who let reminders go out; `bills` as the preview counted them. */
export const CampaignStarted = defineEvent(
  "collection.campaign_started.v1",
  z.object({ campaignId: Id("cmp"), stage: Stage, bills: z.int(), by: z.string() }),
);

/** Told when a campaign is through, or was stopped by somebody. */
export const CampaignEnded = defineEvent(
  "collection.campaign_ended.v1",
  z.object({ campaignId: Id("cmp"), stage: Stage, sent: z.int(), stoppedBy: z.string().optional() }),
);

export const RuleSet = defineEvent("collection.rule_set.v1", z.object({ by: z.string() }));

/** A bill by what was told of it: what it was issued for, and all that was paid, taken off and put on since. */
export const BillStory = Tracked.omit({ moves: true, entered: true }).extend({
  /** `on` is the day that it counts for in the city: of money, that on which the payer's money came. */
  moves: z.array(Move.extend({ on: z.iso.date() })),
});
export type BillStory = z.infer<typeof BillStory>;

/** One bill as this room knows it; `absent` where its issue was not told yet. */
export const BillTold = offer("collection.bill_told", z.object({ billId: z.string().max(60) }), BillStory);

/** All bills of which something is open, by the month of their issue; a page of some. */
export const OpenBills = offer(
  "collection.open_bills",
  z.object({ cursor: z.string().max(2_000).optional() }),
  z.object({ bills: z.array(BillStory), cursor: z.string().optional() }),
);
