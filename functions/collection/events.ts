import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { Stage } from "./schema.ts";

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
