import type { z } from "zod";
import { canonical } from "../../contract/canonical.ts";
import { seal } from "../../contract/dsse.ts";
import { COHORT_TYPE, Cohort, MEMBERSHIP_TYPE, Membership } from "../../contract/group.ts";
import { CONTRACT } from "../../contract/manifest.ts";
import { houseOf, readProfile } from "../config.ts";
import { postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, type Given, ownKey, withHouse } from "./common.ts";

/** Signs a statement with one's own key and brings it to the house. */
async function say<T>(args: Given, type: string, schema: z.ZodType<T>, path: string, said: object) {
  const profile = readProfile(args.must("profile"));
  const house = houseOf(args.text("house"), profile);
  const key = ownKey(profile, "What is said of a group is signed.");
  const checked = schema.safeParse({ contract: CONTRACT, ...said, signedAt: new Date().toISOString() });
  if (!checked.success) {
    const { path: at, message } = checked.error.issues[0]!;
    throw new Trouble("usage", `${at.join(".")} is not right.`, message, "hansa group --help");
  }
  const envelope = await seal(type, canonical(checked.data), key);
  const { body } = await postJson<{ state?: string; url: string }>(house, path, envelope);
  return { house, body };
}

export const member: Command = {
  summary: "Say, as a group or as its member, that somebody belongs to it; it holds once both have said so",
  args: {
    ...withHouse,
    group: { type: "string", required: true, description: "The group's name", valueHint: "party" },
    member: { type: "string", required: true, description: "The member's name", valueHint: "party" },
    role: { type: "string", description: "member, sponsor or sandbox", default: "member", valueHint: "role" },
    cohort: { type: "string", description: "Of one cohort only", valueHint: "name" },
    out: { type: "boolean", description: "That it does not, or no more" },
  },
  examples: ["hansa group member --group lagune-cluster --member my-party"],
  async run(args) {
    const cohort = args.text("cohort");
    const said = {
      group: args.must("group"),
      member: args.must("member"),
      role: args.must("role"),
      ...(cohort ? { cohort } : {}),
      says: args.flag("out") ? "out" : "in",
    };
    const { house, body } = await say(args, MEMBERSHIP_TYPE, Membership, "/marketplace/v1/memberships", said);
    const lines = {
      in: "Both sides have said so: it holds.",
      asked: "Said. The other side has not said so yet.",
      out: "It is over.",
    };
    return {
      json: { ...body, url: house + body.url },
      lines: [lines[body.state as "in"], `  Page    ${house}${body.url}`],
    };
  },
};

export const cohort: Command = {
  summary: "Tell, as a group, of a cohort: who works together for a time, on which needs of cities",
  args: {
    ...withHouse,
    group: { type: "string", required: true, description: "Your own name", valueHint: "party" },
    name: { type: "string", required: true, description: "The cohort's name in addresses", valueHint: "name" },
    title: { type: "string", required: true, description: "What it is called", valueHint: "text" },
    about: { type: "string", required: true, description: "What it is for", valueHint: "text" },
    language: { type: "string", description: "Of both", default: "en", valueHint: "tag" },
    from: { type: "string", required: true, description: "Its first day", valueHint: "day" },
    to: { type: "string", required: true, description: "Its last day", valueHint: "day" },
    needs: { type: "string", description: "city/need, with commas between", valueHint: "list" },
  },
  examples: [
    'hansa group cohort --group lagune-cluster --name water-2027 --title "Water 2027" --about "Less is lost." --from 2027-01-11 --to 2027-06-30 --needs bouake/fair-water',
  ],
  async run(args) {
    const lang = args.must("language");
    const said = {
      ...{ group: args.must("group"), name: args.must("name"), fromOn: args.must("from"), toOn: args.must("to") },
      title: { [lang]: args.must("title") },
      about: { [lang]: args.must("about") },
      needs: (args.text("needs") ?? "").split(",").flatMap((need) => need.trim() || []),
    };
    const { house, body } = await say(args, COHORT_TYPE, Cohort, "/marketplace/v1/cohorts", said);
    return { json: { ...body, url: house + body.url }, lines: [`Told.`, `  Page    ${house}${body.url}`] };
  },
};
