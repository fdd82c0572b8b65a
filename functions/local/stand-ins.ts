import { standIn as thingsStack } from "../meters/sources/tts-stand-in.ts";
import { standIn as elsewhere } from "../opendata/harvest/stand-in.ts";
import { type HubOptions, type StandIns, startStandIns } from "../payments/stand-in/hub.ts";
import { standIn as vendingServer } from "../vending/sources/xmlvend/stand-in.ts";

/** The stand-ins of every room on one local server: those of payments, a vending server below `/sts`, a LoRaWAN network below `/tts`, what modules fetch below `/elsewhere`. */
export const startAllStandIns = (options: HubOptions = {}): Promise<StandIns> =>
  startStandIns({ ...options, more: { sts: vendingServer, tts: thingsStack, elsewhere, ...options.more } });
