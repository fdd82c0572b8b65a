import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { changeOf, NO_COHORT, openMinorOf, plus } from "./domain.ts";
import { Campaign, Cohort, DEFAULT_RULE, Intake, Reminded, Rule, Tracked } from "./schema.ts";

// question                                key
// one bill as this room knows it          pk     COLLECT_BILL#<bill>      sk     BILL
// the bills issued in a month             gsi1pk COLLECT_BILLS#<month>    gsi1sk <open|paid>#<day>#<bill>
// figures of the bills of a month         pk     COLLECT_DUE#<month>      sk     <day>#<kind>#<currency>#<district>
// figures of what came in a month         pk     COLLECT_IN#<month>       sk     <issued in>#<kind>#<currency>#<district>
// which months there are                  pk     COLLECT_MONTHS           sk     <month>
// the city's rule                         pk     COLLECT_RULE             sk     RULE
// one campaign                            pk     CAMPAIGN#<id>            sk     CAMPAIGN
// what became of each of its bills        pk     CAMPAIGN#<id>            sk     BILL#<bill>     (guards that it is once)
// campaigns, the latest last              gsi1pk CAMPAIGNS                gsi1sk <id>
// when a resident was written to          pk     REMINDED#<digest>        sk     REMINDED     (gsi1 REMINDED_RESIDENTS)
const TRIES = 12;

export const billKey = (billId: string) => ({ pk: `COLLECT_BILL#${billId}`, sk: "BILL" });
export const campaignKey = (id: string) => ({ pk: `CAMPAIGN#${id}`, sk: "CAMPAIGN" });
const dueKey = ({ day, kind, currency, district }: Pick<Cohort, "day" | "kind" | "currency" | "district">) => ({
  pk: `COLLECT_DUE#${day.slice(0, 7)}`,
  sk: `${day}#${kind}#${currency}#${district}`,
});
const inKey = (one: Omit<Intake, "collectedMinor">) => ({
  pk: `COLLECT_IN#${one.month}`,
  sk: `${one.issuedIn}#${one.kind}#${one.currency}#${one.district}`,
});
const RULE_KEY = { pk: "COLLECT_RULE", sk: "RULE" };
const monthItem = (month: string): Item => ({ pk: "COLLECT_MONTHS", sk: month });

const billItem = (bill: Tracked, version: number): Item => ({
  ...billKey(bill.billId),
  gsi1pk: `COLLECT_BILLS#${bill.issuedOn.slice(0, 7)}`,
  gsi1sk: `${openMinorOf(bill) > 0 ? "open" : "paid"}#${bill.issuedOn}#${bill.billId}`,
  bill,
  version,
});
const sumsOf = ({ day: _d, kind: _k, district: _p, currency: _c, ...sums }: Cohort) => sums;
const billOf = (item: Item): Tracked => Tracked.parse(item["bill"]);

/** A condition that the item is as it was read, and its next version. */
const versioned = (item: Item | undefined) => {
  const version = Number(item?.["version"] ?? 0);
  return { next: version + 1, if: item ? ({ version } as const) : ("absent" as const) };
};

export interface Kept {
  bill: Tracked;
  version: number;
}

export function collectionStore({ table, city }: Pick<Here, "table" | "city">) {
  async function find(billId: string): Promise<Kept | undefined> {
    const item = await table.get(billKey(billId));
    return item && { bill: billOf(item), version: Number(item["version"]) };
  }

  /**
   * The writes that make a bill another, together with every figure that this changes; each on the condition that
   * nobody else changed the same meanwhile.
   * @param over  what of a campaign shall change besides its yield, in the same item
   */
  async function writesOf(
    before: Kept | undefined,
    after: Tracked,
    over: { campaignId: string; change: (campaign: Campaign) => Campaign } | undefined = undefined,
  ): Promise<Write[]> {
    const { cohort, collected, yields } = changeOf(before?.bill, after, city.timeZone);
    const { kind, district, currency, issuedOn: day } = after;
    const ids = new Set([...yields.keys(), ...(over ? [over.campaignId] : [])]);
    const names = { kind, district, currency };
    const ofIn = [...collected.keys()].map((month) => ({ month, issuedIn: day.slice(0, 7), ...names }));
    const due = dueKey({ day, ...names });
    const keys = [due, ...ofIn.map(inKey), ...[...ids].map(campaignKey)];
    const found = new Map((await table.getMany(keys)).map((item) => [`${item.pk} ${item.sk}`, item]));
    const at = (key: { pk: string; sk: string }) => found.get(`${key.pk} ${key.sk}`);
    const writes: Write[] = [
      {
        put: billItem(after, (before?.version ?? 0) + 1),
        if: before ? { version: before.version } : "absent",
      },
    ];
    const months = new Set([...collected.keys(), ...(before ? [] : [day.slice(0, 7)])]);
    writes.push(...[...months].map((month) => ({ put: monthItem(month) })));
    if (Object.values(cohort).some((n) => n !== 0)) {
      const item = at(due);
      const was = item ? Cohort.parse(item["cohort"]) : { day, ...names, ...NO_COHORT };
      const now: Cohort = { ...was, ...plus({ ...NO_COHORT, ...sumsOf(was) }, cohort) };
      const { next, if: condition } = versioned(item);
      writes.push({ put: { ...due, cohort: now, version: next }, if: condition });
    }
    for (const one of ofIn) {
      const item = at(inKey(one));
      const was = item ? Intake.parse(item["intake"]).collectedMinor : 0;
      const now: Intake = { ...one, collectedMinor: was + collected.get(one.month)! };
      const { next, if: condition } = versioned(item);
      writes.push({ put: { ...inKey(one), intake: now, version: next }, if: condition });
    }
    for (const id of ids) {
      const item = at(campaignKey(id));
      if (!item) continue;
      let campaign = Campaign.parse(item["campaign"]);
      const more = yields.get(id);
      if (more) campaign = { ...campaign, yield: plus(campaign.yield, more) };
      if (over?.campaignId === id) campaign = over.change(campaign);
      writes.push(campaignWrite(item, campaign));
    }
    return writes;
  }

  const campaignWrite = (item: Item | undefined, campaign: Campaign): Write => {
    const { next, if: condition } = versioned(item);
    const put: Item = {
      ...campaignKey(campaign.id),
      gsi1pk: "CAMPAIGNS",
      gsi1sk: campaign.id,
      campaign,
      version: next,
    };
    return { put, if: condition };
  };

  const remindedKey = (campaignId: string, billId: string) => ({
    pk: campaignKey(campaignId).pk,
    sk: `BILL#${billId}`,
  });
  const residentKey = (digest: string) => ({ pk: `REMINDED#${digest}`, sk: "REMINDED" });
  async function findCampaign(id: string) {
    const item = await table.get(campaignKey(id));
    return item && { item, campaign: Campaign.parse(item["campaign"]) };
  }

  return {
    find,
    writesOf,
    campaignWrite,
    findCampaign,

    /** @throws {Fault} absent */
    async campaign(id: string): Promise<Campaign> {
      const found = await findCampaign(id);
      if (!found) throw absent();
      return found.campaign;
    },
    async campaigns(at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: "CAMPAIGNS", index: "gsi1", reverse: true, ...at });
      return {
        campaigns: items.map((item) => Campaign.parse(item["campaign"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    async reminded(campaignId: string, billId: string): Promise<Reminded | undefined> {
      const item = await table.get(remindedKey(campaignId, billId));
      return item && Reminded.parse(item["reminded"]);
    },
    /** Says once what becomes of a bill in a campaign; afterwards only from `unsure` to what became of it. */
    remindedWrite: (reminded: Reminded): Write => ({
      put: { ...remindedKey(reminded.campaignId, reminded.billId), outcome: reminded.outcome, reminded },
      if: "absent",
    }),
    decidedWrite: (reminded: Reminded): Write => ({
      put: { ...remindedKey(reminded.campaignId, reminded.billId), outcome: reminded.outcome, reminded },
      if: { outcome: "unsure" },
    }),
    async remindedOf(campaignId: string, at: { limit: number; cursor?: string | undefined }) {
      const { pk } = campaignKey(campaignId);
      const { items, cursor } = await table.query({ pk, beginsWith: "BILL#", ...at });
      return {
        bills: items.map((item) => Reminded.parse(item["reminded"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    /** When a resident was written to, and the write that adds to it. */
    async resident(digest: string): Promise<{ sent: string[]; write: (sent: readonly string[]) => Write }> {
      const item = await table.get(residentKey(digest));
      const { next, if: condition } = versioned(item);
      return {
        sent: (item?.["sent"] as string[] | undefined) ?? [],
        write: (sent) => ({
          put: { ...residentKey(digest), gsi1pk: "REMINDED_RESIDENTS", gsi1sk: digest, sent, version: next },
          if: condition,
        }),
      };
    },

    async rule(): Promise<{ rule: Rule; isOwn: boolean }> {
      const item = await table.get(RULE_KEY);
      return item ? { rule: Rule.parse(item["rule"]), isOwn: true } : { rule: DEFAULT_RULE, isOwn: false };
    },
    ruleWrite: (rule: Rule): Write => ({ put: { ...RULE_KEY, rule } }),

    /**
     * Makes one change to a bill, read afresh at each try, since many change the same figures.
     * @param also  committed with it; when one of these does not hold, that is the caller's to see
     */
    async change(
      billId: string,
      make: (kept: Tracked | undefined) => Promise<Tracked | undefined>,
      also: readonly Write[],
    ): Promise<void> {
      for (let tries = 1; ; tries++) {
        const before = await find(billId);
        const after = await make(before?.bill);
        const writes = after && after !== before?.bill ? await writesOf(before, after) : [];
        try {
          return await table.transact([...also, ...writes]);
        } catch (error) {
          if (!(error instanceof ConditionFailed) || error.index < also.length || tries === TRIES) throw error;
          await new Promise((resume) => setTimeout(resume, Math.random() * 5 * tries));
        }
      }
    },

    async months(): Promise<string[]> {
      const months: string[] = [];
      for await (const item of table.all({ pk: "COLLECT_MONTHS" })) months.push(item.sk);
      return months;
    },

    /** The figures of these months, as they stand. */
    async figures(months: readonly string[]): Promise<{ cohorts: Cohort[]; intakes: Intake[] }> {
      const cohorts: Cohort[] = [];
      const intakes: Intake[] = [];
      for (const month of months) {
        for await (const item of table.all({ pk: `COLLECT_DUE#${month}` })) cohorts.push(Cohort.parse(item["cohort"]));
        for await (const item of table.all({ pk: `COLLECT_IN#${month}` })) intakes.push(Intake.parse(item["intake"]));
      }
      return { cohorts, intakes };
    },

    /** The bills of a month that are not paid, the oldest first. An index: some may be paid by now. */
    async openOf(month: string, at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({
        pk: `COLLECT_BILLS#${month}`,
        index: "gsi1",
        beginsWith: "open#",
        limit: at.limit,
        ...(at.cursor === undefined ? {} : { cursor: at.cursor }),
      });
      return { bills: items.map(billOf), ...(cursor === undefined ? {} : { next: cursor }) };
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const { sk: month } of table.all({ pk: "COLLECT_MONTHS" })) {
        yield monthItem(month);
        yield* table.all({ pk: `COLLECT_BILLS#${month}`, index: "gsi1" });
        yield* table.all({ pk: `COLLECT_DUE#${month}` });
        yield* table.all({ pk: `COLLECT_IN#${month}` });
      }
      const rule = await table.get(RULE_KEY);
      if (rule) yield rule;
      for await (const item of table.all({ pk: "CAMPAIGNS", index: "gsi1" })) yield* table.all({ pk: item.pk });
      yield* table.all({ pk: "REMINDED_RESIDENTS", index: "gsi1" });
    },
  };
}
