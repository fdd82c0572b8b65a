import type { House } from "../../shared/compose.ts";
import { absent, invalid } from "../../shared/errors.ts";
import { limit } from "../../shared/identity/limits.ts";
import { Slug } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import { catalogueStore } from "../catalogue/store.ts";
import { COHORT_TYPE, Cohort, MEMBERSHIP_TYPE, Membership } from "../contract/group.ts";
import { keyIdOf } from "../contract/keys.ts";
import type { Party } from "../contract/party.ts";
import { claimed, openSigned } from "../contract/signed.ts";
import { needStore } from "../needs/store.ts";
import { demandSaidByNow, sentEnvelope, sentWell } from "../refusals.ts";
import { groupStore, stateOf } from "./store.ts";
import { groupTexts } from "./texts.ts";
import { GroupPage, GroupsPage } from "./views.tsx";

const SAID = { max: 200, windowS: 3_600 };

export function groupRoutes(app: HouseApp, house: House): void {
  const store = groupStore(house);
  const catalogue = catalogueStore(house);
  const open = needs("public");

  /** @throws {Fault} invalid: there is none */
  async function party(name: string, at: string): Promise<Party> {
    const found = await catalogue.findParty(name);
    if (!found) throw invalid(`#/payload/${at}`, `There is no party ${name} here. It signs up first.`);
    return found;
  }
  async function group(name: string): Promise<Party> {
    const found = await party(name, "group");
    if (found.kind !== "group") throw invalid("#/payload/group", `${name} is no group.`);
    return found;
  }

  app.post("/marketplace/v1/memberships", open, async (c) => {
    const envelope = await sentEnvelope(c);
    const said = await sentWell(async () => claimed(envelope, MEMBERSHIP_TYPE, Membership));
    demandSaidByNow(said, house.now());
    const [of, member] = [await group(said.group), await party(said.member, "member")];
    if (said.role === "sandbox" && member.kind !== "city")
      throw invalid("#/payload/member", "Only a city can be a sandbox.");
    if (member.kind === "group") throw invalid("#/payload/member", "A group is no member of another.");
    const isGroups = envelope.signatures[0]!.keyid === (await keyIdOf(of.publicKey));
    const signer = isGroups ? of : member;
    await sentWell(() => openSigned(envelope, MEMBERSHIP_TYPE, Membership, signer.publicKey));
    if (said.cohort !== undefined && !(await store.cohorts(said.group)).some(({ name }) => name === said.cohort))
      throw invalid("#/payload/cohort", `${said.group} has no cohort ${said.cohort}.`);
    await limit(house.market, house.now(), `memberships#${signer.name}`, SAID.max, SAID.windowS);
    const standing = await store.say(said, isGroups ? "byGroup" : "byMember", envelope);
    return c.json({ ...standing, state: stateOf(standing), url: `/marketplace/groups/${said.group}` }, 201);
  });

  app.post("/marketplace/v1/cohorts", open, async (c) => {
    const envelope = await sentEnvelope(c);
    const said = await sentWell(async () => claimed(envelope, COHORT_TYPE, Cohort));
    demandSaidByNow(said, house.now());
    const { publicKey } = await group(said.group);
    await sentWell(() => openSigned(envelope, COHORT_TYPE, Cohort, publicKey));
    await limit(house.market, house.now(), `cohorts#${said.group}`, SAID.max, SAID.windowS);
    const kept = await store.keepCohort(said, envelope);
    return c.json({ ...kept.cohort, url: `/marketplace/groups/${said.group}` }, kept.created ? 201 : 200);
  });

  const groups = async () => (await catalogue.parties()).filter(({ kind }) => kind === "group");

  /** Who belongs to it by both sides' word, and its cohorts with their needs. */
  async function shown(name: string) {
    const found = Slug.safeParse(name).success ? await catalogue.findParty(name) : undefined;
    if (found?.kind !== "group") throw absent();
    const parties = new Map((await catalogue.parties()).map((one) => [one.name, one]));
    const standings = (await store.members(name)).map((one) => ({
      ...one,
      state: stateOf(one),
      title: parties.get(one.member)?.title ?? one.member,
      kind: parties.get(one.member)?.kind,
    }));
    const wanted = needStore(house);
    const cohorts = [];
    for (const cohort of await store.cohorts(name)) {
      const listed = await Promise.all(
        cohort.needs.map(async (need) => ({ name: need, need: await wanted.find(need) })),
      );
      cohorts.push({
        ...cohort,
        needs: listed.map((one) => ({ name: one.name, state: one.need?.state, title: one.need?.title })),
      });
    }
    return { group: found, members: standings.filter(({ state }) => state !== "out"), cohorts };
  }

  app.get("/marketplace/v1/groups", open, async (c) => c.json({ groups: await groups() }));
  app.get("/marketplace/v1/groups/:name", open, async (c) => c.json(await shown(c.req.param("name"))));
  app.get("/marketplace/v1/parties/:name/memberships", open, async (c) => {
    const name = Slug.safeParse(c.req.param("name"));
    const all = name.success ? await store.memberOf(name.data) : [];
    return c.json({ memberships: all.map((one) => ({ ...one, state: stateOf(one) })) });
  });

  app.get("/marketplace/groups", open, async (c) => {
    const { lang } = c.var;
    const t = groupTexts.in(lang);
    const crumbs = [[t("market"), "/marketplace"]] as const;
    return page(
      c,
      { title: t("groups"), lead: t("groupsLead"), crumbs },
      <GroupsPage lang={lang} groups={await groups()} />,
    );
  });
  app.get("/marketplace/groups/:name", open, async (c) => {
    const { lang } = c.var;
    const t = groupTexts.in(lang);
    const all = await shown(c.req.param("name"));
    const crumbs = [
      [t("market"), "/marketplace"],
      [t("groups"), "/marketplace/groups"],
    ] as const;
    return page(c, { title: all.group.title, crumbs }, <GroupPage lang={lang} {...all} />);
  });
}
