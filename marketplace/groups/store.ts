import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { Fault } from "../../shared/errors.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import type { Envelope } from "../contract/dsse.ts";
import { Cohort, Membership } from "../contract/group.ts";

// question                              key (in the market's own table)
// who belongs to a group                pk MEMBERS#<group>     sk <role>#<cohort>#<member>
// to which groups a party belongs       gsi1pk MEMBEROF#<member>  gsi1sk <group>#<role>#<cohort>
// the cohorts of a group                pk COHORTS#<group>     sk <name>
const Said = z.object({ says: z.enum(["in", "out"]), signedAt: z.iso.datetime() });

/** What both sides say of one membership. */
export const Standing = z
  .object({
    group: z.string(),
    member: z.string(),
    role: Membership.shape.role,
    cohort: z.string().optional(),
    byGroup: Said.optional(),
    byMember: Said.optional(),
  })
  .meta({ id: "MembershipStanding" });
export type Standing = z.infer<typeof Standing>;

/** `in`: both say so; `asked`: one does and the other has said nothing; else `out`. */
export function stateOf({ byGroup, byMember }: Standing): "in" | "asked" | "out" {
  const said = [byGroup?.says, byMember?.says];
  return said.includes("out") ? "out" : said.every((one) => one === "in") ? "in" : "asked";
}

const keyOf = ({ group, member, role, cohort = "" }: Membership) => ({
  pk: `MEMBERS#${group}`,
  sk: `${role}#${cohort}#${member}`,
  gsi1pk: `MEMBEROF#${member}`,
  gsi1sk: `${group}#${role}#${cohort}`,
});
const standingOf = (item: Item) => Standing.parse(item["standing"]);

export function groupStore({ market }: Pick<House, "market">) {
  async function list(query: Parameters<typeof market.all>[0]): Promise<Standing[]> {
    const found: Standing[] = [];
    for await (const item of market.all(query)) found.push(standingOf(item));
    return found;
  }
  return {
    members: (group: string) => list({ pk: `MEMBERS#${group}` }),
    memberOf: (member: string) => list({ pk: `MEMBEROF#${member}`, index: "gsi1" }),

    async cohorts(group: string): Promise<Cohort[]> {
      const found: Cohort[] = [];
      for await (const item of market.all({ pk: `COHORTS#${group}` })) found.push(Cohort.parse(item["cohort"]));
      return found.sort((a, b) => (a.fromOn < b.fromOn ? 1 : -1));
    },

    /** Keeps what one side said last. */
    async say(said: Membership, side: "byGroup" | "byMember", envelope: Envelope): Promise<Standing> {
      const key = keyOf(said);
      const item = await market.get(key);
      const { group, member, role, cohort, says, signedAt } = said;
      const before = item && standingOf(item);
      if ((before?.[side]?.signedAt ?? "") >= signedAt) return before!;
      const facts = { group, member, role, ...(cohort === undefined ? {} : { cohort }) };
      const standing: Standing = { ...(before ?? facts), [side]: { says, signedAt } };
      const envelopes = { ...(item?.["envelopes"] as object | undefined), [side]: envelope };
      await once(
        market.transact([{ put: { ...key, standing, envelopes }, if: item ? { standing: before } : "absent" }]),
      );
      return standing;
    },

    /** Of a cohort what its group signed last counts. */
    async keepCohort(cohort: Cohort, envelope: Envelope): Promise<{ created: boolean; cohort: Cohort }> {
      const key = { pk: `COHORTS#${cohort.group}`, sk: cohort.name };
      const item = await market.get(key);
      const before = item && Cohort.parse(item["cohort"]);
      if (before && before.signedAt >= cohort.signedAt) return { created: false, cohort: before };
      await once(market.transact([{ put: { ...key, cohort, envelope }, if: before ? { cohort: before } : "absent" }]));
      return { created: !before, cohort };
    },
  };
}

async function once(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw new Fault("conflict", "Somebody else changed this at the same moment. Send it again.");
  }
}
