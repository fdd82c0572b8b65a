import type { z } from "zod";
import type { Here } from "../../shared/here.ts";
import { dayOf, dayPlus } from "../../shared/time.ts";
import { dueOnOf, isOffered, remittedOf, ruleFor } from "./domain.ts";
import type { PenaltyTerms } from "./events.ts";
import { penaltyStore } from "./store.ts";

/** What a bill says of being late: by when it is to be paid, and what is offered to whoever is late already. */
export async function termsOf(
  here: Here,
  { billId, kind, currency, issuedAt, principalMinor, penaltyMinor }: z.infer<typeof PenaltyTerms.args>,
): Promise<z.infer<typeof PenaltyTerms.answer>> {
  const store = penaltyStore(here);
  const [{ rules, amnesties }, { hold }] = await Promise.all([store.book(), store.hold(billId)]);
  const { timeZone } = here.city;
  const today = dayOf(here.clock.now(), timeZone);
  const one = { kind, currency, issuedOn: dayOf(new Date(issuedAt), timeZone) };
  const rule = ruleFor(rules, one);
  const dueOn = rule && dueOnOf(rule, one.issuedOn);
  const amnesty = penaltyMinor > 0 ? amnesties.find((each) => today <= each.toOn && isOffered(each, one)) : undefined;
  return {
    ...(dueOn ? { dueOn } : {}),
    ...(dueOn && rule.charge ? { graceUntilOn: dayPlus(dueOn, rule.graceDays) } : {}),
    isHeld: hold.periods.some(({ toOn }) => toOn === undefined),
    ...(amnesty
      ? {
          amnesty: {
            amnestyId: amnesty.id,
            titles: amnesty.titles,
            fromOn: amnesty.fromOn,
            toOn: amnesty.toOn,
            allowsInstalments: amnesty.allowsInstalments,
            payMinor: principalMinor,
            remitMinor: remittedOf(amnesty, penaltyMinor),
          },
        }
      : {}),
  };
}
