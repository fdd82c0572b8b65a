import { accountOffers } from "../../functions/accounts/offers.ts";
import { alarmOffers } from "../../functions/alarms/offers.ts";
import { billingOffers } from "../../functions/billing/offers.ts";
import { meterOffers } from "../../functions/meters/offers.ts";
import { procedureOffers } from "../../functions/procedures/offers.ts";
import { calendarOffers } from "../installs/offers.ts";
import type { OfferedEffect, OfferedEvent, OfferedRead } from "./offers.ts";

// All that modules can ask for. A room is added by its line here.
const ROOMS = [meterOffers, billingOffers, alarmOffers, accountOffers, procedureOffers, calendarOffers];

export const OFFERED_EVENTS: readonly OfferedEvent[] = ROOMS.flatMap(({ events = [] }) => events);
export const OFFERED_READS: readonly OfferedRead[] = ROOMS.flatMap(({ reads = [] }) => reads);
export const OFFERED_EFFECTS: readonly OfferedEffect[] = ROOMS.flatMap(({ effects = [] }) => effects);

export const offeredEvent = (type: string) => OFFERED_EVENTS.find(({ event }) => event.type === type);
export const offeredRead = (scope: string) => OFFERED_READS.find((read) => read.scope === scope);
export const offeredEffect = (scope: string) => OFFERED_EFFECTS.find((effect) => effect.scope === scope);

/** The read that no room offers: what the city has published of one of the module's own tables. */
export const OWN_TABLES = "own.tables:read";
/** The effect that no room offers, because it stays within the module: a row of one of its own tables. */
export const OWN_ROWS = "own.rows:write";
