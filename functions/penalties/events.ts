import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { offer } from "../../shared/room.ts";
import { Titles } from "../billing/events.ts";

/** Who decided what being late costs, or what of it is given up. */
export const RuleDecided = defineEvent(
  "penalties.rule_decided.v1",
  z.object({ ruleId: Id("pru"), to: z.enum(["approved", "refused"]), by: z.string() }),
);
export const AmnestyDecided = defineEvent(
  "penalties.amnesty_decided.v1",
  z.object({ amnestyId: Id("amn"), to: z.enum(["approved", "refused"]), by: z.string() }),
);
/** A bill is disputed, or no longer: while it is, no penalty falls on it. */
export const HoldSet = defineEvent(
  "penalties.hold_set.v1",
  z.object({ billId: Id("bill"), isHeld: z.boolean(), by: z.string() }),
);

/** By when a bill is to be paid, what being late costs, and what is offered to whoever is late already. */
export const PenaltyTerms = offer(
  "penalties.terms",
  z.object({
    billId: Id("bill"),
    kind: z.string(),
    currency: Currency,
    issuedAt: z.iso.datetime(),
    /** What is open of the bill itself, and of its penalties. */
    principalMinor: z.int().min(0),
    penaltyMinor: z.int().min(0),
  }),
  z.object({
    dueOn: z.iso.date().optional(),
    /** The last day without a penalty, where there is one. */
    graceUntilOn: z.iso.date().optional(),
    isHeld: z.boolean(),
    amnesty: z
      .object({
        amnestyId: Id("amn"),
        titles: Titles,
        fromOn: z.iso.date(),
        toOn: z.iso.date(),
        allowsInstalments: z.boolean(),
        /** Whoever pays this much in time, */
        payMinor: z.int(),
        /** gets this much taken back. */
        remitMinor: z.int(),
      })
      .optional(),
  }),
);

/** What is open of a bill in all, and what of the bill itself was open at the end of a day: paid by the day on which the money came. */
export { openMinorOf, principalOpenOn } from "./domain.ts";
