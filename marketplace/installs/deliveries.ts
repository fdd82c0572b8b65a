import { z } from "@hono/zod-openapi";
import { WAITS_S } from "../../shared/courier.ts";
import { absentIsNone, Fault } from "../../shared/errors.ts";
import { factOf, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { Id, idsOf } from "../../shared/ids.ts";
import { outside } from "../../shared/outside.ts";
import type { Item, Write } from "../../shared/table.ts";
import { does, planned, type Ran } from "../../shared/tasks.ts";
import { type RemotePart, remoteHost } from "../contract/hooks.ts";
import { configOf } from "./domain.ts";
import { Deliver } from "./events.ts";
import { newRemoteToken } from "./remote-token.ts";
import { deliveryKey, expiresAt, runStore } from "./run-store.ts";
import type { Install } from "./schema.ts";
import { suspend } from "./steps.ts";
import { installStore } from "./store.ts";
import { signedHeaders } from "./webhook.ts";

// Telling a vendor's own service of facts: Standard Webhooks, to the one host that was granted, over https, again
// until it has taken them, at most eight times within a day.

// question                                      key
// was a part told of an event; the log          pk DELIVERIES#<install>   sk <event>#<part>      kept 90 days

export const Delivery = z
  .object({
    installId: Id("ins"),
    part: z.string(),
    eventId: z.string(),
    eventType: z.string(),
    /** When it happened. */
    toldAt: z.iso.datetime(),
    host: z.string(),
    state: z.enum(["waiting", "delivered", "parked"]),
    /** When it is tried next. */
    nextAt: z.iso.datetime().optional(),
    tries: z.array(
      z.object({
        at: z.iso.datetime(),
        ms: z.int(),
        /** What came back; none where nothing did. */
        status: z.int().optional(),
        reason: z.string().max(200).optional(),
      }),
    ),
  })
  .meta({ id: "RemoteDelivery" });
export type Delivery = z.infer<typeof Delivery>;

const TRIES_MAX = WAITS_S.length + 1;
/** A vendor that does not answer keeps the city’s own work waiting for no longer. */
const TIMEOUT_MS = 5_000;
const ANSWER_MAX = 64_000;
/** After a host did not answer it is not asked again for so long: what else waits for it takes no time. */
const AWAY_MS = 30_000;
const CHANGING_MS = 10_000;
const REPLAYED_MAX = 1_000;
const AT_ONCE = 50;
/** Ids go up even where a clock is set back: one may be ahead of its time a little. */
const AHEAD_MS = 600_000;

const away = new Map<string, number>();

const itemOf = (here: Here, delivery: Delivery): Item => ({
  ...deliveryKey(delivery.installId, delivery.eventId, delivery.part),
  delivery,
  expiresAt: expiresAt(here.clock.now()),
});
const taskId = ({ installId, eventId, part }: Delivery): string => `${installId}#${eventId}#${part}`;

/** What is written so that a part is told of a fact, for the transaction that counts it. */
export function toBeTold(here: Here, installId: string, part: RemotePart, fact: Told): Write[] {
  const delivery: Delivery = {
    ...{ installId, part: part.id, eventId: fact.id, eventType: fact.type, toldAt: fact.time },
    ...{ host: remoteHost(part), state: "waiting", nextAt: here.clock.now().toISOString(), tries: [] },
  };
  return [{ put: itemOf(here, delivery), if: "absent" }, planned(Deliver, taskId(delivery), here.clock.now(), {})];
}

export function deliveryLog(here: Here) {
  const { table } = here;
  const range = (at: string, byMs = 0) => idsOf("evt", new Date(Date.parse(at) + byMs));
  return {
    async find(installId: string, eventId: string, part: string): Promise<Delivery | undefined> {
      const item = await table.get(deliveryKey(installId, eventId, part));
      return item && Delivery.parse(item["delivery"]);
    },

    /** The latest first. */
    async list(installId: string, page: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: deliveryKey(installId, "", "").pk, reverse: true, ...page });
      return { deliveries: items.map((item) => Delivery.parse(item["delivery"])), ...(cursor ? { next: cursor } : {}) };
    },

    /**
     * Tells again of what happened between two instants, whether it was taken then or not; a receiver knows it by its id.
     *
     * @returns how many, and where to go on where there are more
     */
    async replay(installId: string, from: string, to: string): Promise<{ planned: number; next?: string }> {
      const found: Delivery[] = [];
      const { pk } = deliveryKey(installId, "", "");
      let next: string | undefined;
      for await (const item of table.all({ pk, from: range(from), to: `${range(to, AHEAD_MS)}~` })) {
        const delivery = Delivery.parse(item["delivery"]);
        if (delivery.toldAt < from || delivery.toldAt > to) continue;
        if (found.length === REPLAYED_MAX) {
          next = delivery.toldAt;
          break;
        }
        found.push(delivery);
      }
      const now = here.clock.now();
      for (let i = 0; i < found.length; i += AT_ONCE)
        await here.commit(
          found
            .slice(i, i + AT_ONCE)
            .flatMap((delivery): Write[] => [
              { put: itemOf(here, { ...delivery, state: "waiting", nextAt: now.toISOString(), tries: [] }) },
              planned(Deliver, taskId(delivery), now, {}),
            ]),
        );
      return { planned: found.length, ...(next === undefined ? {} : { next }) };
    },
  };
}

export const delivering = does(Deliver, async (here, id): Promise<Ran<Record<string, never>>> => {
  const [installId = "", eventId = "", partId = ""] = id.split("#");
  const delivery = await deliveryLog(here).find(installId, eventId, partId);
  if (delivery?.state !== "waiting") return {};
  const parked = (reason: string): Ran<Record<string, never>> => ({
    writes: [{ put: itemOf(here, tried(here, delivery, { ms: 0, reason }, "parked")) }],
  });
  const install = await installStore(here).get(installId).catch(absentIsNone);
  if (!install) return {};
  if (install.state === "changing")
    return { again: { at: new Date(here.clock.now().getTime() + CHANGING_MS), data: {} } };
  if (install.state !== "active" && install.state !== "shadow") return parked("It is not in service.");
  if (install.settings.until !== undefined && install.settings.until < runStore(here).today()) {
    await suspend(here, install, "ended");
    return parked("What was granted has ended.");
  }
  const { module } = await installStore(here).opened(install);
  const part = module.parts.find((one): one is RemotePart => one.kind === "remote" && one.id === partId);
  if (!part || !install.settings.parts.includes(partId)) return parked("It has no such part any more.");
  const event = await here.table.get({ pk: `EVENT#${eventId}`, sk: "EVENT" });
  if (!event) return parked("There is no such event any more.");
  return outcome(here, delivery, await sent(here, install, part, factOf(event)));
});

interface Answer {
  ms: number;
  status?: number;
  reason?: string;
  /** When the vendor wants to be asked again, in seconds. */
  afterS?: number;
}

/** Tells it once. */
async function sent(here: Here, install: Install, part: RemotePart, fact: Told): Promise<Answer> {
  const host = remoteHost(part);
  const name = `${here.city.slug} ${host}`;
  const now = here.clock.now();
  if ((away.get(name) ?? 0) > now.getTime()) return { ms: 0, reason: "It did not answer a moment ago." };
  const standIn = here.city.isSynthetic ? here.settings.HANSA_REMOTE_STAND_IN : undefined;
  const url = standIn === undefined ? new URL(part.address) : new URL(new URL(part.address).pathname, standIn);
  const id = `${fact.id}_${part.id}`;
  const origin = here.settings.HANSA_ORIGIN ?? "";
  const body = JSON.stringify({
    ...{ type: fact.type, timestamp: fact.time, data: fact.data },
    hansa: {
      ...{ city: here.city.slug, install: install.id, part: part.id, config: configOf(part, install.settings) },
      /** In shadow nothing that is asked for is done. */
      isShadow: install.state === "shadow",
      calls: {
        ...(await newRemoteToken(here, install, part, fact.id)),
        reads: `${origin}${here.url("/v1/remote/reads")}`,
        effects: `${origin}${here.url("/v1/remote/effects")}`,
      },
    },
  });
  const startedMs = performance.now();
  const ms = () => Math.round(performance.now() - startedMs);
  try {
    const ask = outside({ mayBeHere: standIn !== undefined, timeoutMs: TIMEOUT_MS, bytesMax: ANSWER_MAX });
    const headers = await signedHeaders(here, install.id, id, body);
    const answer = await ask(url, { method: "POST", headers, body });
    const afterS = Number(answer.headers.get("retry-after") ?? 0);
    return { ms: ms(), status: answer.status, ...(afterS > 0 ? { afterS } : {}) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    away.set(name, now.getTime() + AWAY_MS);
    return { ms: ms(), reason: error.message.slice(0, 200) };
  }
}

/** Taken, tried again later, or given up. */
function outcome(here: Here, delivery: Delivery, answer: Answer): Ran<Record<string, never>> {
  const { afterS = 0, ...one } = answer;
  const { status = 0 } = answer;
  if (status >= 200 && status < 300)
    return { writes: [{ put: itemOf(here, tried(here, delivery, one, "delivered")) }] };
  // 410: it wants no more of it.
  if (status === 410 || delivery.tries.length + 1 >= TRIES_MAX)
    return { writes: [{ put: itemOf(here, tried(here, delivery, one, "parked")) }] };
  const waitS = Math.max(WAITS_S[delivery.tries.length]!, Math.min(afterS, WAITS_S.at(-1)!));
  const at = new Date(here.clock.now().getTime() + waitS * 1000);
  const next = { ...tried(here, delivery, one, "waiting"), nextAt: at.toISOString() };
  return { writes: [{ put: itemOf(here, next) }], again: { at, data: {} } };
}

function tried(
  here: Here,
  { nextAt: _, ...delivery }: Delivery,
  one: Omit<Answer, "afterS">,
  state: Delivery["state"],
): Delivery {
  return { ...delivery, state, tries: [...delivery.tries, { at: here.clock.now().toISOString(), ...one }] };
}
