import { Fault } from "../../../shared/errors.ts";
import type { DraftColumn, Found } from "../drafts/schema.ts";

/**
 * What stands between a draft and the public where people are concerned.
 * @throws {Fault} invalid: a column has no tag, names people, or was read by a rule that is laxer than today's
 */
export function demandProtected({ columns, protection }: Found, k: number): void {
  const errors = columns.flatMap((column, i) => {
    const detail = wrongTag(column);
    return detail === undefined ? [] : [{ pointer: `#/columns/${i}/personal`, detail }];
  });
  if (protection && protection.k < k)
    errors.push({ pointer: "#", detail: `The city's smallest group is ${k} now: look at the draft again.` });
  if (errors.length > 0) throw new Fault("invalid", errors[0]!.detail, { errors });
}

function wrongTag({ name, type, personal, isProposed }: DraftColumn): string | undefined {
  if (personal === undefined || isProposed)
    return `The column ${name} is not tagged: say whether it is about people, or confirm what is proposed.`;
  if (personal === "direct_identifier")
    return `The column ${name} names people or says where to reach them: leave it out, or tag it rightly.`;
  if (personal === "count_of_people" && type !== "integer" && type !== "number")
    return `The column ${name} is tagged as a count of people, and holds ${type}.`;
  return undefined;
}
