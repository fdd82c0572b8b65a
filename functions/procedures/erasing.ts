import { EraseInModules } from "../../marketplace/installs/events.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { planned } from "../../shared/tasks.ts";
import { Erase } from "./events.ts";
import { isFile } from "./filling.ts";
import type { Case, Did } from "./schema.ts";
import { fileKey, procedureStore } from "./store.ts";

const AT_ONCE = 50;

/**
 * Takes out of a case all that people said in it: answers, files, ways to reach them, words of staff. That there was
 * one, where it went and which papers came of it, stays.
 * @throws {Fault} forbidden_transition: it has not come to rest
 */
export async function erase(here: Here, kase: Case, by: string): Promise<Case> {
  const erased = kase.erasedAt === undefined ? await closed(here, kase, by) : kase;
  // What cannot be undone comes once nobody can move the case on any more; where it is cut off, its task goes on.
  const said = await procedureStore(here).notes(kase.id);
  for (let i = 0; i < said.length; i += AT_ONCE) await here.commit(said.slice(i, i + AT_ONCE));
  await removeAllFiles(here, kase.id);
  return erased;
}

async function closed(here: Here, kase: Case, by: string): Promise<Case> {
  if (kase.waits !== "nobody") throw new Fault("forbidden_transition", "Only a case that has come to rest is erased.");
  const store = procedureStore(here);
  const at = here.clock.now().toISOString();
  const { contact: _, personId: _person, changed: _changed, proposal: _proposal, ...rest } = kase;
  const after: Case = { ...rest, answers: {}, erasedAt: at, revision: kase.revision + 1 };
  const did: Did = { at, what: "erased", by };
  // Modules that heard of the case may have kept its number.
  const { write } = await here.ask(EraseInModules, { ids: [kase.id] });
  const task = planned(Erase, kase.id, here.clock.now(), {});
  await store.commit([...store.caseWrites(kase, after, did), ...store.unlisting(kase), write, task]);
  return after;
}

/** What was begun and left for its time goes whole; first the case, as it may be handed in at this moment. */
export async function discard(here: Here, id: string): Promise<void> {
  const store = procedureStore(here);
  const kase = await store.find(id);
  if (kase?.state !== undefined) return;
  if (kase) await store.commit(store.discarding(kase));
  await removeAllFiles(here, id);
}

/** Takes the files of these answers away. */
export async function removeFiles(here: Here, caseId: string, answers: Case["answers"]): Promise<void> {
  for (const answer of Object.values(answers))
    if (isFile(answer)) await here.blobs.delete(fileKey(caseId, answer.file));
}

/** All that lies there, also what could not be taken away before. */
async function removeAllFiles(here: Here, caseId: string): Promise<void> {
  for await (const file of here.blobs.list(fileKey(caseId, ""))) await here.blobs.delete(file);
}
