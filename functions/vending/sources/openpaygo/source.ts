import { Fault, invalid } from "../../../../shared/errors.ts";
import type { TokenOrder, TokenSource, Tokens } from "../../token-source.ts";
import { countFor, type Device, type Does, type Form, token, valueMax } from "./code.ts";

export interface KnownDevice extends Device {
  /** Whether it takes tokens of twelve digits, for values above 995. */
  takesLong: boolean;
  isTest: boolean;
}

/** @param deviceOf  the device of this number, with its key. @throws {Fault} conflict, when it is not known */
export function openPaygo(deviceOf: (number: string) => Promise<KnownDevice>): TokenSource {
  return {
    async issue({ meter, wants, count }: TokenOrder): Promise<Tokens> {
      if (meter.source !== "openpaygo") throw new Fault("invalid", "This meter takes no OpenPAYGO tokens.");
      const device = await deviceOf(meter.number);
      const { does, value } = meaning(wants);
      const form: Form = value <= valueMax("short") ? "short" : "long";
      const most = valueMax(device.takesLong ? "long" : "short");
      if (value > most) throw invalid("#/wants/tenths", `One order of this device is of at most ${most}.`);
      return { digits: [token(device, countFor(count, does), does, value, form)], isTest: device.isTest };
    },
  };
}

function meaning(wants: TokenOrder["wants"]): { does: Does; value: number } {
  switch (wants.kind) {
    case "credit":
      return { does: "add", value: wants.tenths };
    case "clear_credit":
      return { does: "set", value: 0 };
    case "unlock":
      return { does: "disable", value: 0 };
    case "sync_counter":
      return { does: "sync", value: 0 };
    case "key_change":
    case "clear_tamper":
    case "power_limit":
      throw invalid("#/wants/kind", "There is no such token for OpenPAYGO devices.");
  }
}
