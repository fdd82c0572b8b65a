import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { serve as listen } from "@hono/node-server";
import { everyCity } from "../shared/cities.ts";
import { compose, type House } from "../shared/compose.ts";
import { type Engine, keepEngine } from "../shared/local/engine.ts";
import { makeTables } from "../shared/local/tables.ts";
import type { CityRoom } from "../shared/room.ts";
import { serve } from "../shared/serve.ts";
import { readSettings } from "../shared/settings.ts";
import { startAllStandIns } from "./local/stand-ins.ts";
import { cityRooms, houseRooms } from "./rooms.ts";

/** A house that runs in this process. */
export interface LocalHouse {
  url: string;
  house: House;
  /** The table engine's process, for the test that kills it. */
  enginePid(): number | undefined;
  stop(): Promise<void>;
}

/**
 * Starts the embedded house: table engine, tables, every room on one port.
 *
 * @param env   PORT (0 takes a free one) and the settings of `shared/settings.ts`
 * @param seams a test's own clock and rooms
 * @throws {Error} one sentence, when a setting is wrong or there is no engine for this machine
 */
export async function startHouse(
  env: NodeJS.ProcessEnv,
  { now, rooms = cityRooms }: { now?: () => Date; rooms?: readonly CityRoom[] } = {},
): Promise<LocalHouse> {
  const settings = readSettings(env);
  mkdirSync(settings.HANSA_DATA, { recursive: true, mode: 0o700 });
  let engine: Engine | undefined;
  if (!env["AWS_ENDPOINT_URL_DYNAMODB"]) {
    engine = await keepEngine(join(settings.HANSA_DATA, "table.db"));
    // The SDK reads where and who from the environment; the engine wants some name, and checks none.
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
      AWS_REGION: "embedded",
      AWS_ACCESS_KEY_ID: "embedded",
      AWS_SECRET_ACCESS_KEY: "embedded",
    });
  }
  const { HANSA_CITY_TABLE, HANSA_CONTROL_TABLE, HANSA_MARKET_TABLE } = settings;
  await makeTables(new DynamoDBClient({}), [HANSA_CITY_TABLE, HANSA_CONTROL_TABLE, HANSA_MARKET_TABLE]);
  // Synthetic cities are paid through stand-ins of providers, which this house brings along.
  const standIn = env["HANSA_STAND_INS"] ? undefined : await startAllStandIns();
  const house = await compose({ ...env, ...(standIn ? { HANSA_STAND_INS: standIn.url } : {}) }, rooms, now);
  const { app } = serve(house, rooms, houseRooms);
  // Whoever asks first waits until the table of all routes is made, and for what is compiled for the first time: so that
  // nobody does, the house is its own first visitor.
  await (await app.request("/", { headers: { "Accept-Encoding": "gzip" } })).arrayBuffer();
  const server = await new Promise<ReturnType<typeof listen>>((resolve, reject) => {
    const opened = listen({ fetch: app.fetch, port: Number(env["PORT"] ?? 3000) }, () => resolve(opened));
    opened.once("error", reject);
  });
  const { port } = server.address() as { port: number };
  // What a crash left untold is told now.
  for await (const { slug } of everyCity(house.control)) void house.deliver(slug);
  void house.marketChanged();
  void readAhead(house);
  return {
    house,
    url: `http://localhost:${port}`,
    enginePid: () => engine?.pid(),
    async stop() {
      await new Promise((resolve) => {
        server.close(resolve);
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
      await standIn?.stop();
      await engine?.stop();
    },
  };
}

async function readAhead(house: House): Promise<void> {
  try {
    for await (const { slug } of everyCity(house.control)) {
      const here = await house.hereOf(slug);
      if (here) for (const room of house.rooms) await room.readsAhead?.(here);
    }
  } catch (error) {
    // Whoever asks for it reads it then; a house that is stopped meanwhile reads no further.
    house.log.warn("not all was read ahead", { error: error as Error });
  }
}
