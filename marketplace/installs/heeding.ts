import { z } from "@hono/zod-openapi";
import { RaiseForModule } from "../../functions/alarms/events.ts";
import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { staff } from "../../shared/identity/persons.ts";
import { Id, Slug } from "../../shared/ids.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { does, planned } from "../../shared/tasks.ts";
import { type AdvisoriesFile, Advisory, type ListedAdvisory } from "../contract/advisory.ts";
import { Digest } from "../contract/canonical.ts";
import { ModuleName, publisherOf, Version } from "../contract/manifest.ts";
import { inLang } from "../contract/words.ts";
import { AdvisoryHeeded, Warn } from "./events.ts";
import { heedingTexts } from "./heeding-texts.ts";
import { isServing } from "./life.ts";
import { readAdvisories, readAdvisory, readMarket, type SpeaksBy, speaksBy } from "./market.ts";
import { heededKey } from "./run-store.ts";
import type { Install } from "./schema.ts";
import { suspend } from "./steps.ts";
import { installStore } from "./store.ts";

// Upstream warns; what is done about it here the city has said beforehand. The city looks when the marketplace tells
// that something changed, and before it uses a module if it has not looked for a while: an idle one never does.

// question                                   key
// what an advisory meant for an install      pk     HEEDED#<install>   sk     <advisory>
// what was warned of, the latest first       gsi1pk HEEDED             gsi1sk <instant>#<install>#<advisory>
// what the city does by severity             pk     HEEDING            sk     POLICY
const POLICY = { pk: "HEEDING", sk: "POLICY" };

const Does = z.enum(["tell", "suspend"]);
/** By severity: only tell the staff, or put the module out of service too. And whose word counts besides its publisher's and the house's. */
export const Policy = z
  .strictObject({
    low: Does,
    medium: Does,
    high: Does,
    critical: Does,
    reviewers: z.array(Slug).max(20).default([]),
  })
  .meta({ id: "AdvisoryPolicy" });
export type Policy = z.infer<typeof Policy>;

/** Nothing is ever switched off unless the city has said so. */
const USUAL: Policy = { low: "tell", medium: "tell", high: "tell", critical: "tell", reviewers: [] };

export const Heeded = z
  .object({
    installId: Id("ins"),
    module: ModuleName,
    version: Version,
    /** The package that was in use. */
    digest: Digest,
    advisory: Advisory,
    /** `none`: it does not concern this version. */
    took: z.enum(["none", "told", "suspended", "withdrawn"]),
    at: z.iso.datetime(),
  })
  .meta({ id: "HeededAdvisory" });
export type Heeded = z.infer<typeof Heeded>;

const SHOWN_MAX = 200;

export async function policyOf({ table }: Here): Promise<Policy> {
  const item = await table.get(POLICY);
  return item ? Policy.parse(item["policy"]) : USUAL;
}

/** What the city does from now on, also about what it was only told before. */
export async function setPolicy(here: Here, policy: Policy, by: string): Promise<Policy> {
  await here.table.put({ ...POLICY, policy, by, at: here.clock.now().toISOString() });
  await heedCalmly(here);
  return policy;
}

/** Why what the house lists is not believed, in a sentence; nothing where it is. */
export const troubleWith = (here: Here): Promise<string | undefined> =>
  readAdvisories(here).then(
    () => undefined,
    (error) => {
      if (error instanceof Fault) return error.message;
      throw error;
    },
  );

/** What was warned of, the latest first. */
export async function heeded({ table }: Here): Promise<Heeded[]> {
  const { items } = await table.query({ pk: "HEEDED", index: "gsi1", reverse: true, limit: SHOWN_MAX });
  return items.map((item) => Heeded.parse(item["heeded"]));
}

/** Of one install; those that do not concern its version are left out. */
export async function heededOf({ table }: Here, installId: string): Promise<Heeded[]> {
  const found: Heeded[] = [];
  for await (const item of table.all({ pk: heededKey(installId, "").pk })) found.push(Heeded.parse(item["heeded"]));
  return found.filter(({ took }) => took !== "none");
}

export async function* heedingItems({ table }: Here): AsyncIterable<Item> {
  const item = await table.get(POLICY);
  if (item) yield item;
}

/** Looks at all that is warned of, and does what the city has said about what concerns it. */
export async function heed(here: Here): Promise<void> {
  const installs = (await installStore(here).list()).filter(({ state }) => state !== "leaving");
  if (installs.length === 0) return;
  const list = await readAdvisories(here);
  if (!list) return;
  const policy = await policyOf(here);
  // One that is forged, or that somebody else takes in at this moment, keeps no other waiting.
  for (const install of installs)
    for (const listed of list.advisories.filter(({ module }) => module === install.module))
      await heedOne(here, install, listed, list, policy).catch((error) => {
        if (!(error instanceof Fault || error instanceof ConditionFailed)) throw error;
        here.log.warn("an advisory was not taken in", { advisory: listed.id, module: install.module, error });
      });
}

const LOOKS_EVERY_MS = 30_000;
const LOOKED = new Map<string, number>();

/** Before a module is used: looks, if nobody did for half a minute. The use itself does not fail by it. */
export async function heedAtUse(here: Here): Promise<void> {
  const { slug } = here.city;
  if (Date.now() - (LOOKED.get(slug) ?? 0) < LOOKS_EVERY_MS) return;
  LOOKED.set(slug, Date.now());
  await heedCalmly(here);
}

const heedCalmly = (here: Here): Promise<void> =>
  heed(here).catch((error) => here.log.warn("advisories were not looked at", { error }));

async function heedOne(
  here: Here,
  install: Install,
  listed: ListedAdvisory,
  list: AdvisoriesFile,
  policy: Policy,
): Promise<void> {
  const key = heededKey(install.id, listed.id);
  const item = await here.table.get(key);
  const kept = item && Heeded.parse(item["heeded"]);
  const isStricter = kept?.took === "told" && policy[kept.advisory.severity] === "suspend";
  const isKnown = kept && kept.advisory.revision >= listed.revision && kept.digest === install.digest;
  if (isKnown && !isStricter) return;
  const signer = await signerOf(here, install, listed.by, list, policy);
  if (!signer) return;
  const advisory = await readAdvisory(here, listed, signer);
  // Of two lists that are signed alike the later one counts, and so does what was said later.
  if (kept && kept.advisory.revision > advisory.revision) return;
  const concerns = !advisory.isWithdrawn && advisory.digests.includes(install.digest);
  const wasTold = kept !== undefined && ["told", "suspended"].includes(kept.took);
  const suspends = concerns && policy[advisory.severity] === "suspend" && isServing(install);
  const took = suspends
    ? "suspended"
    : concerns
      ? "told"
      : wasTold && kept.digest === install.digest
        ? "withdrawn"
        : "none";
  // First out of service: whoever stops in between finds it so, and notes it at the next look.
  if (suspends) await suspend(here, install, "advised");
  await note(here, item, { ...of(install), advisory, took, at: here.clock.now().toISOString() });
}

const of = ({ id: installId, module, version, digest }: Install) => ({ installId, module, version, digest });

/** The keys of which one must have signed; none of somebody whose word does not count here. */
async function signerOf(
  here: Here,
  install: Install,
  by: string,
  list: AdvisoriesFile,
  policy: Policy,
): Promise<SpeaksBy | undefined> {
  if (by === publisherOf(install.module)) return speaksBy(here, by, install.publisherKey);
  if (by !== list.house && !policy.reviewers.includes(by)) return undefined;
  const party = (await readMarket(here)).parties.find(({ name }) => name === by);
  return party && { publicKey: party.publicKey };
}

/** Keeps what was done, and tells the staff of it: an alarm, and a letter. */
async function note(here: Here, before: Item | undefined, one: Heeded): Promise<void> {
  const { installId, module, advisory, took, at } = one;
  const key = heededKey(installId, advisory.id);
  const put: Item = {
    ...key,
    heeded: one,
    at,
    ...(took === "none" ? {} : { gsi1pk: "HEEDED", gsi1sk: `${at}#${installId}#${advisory.id}` }),
  };
  const keep = { put, if: before ? { at: before["at"] } : ("absent" as const) };
  if (took === "none") return here.commit([keep]);
  const what = inLang(advisory.summary, here.city.languages[0] ?? "en").slice(0, 120);
  const said = { installId, module, part: advisory.id, what, on: `${advisory.revision} ${took}`, at };
  const alarm = took === "withdrawn" ? { writes: [], events: [] } : await here.ask(RaiseForModule, said);
  const warned = { installId, advisoryId: advisory.id };
  const { revision, severity } = advisory;
  await here.commit(
    [keep, ...alarm.writes, planned(Warn, `${installId}/${advisory.id}/${revision}`, here.clock.now(), warned)],
    [...alarm.events, told(AdvisoryHeeded, installId, { ...warned, module, revision, severity, took })],
  );
}

/** Writes to every administrator. A letter that does not leave is no reason to write to all again. */
export const warning = does(Warn, async (here, _id, { installId, advisoryId }) => {
  const item = await here.table.get(heededKey(installId, advisoryId));
  if (!item) return {};
  const { module, version, advisory, took } = Heeded.parse(item["heeded"]);
  if (took === "none") return {};
  const lang = here.city.languages[0] ?? "en";
  const t = heedingTexts.in(lang);
  const url = `${here.settings.HANSA_ORIGIN ?? ""}${here.url(`/staff/modules/${module}`)}`;
  const subject = t("subject", { module, city: here.city.name });
  const text = t(`mail_${took}`, { module, version, by: advisory.by, says: inLang(advisory.summary, lang), url });
  const administrators = (await staff(here.table)).filter(({ roles }) => roles.includes("administrator"));
  for (const to of administrators.flatMap(({ contacts }) => contacts.filter((contact) => contact.includes("@"))))
    await here.messages
      .send({ to, subject, text, lang })
      .catch((error) => here.log.warn("a warning was not mailed", { installId, advisoryId, error }));
  return {};
});
