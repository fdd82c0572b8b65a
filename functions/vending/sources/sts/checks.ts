import { invalid } from "../../../../shared/errors.ts";
import type { KeyRef, MeterFacts, Wanted } from "../../token-source.ts";
import { AMOUNT_MAX, amountBits } from "./amount.ts";
import { endOf, minutesSince } from "./identifier.ts";
import { isMeterNumber } from "./number.ts";

export type StsMeter = Extract<MeterFacts, { source: "sts" }>;
/** What a token of the STS can do. */
export type StsWanted = Exclude<Wanted, { kind: "unlock" | "sync_counter" }>;

/** @throws {Fault} invalid, with the part of the order that no token can be made of */
export function checkSts(meter: StsMeter, wants: Wanted, at: Date): StsWanted {
  if (!isMeterNumber(meter.number))
    throw invalid("#/meter/number", "The check digit does not fit this meter's number.");
  switch (wants.kind) {
    case "unlock":
    case "sync_counter":
      throw invalid("#/wants/kind", "There is no such token for STS meters.");
    case "credit":
      if (wants.tenths > AMOUNT_MAX)
        throw invalid("#/wants/tenths", `One order is of at most ${AMOUNT_MAX / 10} kWh or m³.`);
      break;
    case "power_limit":
      if (meter.resource !== "electricity") throw invalid("#/wants/kind", "Only electricity has a power limit.");
      if (amountBits(wants.watts) === undefined)
        throw invalid(
          "#/wants/watts",
          "A meter cannot hold this exactly: up to 16 kW by the watt, above by 10 W or more.",
        );
      break;
    case "key_change":
      checkKeyChange(meter.key, wants.to, at);
      return wants;
  }
  checkBase("#/meter/key/baseYear", meter.key, at);
  return wants;
}

// The halves of a key carry no identifier: they can be made even after the old base date has ended.
function checkKeyChange(from: KeyRef, to: KeyRef, at: Date): void {
  checkBase("#/wants/to/baseYear", to, at);
  const isSameVendingKey = from.supplyGroup === to.supplyGroup && from.keyRevision === to.keyRevision;
  if (isSameVendingKey && from.baseYear !== to.baseYear)
    throw invalid("#/wants/to/keyRevision", "Another base date needs another key revision.");
  if (isSameVendingKey && from.tariffIndex === to.tariffIndex)
    throw invalid("#/wants/to", "The meter has this key already.");
}

function checkBase(pointer: string, { baseYear }: KeyRef, at: Date): void {
  if (minutesSince(baseYear, at) < 0) throw invalid(pointer, `The base date ${baseYear} has not come yet.`);
  if (at >= endOf(baseYear)) {
    const day = endOf(baseYear).toISOString().slice(0, 10);
    throw invalid(pointer, `The token identifiers of ${baseYear} ended on ${day}: the meter needs a key change.`);
  }
}
