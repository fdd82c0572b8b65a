import { absent, Fault, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed, type Item } from "../../../shared/table.ts";
import type { Lang } from "../../../shared/texts.ts";
import { inADay } from "../sending.ts";
import { findBySlug } from "../store.ts";
import { KeptRequest, type NewDataRequest, type RequestAnswer } from "./schema.ts";
import { requestTexts } from "./texts.ts";

// question                            key
// one request                         pk     DATAREQ#<id>              sk     DATAREQ
// those that nobody has looked at     gsi1pk DATAREQS#NEW              gsi1sk <id>
// those that everybody sees           gsi1pk DATAREQS#SHOWN            gsi1sk <id>
// has this sender voted for it        pk     DATAVOTE#<id>#<sender>    sk     DATAVOTE   (a day)

const key = (id: string) => ({ pk: `DATAREQ#${id}`, sk: "DATAREQ" });
const itemOf = (request: KeptRequest): Item => ({
  ...key(request.id),
  gsi1pk: request.state === "new" ? "DATAREQS#NEW" : "DATAREQS#SHOWN",
  gsi1sk: request.id,
  votes: request.votes,
  request,
});
const requestOf = (item: Item): KeptRequest =>
  KeptRequest.parse({ ...(item["request"] as object), votes: item["votes"] });

export async function sendRequest(here: Here, given: NewDataRequest, lang: Lang): Promise<KeptRequest> {
  const now = here.clock.now();
  const request: KeptRequest = {
    ...given,
    id: newId("dreq", now),
    state: "new",
    votes: 0,
    createdAt: now.toISOString(),
    lang,
  };
  await here.table.put(itemOf(request));
  return request;
}

export async function findRequest(here: Here, id: string): Promise<KeptRequest | undefined> {
  const item = await here.table.get(key(id));
  return item && requestOf(item);
}

/** The latest first. */
export async function requests(
  here: Here,
  kind: "NEW" | "SHOWN",
  at: { limit: number; cursor?: string | undefined },
): Promise<{ requests: KeptRequest[]; next?: string }> {
  const { items, cursor } = await here.table.query({ pk: `DATAREQS#${kind}`, index: "gsi1", reverse: true, ...at });
  return { requests: items.map(requestOf), ...(cursor ? { next: cursor } : {}) };
}

const TRIES = 6;

/**
 * Counts a vote. That this sender has voted is kept for a day, as a sign that tells nobody who it was; after that they
 * may vote again, which is the price of following nobody.
 *
 * @throws {Fault} absent: it is not shown; conflict: voted today already
 */
export async function vote(here: Here, id: string, sender: string): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const request = await findRequest(here, id);
    if (!request || request.state === "new") throw absent();
    try {
      await here.table.transact([
        { put: { pk: `DATAVOTE#${id}#${sender}`, sk: "DATAVOTE", expiresAt: inADay(here) }, if: "absent" },
        { update: key(id), set: { votes: request.votes + 1 }, if: { votes: request.votes } },
      ]);
      return request.votes + 1;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.index === 0) throw new Fault("conflict", "You have voted for this today.");
    }
  }
  throw new Fault("unavailable", "Many vote at once: try again.", { retryAfterS: 1 });
}

/**
 * Shows a request to everybody with what the city says to it, and writes to whoever asked; their address is forgotten.
 * @throws {Fault} absent; invalid: it is declined without a reason, or became a dataset that is not there
 */
export async function answerRequest(here: Here, id: string, given: RequestAnswer): Promise<KeptRequest> {
  const item = await here.table.get(key(id));
  if (!item) throw absent();
  const { email, ...before } = requestOf(item);
  if (given.state === "declined" && given.answer === "") throw invalid("#/answer", "Say why it is declined.");
  if (given.state === "published" && given.dataset === undefined)
    throw invalid("#/dataset", "Say which dataset it became.");
  if (given.dataset !== undefined && !(await findBySlug(here, given.dataset)))
    throw invalid("#/dataset", "There is no such dataset.");
  const { answer: _, dataset: __, ...rest } = before;
  const request: KeptRequest = {
    ...rest,
    state: given.state,
    ...(given.answer ? { answer: given.answer } : {}),
    ...(given.dataset === undefined ? {} : { dataset: given.dataset }),
    // Whoever asked is told once it is decided.
    ...(email && given.state === "open" ? { email } : {}),
  };
  await here.commit([{ put: itemOf(request), if: { votes: before.votes, request: item["request"] } }]);
  if (email && given.state !== "open") {
    const t = requestTexts.in(request.lang);
    const text = [
      t("mail", { title: request.title, state: t(`state.${request.state}`), city: here.city.name }),
      ...(request.answer ? [request.answer] : []),
      ...(request.dataset ? [`${here.settings.HANSA_ORIGIN ?? ""}${here.url(`/data/${request.dataset}`)}`] : []),
    ];
    await here.messages.send({ to: email, subject: request.title, text: text.join("\n\n"), lang: request.lang });
  }
  return request;
}

/** What is no request goes, and nobody sees it. @throws {Fault} absent: it is not there, or shown already */
export async function dropRequest(here: Here, id: string): Promise<void> {
  const item = await here.table.get(key(id));
  if (!item || requestOf(item).state !== "new") throw absent();
  try {
    await here.table.transact([{ delete: key(id), if: { request: item["request"] } }]);
  } catch (error) {
    // Somebody has answered it at this moment, and whoever asked was told.
    throw error instanceof ConditionFailed ? absent() : error;
  }
}

/** For export. */
export async function* requestItems(here: Here): AsyncIterable<Item> {
  for (const kind of ["NEW", "SHOWN"]) yield* here.table.all({ pk: `DATAREQS#${kind}`, index: "gsi1" });
}
