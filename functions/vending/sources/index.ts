import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { outside } from "../../../shared/outside.ts";
import type { SourceName, TokenSource } from "../token-source.ts";
import { openPaygo } from "./openpaygo/source.ts";
import { deviceOf, standInPassword, stsServerOf } from "./settings.ts";
import { msgIdOf } from "./xmlvend/asked.ts";
import { type VendingServer, vendingServer } from "./xmlvend/client.ts";

/** What the sources keep for themselves, and why it stays behind when a city moves: for the room's `leaves`. */
export const sourceLeaves: Record<string, string> = {
  VENDING_SOURCES: "the vending server's account and the devices' keys are sealed for this house: enter them again",
  "VENDING_ASKED#": "which request waits for a vending server's answer; the tokens themselves are the room's",
  "VENDING_MSG#": "which ids of requests are taken in one second, of those",
};

/** A vending server may have to ask its security module first. */
const TIMEOUT_MS = 20_000;

/**
 * The city's source of this name. What it answers is kept by whoever asks.
 * @throws {Fault} unavailable, when the city has no such source
 */
export async function sourceFor(here: Here, name: SourceName): Promise<TokenSource> {
  if (name === "sts") return vendingServerOf(here);
  return openPaygo(async (number) => {
    const device = await deviceOf(here, number);
    if (!device) throw new Fault("conflict", "The key of this device has not been entered yet.");
    return device;
  });
}

/** The city's vending server, which can also be asked under which key it has a meter. @throws {Fault} unavailable */
export async function vendingServerOf(here: Here): Promise<VendingServer> {
  const common = {
    now: () => here.clock.now(),
    msgIdOf: msgIdOf.bind(undefined, here.table),
  };
  if (here.city.isSynthetic) {
    const at = here.settings.HANSA_STAND_INS;
    if (at === undefined) throw new Fault("unavailable", "There is no stand-in of a vending server here.");
    const password = await standInPassword(here);
    const client = { clientId: here.city.slug, terminalId: "counter", operator: "hansa", password };
    const http = outside({ mayBeHere: true, timeoutMs: TIMEOUT_MS });
    return vendingServer({ ...common, url: `${at}/sts`, client, isStandIn: true, http });
  }
  const server = await stsServerOf(here);
  if (!server) throw new Fault("unavailable", "This city has no vending server yet.");
  const { url, certificate, privateKey, ...client } = server;
  const identity = certificate && privateKey ? { certificate, privateKey } : undefined;
  const http = outside({ timeoutMs: TIMEOUT_MS, identity });
  return vendingServer({ ...common, url, client, isStandIn: false, http });
}
