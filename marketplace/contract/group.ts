import { z } from "zod";
import { Slug } from "../../shared/ids.ts";
import { CONTRACT } from "./manifest.ts";
import { ModuleName } from "./names.ts";
import { Words } from "./words.ts";

// A cluster or an incubator is a party of the kind `group`. Who belongs to it, both sides say: the group and the member
// each sign the same words with their own key, and it holds while both say so.

/** As what one belongs to a group: one of its own, who pays, or a city in which its cohorts try things. */
export const MemberRole = z.enum(["member", "sponsor", "sandbox"]);
export type MemberRole = z.infer<typeof MemberRole>;

export const Membership = z
  .strictObject({
    contract: z.literal(CONTRACT),
    group: Slug,
    member: Slug,
    role: MemberRole,
    /** Of one cohort only. */
    cohort: Slug.optional(),
    says: z.enum(["in", "out"]),
    /** Of what a side said, the last counts. */
    signedAt: z.iso.datetime(),
  })
  .refine(({ group, member }) => group !== member, { path: ["member"], error: "a group is no member of itself" })
  .meta({ id: "Membership" });
export type Membership = z.infer<typeof Membership>;
export const MEMBERSHIP_TYPE = "application/vnd.hansa.membership.v1+json";

/** So many members who work together for a time, on needs of cities. */
export const Cohort = z
  .strictObject({
    contract: z.literal(CONTRACT),
    group: Slug,
    name: Slug,
    title: Words(80),
    about: Words(1_000),
    fromOn: z.iso.date(),
    toOn: z.iso.date(),
    needs: z.array(ModuleName).max(20),
    signedAt: z.iso.datetime(),
  })
  .refine(({ fromOn, toOn }) => fromOn <= toOn, { path: ["toOn"], error: "not before its first day" })
  .meta({ id: "Cohort" });
export type Cohort = z.infer<typeof Cohort>;
export const COHORT_TYPE = "application/vnd.hansa.cohort.v1+json";
