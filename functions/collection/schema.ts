import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";

export const Day = z.iso.date();
export const MonthName = z.string().regex(/^[12][0-9]{3}-(0[1-9]|1[0-2])$/, "a month such as 2026-11");

/** What a bill goes through while it is not paid, in this order. Whoever needs fewer sets the last ones far away. */
export const STAGES = ["reminder", "second_reminder", "formal_notice", "handed_over"] as const;
export const Stage = z.enum(STAGES);
export type Stage = z.infer<typeof Stage>;

export const CHANNELS = ["sms", "email", "letter"] as const;
export const Channel = z.enum(CHANNELS);
export type Channel = z.infer<typeof Channel>;

const Days = z.int().min(0).max(3_650);
const Cost = z.int().min(0).max(1_000_000);
const TimeOfDay = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "a time of day such as 20:00");

/** The city's rule: when a bill enters which stage, and how much its residents are spoken to. */
export const Rule = z
  .strictObject({
    /** Days after the issue of the bill. */
    afterDays: z
      .strictObject({ reminder: Days, second_reminder: Days, formal_notice: Days, handed_over: Days })
      .refine((days) => STAGES.every((stage, i) => i === 0 || days[stage] > days[STAGES[i - 1]!]), {
        message: "each stage comes later than the one before it",
      }),
    /** A bill of which less is due is not reminded. */
    leastMinor: z.int().min(0).max(1_000_000_000).default(0),
    /** No resident gets more than so many messages in so many days, whatever they owe. */
    cap: z.strictObject({ messages: z.int().min(1).max(50), days: z.int().min(1).max(365) }),
    /** No SMS and no e-mail from here to there, in the city's own time. The same time twice: never quiet. */
    quiet: z.strictObject({ from: TimeOfDay, to: TimeOfDay }),
    /** What one message costs the city, in minor units of its currency. */
    costMinor: z.strictObject({ sms: Cost, email: Cost, letter: Cost }),
  })
  .meta({ id: "CollectionRule" });
export type Rule = z.infer<typeof Rule>;

/** Until a city sets its own. */
export const DEFAULT_RULE: Rule = {
  afterDays: { reminder: 15, second_reminder: 30, formal_notice: 60, handed_over: 90 },
  leastMinor: 0,
  cap: { messages: 3, days: 30 },
  quiet: { from: "20:00", to: "08:00" },
  costMinor: { sms: 0, email: 0, letter: 0 },
};

/** Money that came for a bill or went back, as an event told it. Its id is counted once. */
export const Move = z.object({
  /**
   * `paid:<payment>`, `undone:<payment>`, `refund:<refund>`, `kept:<refund>`, `lost:<payment>`, `relief:<relief>`,
   * `penalty:<step>`, `remission:<remission>`, `cancelled`, `share…`.
   */
  id: z.string(),
  /** Above 0: to the city. */
  amountMinor: z.int(),
  at: z.iso.datetime(),
  /** When the payer's money came, where that was before it was heard. */
  paidAt: z.iso.datetime().optional(),
  /** Of money that went back: the payment that it undoes. */
  paymentId: z.string().optional(),
  /**
   * No money came, but less is open. A credit (a credit note, a cancelled bill) corrects what was billed, and so does a
   * penalty, which is a credit below 0; a write-off does not: it was due, and never came.
   */
  relief: z.enum(["credit", "write_off"]).optional(),
});
export type Move = z.infer<typeof Move>;

/** That a bill entered a stage: once, in the campaign that reminded of it. */
export const Entered = z.object({ stage: Stage, campaignId: Id("cmp"), at: z.iso.datetime() });
export type Entered = z.infer<typeof Entered>;

/** A bill as this room knows it: by events alone. Whether it is due in truth is asked of billing before each message. */
export const Tracked = z.object({
  billId: Id("bill"),
  /** Not of a due that anybody may pay, such as a permit's fee. */
  accountId: z.string().optional(),
  kind: z.string(),
  district: z.string(),
  currency: Currency,
  totalMinor: z.int(),
  issuedAt: z.iso.datetime(),
  /** In the city's calendar. */
  issuedOn: Day,
  moves: z.array(Move),
  entered: z.array(Entered),
});
export type Tracked = z.infer<typeof Tracked>;

/** Where nobody knows the district of an account. */
export const UNKNOWN_DISTRICT = "unknown";

/** The bills issued on a day, of one service and district. */
export const Cohort = z.object({
  day: Day,
  kind: z.string(),
  district: z.string(),
  currency: Currency,
  bills: z.int(),
  /** Less what was credited: so it is what came, what was written off, and what is open. */
  billedMinor: z.int(),
  writtenOffMinor: z.int(),
  openBills: z.int(),
  openMinor: z.int(),
});
export type Cohort = z.infer<typeof Cohort>;

/** What came in a month for the bills that were issued in another or the same, of one service and district. */
export const Intake = z.object({
  /** When it came. */
  month: MonthName,
  /** When the bills were issued. */
  issuedIn: MonthName,
  kind: z.string(),
  district: z.string(),
  currency: Currency,
  collectedMinor: z.int(),
});
export type Intake = z.infer<typeof Intake>;

/** The state of a campaign. `counting`: its preview is being counted. */
export const CampaignState = z.enum(["counting", "ready", "sending", "stopped", "done"]);

const Counted = z.record(Channel, z.int());
export const Preview = z
  .object({
    bills: z.int(),
    dueMinor: z.int(),
    byChannel: Counted,
    costMinor: z.int(),
    /** Left out because there is no way to reach the resident by these channels. */
    unreachable: z.int(),
    /** Left out because the resident has had as many messages as the rule allows. */
    capped: z.int(),
  })
  .meta({ id: "CampaignPreview" });
export type Preview = z.infer<typeof Preview>;

/** What became of one bill in a campaign. `unsure`: taken for sending, and whether it left is not known. */
export const OUTCOMES = ["sent", "unsure", "failed", "paid", "capped", "unreachable"] as const;
export const Outcome = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof Outcome>;

/** What was paid within 30 days of the reminder, of the bills that were reminded. */
export const Yield = z
  .object({
    bills: z.int(),
    remindedMinor: z.int(),
    /** Bills of which something was paid, and those of which nothing is left. */
    paidBills: z.int(),
    settledBills: z.int(),
    paidMinor: z.int(),
  })
  .meta({ id: "CampaignYield" });
export type Yield = z.infer<typeof Yield>;

export const NewCampaign = z
  .strictObject({
    id: Id("cmp").optional(),
    stage: Stage,
    /** In order of preference: each resident is spoken to by the first that reaches them. */
    channels: z
      .array(Channel)
      .min(1)
      .max(CHANNELS.length)
      .refine((all) => new Set(all).size === all.length, "each channel once"),
  })
  .meta({ id: "NewCampaign" });
export type NewCampaign = z.infer<typeof NewCampaign>;

export const Campaign = z
  .object({
    id: Id("cmp"),
    stage: Stage,
    channels: z.array(Channel),
    currency: Currency,
    /** Bills that were old enough on this day. */
    on: Day,
    /** As it was when the campaign was asked for: preview and sending go by the same. */
    rule: Rule,
    state: CampaignState,
    preview: Preview,
    /** Bills by what became of them. */
    outcomes: z.record(Outcome, z.int()),
    sentByChannel: Counted,
    spentMinor: z.int(),
    yield: Yield,
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    /** It waits for the end of the quiet hours. */
    waitsUntil: z.iso.datetime().optional(),
  })
  .meta({ id: "Campaign" });
export type Campaign = z.infer<typeof Campaign>;

/** One bill of a campaign. */
export const Reminded = z
  .object({
    campaignId: Id("cmp"),
    billId: Id("bill"),
    accountId: z.string().optional(),
    reference: z.string(),
    outcome: Outcome,
    channel: Channel.optional(),
    dueMinor: z.int(),
    currency: Currency,
    at: z.iso.datetime(),
  })
  .meta({ id: "RemindedBill" });
export type Reminded = z.infer<typeof Reminded>;

const Sums = {
  bills: z.int(),
  billedMinor: z.int(),
  writtenOffMinor: z.int(),
  openBills: z.int(),
  openMinor: z.int(),
  collectedMinor: z.int(),
};
/** `name` is a month, a service or a district. */
export const NamedFigure = z.object({ name: z.string(), ...Sums }).meta({ id: "CollectionFigure" });
export type NamedFigure = z.infer<typeof NamedFigure>;

export const AGES = ["0-30", "31-60", "61-90", "90+"] as const;

export const Figures = z
  .object({
    currency: Currency,
    asOf: z.iso.datetime(),
    totals: z.object(Sums),
    /** Due and open by the month of the bill; collected by the month of the money. */
    byMonth: z.array(NamedFigure),
    byService: z.array(NamedFigure),
    byDistrict: z.array(NamedFigure),
    ageing: z.array(z.object({ age: z.enum(AGES), bills: z.int(), openMinor: z.int() })),
    /** What the ledger says is due of all bills in this currency: the truth that `openMinor` follows. */
    ledgerDueMinor: z.int(),
  })
  .meta({ id: "CollectionFigures" });
export type Figures = z.infer<typeof Figures>;

export const Forecast = z
  .object({
    currency: Currency,
    /** Complete months that it is made of. */
    months: z.int(),
    ahead: z.array(
      z.object({
        month: MonthName,
        ahead: z.int(),
        method: z.enum(["curve", "last_month"]),
        forecastMinor: z.int(),
        /** How far off the same procedure was in the past at this distance; missing where it was never tested. */
        error: z
          .object({
            months: z.int(),
            mean: z.number().meta({ description: "Mean miss as a share of what came: 0.1 is 10 %." }),
            worst: z.number().meta({ description: "The worst miss of one month, as a share of its forecast." }),
            bias: z.number().meta({ description: "Above 0: it foretold too much." }),
          })
          .optional(),
        /** By the worst miss; only from three tested months on. */
        lowMinor: z.int().optional(),
        highMinor: z.int().optional(),
      }),
    ),
    tested: z.array(z.object({ month: MonthName, forecastMinor: z.int(), actualMinor: z.int() })),
  })
  .meta({ id: "CollectionForecast" });
export type Forecast = z.infer<typeof Forecast>;

export const TABLES = ["month", "service", "district", "ageing", "forecast", "tested", "campaigns"] as const;
export type TableName = (typeof TABLES)[number];
