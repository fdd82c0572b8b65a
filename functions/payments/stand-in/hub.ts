import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";
import type { Hub, RailName, Weather } from "../rail.ts";
import { standIn as daraja } from "../rails/daraja/stand-in.ts";
import { standIn as gsma } from "../rails/gsma/stand-in.ts";
import { standIn as momo } from "../rails/momo/stand-in.ts";
import { standIn as orange } from "../rails/orange/stand-in.ts";
import { standIn as pawapay } from "../rails/pawapay/stand-in.ts";
import { standIn as stripe } from "../rails/stripe/stand-in.ts";

/**
 * One local server for the stand-ins of all providers, for synthetic cities and tests: Stripe's at its root, every
 * other below `/<rail>`. They keep state in memory. `POST /_weather` changes how they behave; no real money is here.
 */
export interface StandIns {
  url: string;
  weather: Weather;
  /** Callbacks on their way, those that wait to be sent again included. */
  underway(): number;
  stop(): Promise<void>;
}

export interface HubOptions {
  port?: number;
  now?: () => Date;
  /** Of the chance in the weather: the same seed loses the same callbacks. */
  seed?: number;
  /** More stand-ins, for a test of its own. */
  more?: Partial<Record<string, (hub: Hub) => Hono>>;
}

/** One line for each rail that has a stand-in. */
const STAND_INS: Partial<Record<RailName, (hub: Hub) => Hono>> = {
  daraja,
  momo,
  gsma,
  orange,
  pawapay,
};

const Change = z.strictObject({
  isAway: z.boolean().optional(),
  drop: z.number().min(0).max(1).optional(),
  duplicate: z.number().min(0).max(1).optional(),
  lost: z.number().min(0).max(1).optional(),
  shuffle: z.boolean().optional(),
});

/** What arrives within this is put out of order together. */
const SHUFFLED_MS = 25;

export async function startStandIns({
  port = 0,
  now = () => new Date(),
  seed = 1,
  more = {},
}: HubOptions = {}): Promise<StandIns> {
  const weather: Weather = { isAway: false, drop: 0, duplicate: 0, lost: 0, shuffle: false };
  const chance = random(seed);
  const timers = new Set<NodeJS.Timeout>();
  let sending = 0;
  let held: (() => void)[] = [];

  function later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  }
  function queued(run: () => void): void {
    if (!weather.shuffle) return later(0, run);
    held.push(run);
    if (held.length > 1) return;
    later(SHUFFLED_MS, () => {
      const all = held.reverse();
      held = [];
      for (const each of all) each();
    });
  }

  const hub: Hub = {
    now,
    callBack(request, waitsMs = []) {
      const again = () => {
        const [wait, ...rest] = waitsMs;
        if (wait !== undefined) later(wait, () => hub.callBack(request, rest));
      };
      const isLost = chance() < weather.drop;
      const times = chance() < weather.duplicate ? 2 : 1;
      if (weather.isAway) return again();
      // Lost on its way, as if it had been heard: nobody sends it again.
      if (isLost) return;
      for (let i = 0; i < times; i++)
        queued(async () => {
          sending += 1;
          const isHeard = await sent(request);
          sending -= 1;
          if (!isHeard && i === 0) again();
        });
    },
  };

  const app = new Hono();
  app.post("/_weather", async (c) => {
    const change = Change.safeParse(await c.req.json().catch(() => undefined));
    if (!change.success) return c.json({ error: change.error.issues[0]?.message }, 400);
    Object.assign(weather, change.data);
    return c.json(weather);
  });
  app.get("/_weather", (c) => c.json(weather));
  app.use("*", async (c, next) => {
    if (weather.isAway) return c.text("", 503);
    await next();
    // What a payer sees, and what a test asks, is not on the way between the provider and the house.
    const isBetween = !/^\/(c|stand-in)\/|\/_/.test(c.req.path);
    if (weather.lost > 0 && isBetween && chance() < weather.lost) c.res = new Response("", { status: 504 });
    return undefined;
  });
  for (const [rail, standIn] of Object.entries({ ...STAND_INS, ...more }))
    if (standIn) app.route(`/${rail}`, standIn(hub));
  app.route("/", stripe(hub));

  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const opened = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => resolve(opened));
    opened.once("error", reject);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    weather,
    underway: () => timers.size + sending + held.length,
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await new Promise((resolve) => {
        server.close(resolve);
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
    },
  };
}

async function sent({ url, method, headers, body }: Parameters<Hub["callBack"]>[0]): Promise<boolean> {
  try {
    const answer = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(20_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** mulberry32: chance that comes back with its seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
