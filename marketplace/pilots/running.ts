import { absent, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { does, planned } from "../../shared/tasks.ts";
import { dayOf, dayPlus, hourOn } from "../../shared/time.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import { isServing } from "../installs/life.ts";
import { step } from "../installs/steps.ts";
import { installStore } from "../installs/store.ts";
import { signedHere } from "../peers/signing.ts";
import { Look, PilotEnded, PilotFixed } from "./events.ts";
import { demandMeasurable, measured, resultOf, stopOf } from "./reckoning.ts";
import { mistaken, refused } from "./refusals.ts";
import { Pilot, PLAN_TYPE, type Plan, RESULT_TYPE } from "./schema.ts";

// A pilot's life: drafted, fixed by two persons before its start, then ended or stopped, with what came of it.

// question                       key
// one pilot; all of them         pk PILOTS   sk <id>
const key = (id: string) => ({ pk: "PILOTS", sk: id });
/** In the morning, when the day before has been published. */
const HOUR = 6;
const SIGNERS = 2;
const WAITED_DAYS = 7;

export const pilotItems = (here: Here): AsyncIterable<Item> => here.table.all({ pk: "PILOTS" });

export async function pilots(here: Here): Promise<Pilot[]> {
  const found: Pilot[] = [];
  for await (const item of pilotItems(here)) found.push(Pilot.parse(item["pilot"]));
  return found.reverse();
}

/** @throws {Fault} absent */
export async function getPilot(here: Here, id: string): Promise<Pilot> {
  const item = await here.table.get(key(id));
  if (!item) throw absent();
  return Pilot.parse(item["pilot"]);
}

async function save(
  here: Here,
  before: Pilot,
  after: Pilot,
  ...more: [...Parameters<Here["commit"]>] | []
): Promise<Pilot> {
  const [writes = [], events = []] = more;
  const next = { ...after, revision: before.revision + 1 };
  const put = { put: { ...key(next.id), pilot: next, revision: next.revision }, if: { revision: before.revision } };
  await unlessFaster(here.commit([put, ...writes], events));
  return next;
}

/** @throws {Fault} conflict: somebody was faster */
async function unlessFaster(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw refused("faster", "conflict");
  }
}

export async function draft(here: Here, plan: Plan): Promise<Pilot> {
  await demandMeasurable(here, plan);
  const pilot: Pilot = { id: newId("plt", here.clock.now()), state: "draft", plan, signatures: [], revision: 0 };
  await here.commit([{ put: { ...key(pilot.id), pilot, revision: 0 }, if: "absent" }]);
  return pilot;
}

/** Another plan, before it is fixed: whoever signed the one before signs again. @throws {Fault} forbidden_transition */
export async function redraft(here: Here, pilot: Pilot, plan: Plan): Promise<Pilot> {
  if (pilot.state !== "draft") throw refused("nothingChanges");
  await demandMeasurable(here, plan);
  return save(here, pilot, { ...pilot, plan, signatures: [] });
}

/** Names exactly this plan. */
export const planDigest = ({ plan }: Pilot): string => digestOf(canonical(plan));

/**
 * One person's signature; the second, of another person, fixes the plan.
 * @param seen  the plan that was shown to whoever signs: another one is not signed by that
 * @throws {Fault} forbidden_transition; conflict: it is another plan by now
 */
export async function sign(here: Here, pilot: Pilot, by: string, seen = planDigest(pilot)): Promise<Pilot> {
  if (pilot.state !== "draft") throw refused("isFixed");
  if (seen !== planDigest(pilot)) throw refused("faster", "conflict");
  const now = here.clock.now();
  if (dayOf(now, here.city.timeZone) >= pilot.plan.startOn) throw mistaken("#/startOn", "tooSoon");
  if (pilot.signatures.some((one) => one.by === by)) throw refused("youSigned");
  const signatures = [...pilot.signatures, { by, at: now.toISOString() }];
  if (signatures.length < SIGNERS) return save(here, pilot, { ...pilot, signatures });
  await demandMeasurable(here, pilot.plan);
  const bytes = canonical({
    id: pilot.id,
    city: here.city.slug,
    signedAt: signatures.map(({ at }) => at),
    ...pilot.plan,
  });
  const digest = digestOf(bytes);
  const { startOn, endOn } = pilot.plan;
  return save(
    here,
    pilot,
    { ...pilot, signatures, state: "fixed", digest, signed: await signedHere(here, PLAN_TYPE, bytes) },
    [planned(Look, pilot.id, hourOn(dayPlus(startOn, 1), HOUR, here.city.timeZone), {})],
    [told(PilotFixed, pilot.id, { pilotId: pilot.id, digest, startOn, endOn })],
  );
}

export async function dropDraft(here: Here, pilot: Pilot): Promise<void> {
  if (pilot.state !== "draft") throw refused("stays");
  await unlessFaster(here.commit([{ delete: key(pilot.id), if: { revision: pilot.revision } }]));
}

/**
 * Looks at what is published by now: stops the pilot where its rule is met, ends it after its last day, and publishes
 * the result. Before that nothing is told, so that nobody stops looking when it looks well.
 */
export async function look(here: Here, pilot: Pilot): Promise<Pilot> {
  if (pilot.state !== "fixed") return pilot;
  const { plan } = pilot;
  const now = here.clock.now();
  const today = dayOf(now, here.city.timeZone);
  const data = await measured(here, plan).catch((error: unknown) => {
    // A dataset that was taken away is an outcome too: it is told at the end.
    if (error instanceof Fault && error.kind === "absent")
      return { pilot: new Map(), control: new Map(), isWhole: true };
    throw error;
  });
  const stopped = today >= plan.startOn ? stopOf(plan, data) : undefined;
  // The last day's figures may come late; for ever they are not waited for.
  const isIn = [data.pilot, data.control].every((figures) => [...figures.keys()].some((day) => day >= plan.endOn));
  const isOver = today > plan.endOn && (isIn || today > dayPlus(plan.endOn, WAITED_DAYS));
  if (stopped === undefined && !isOver) return pilot;
  const outcome = stopped === undefined ? "ended" : "stopped";
  const result = resultOf(plan, data, outcome, stopped ?? plan.endOn, now);
  const bytes = canonical({ id: pilot.id, plan: pilot.digest, ...result });
  // First, so that a stop that was cut off here is made again as a whole.
  if (outcome === "stopped" && plan.module !== undefined) await suspendModule(here, plan.module, pilot.id);
  return save(
    here,
    pilot,
    { ...pilot, state: outcome, result, signedResult: await signedHere(here, RESULT_TYPE, bytes) },
    [],
    [told(PilotEnded, pilot.id, { pilotId: pilot.id, outcome, verdict: result.verdict })],
  );
}

/** What was tried does not go on acting where it was stopped. */
async function suspendModule(here: Here, module: string, by: string): Promise<void> {
  const install = await installStore(here).find(module);
  if (install && isServing(install) && install.state !== "suspended") await step(here, install, "suspended", by);
}

export const looking = does(Look, async (here, id) => {
  const pilot = await getPilot(here, id).catch((error: unknown) => {
    if (error instanceof Fault && error.kind === "absent") return undefined;
    throw error;
  });
  if (!pilot) return {};
  const after = await look(here, pilot);
  if (after.state !== "fixed") return {};
  const tomorrow = dayPlus(dayOf(here.clock.now(), here.city.timeZone), 1);
  return { again: { at: hourOn(tomorrow, HOUR, here.city.timeZone), data: {} } };
});
