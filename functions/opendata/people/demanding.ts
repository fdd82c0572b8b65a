import type { DraftColumn, Found } from "../drafts/schema.ts";
import { type Note, Noted, note } from "../formats/note.ts";

/**
 * What stands between a draft and the public where people are concerned.
 * @throws {Noted} invalid: a column has no tag, names people, or was read by a rule that is laxer than today's
 */
export function demandProtected({ columns, protection }: Found, k: number): void {
  const wrong = columns.flatMap((column, i) => {
    const says = wrongTag(column);
    return says === undefined ? [] : [{ at: `#/columns/${i}/personal`, says }];
  });
  if (protection && protection.k < k) wrong.push({ at: "#", says: note("people.laxer", { k: String(k) }) });
  if (wrong.length > 0) throw new Noted(wrong);
}

function wrongTag({ name: column, type, personal, isProposed }: DraftColumn): Note | undefined {
  if (personal === undefined || isProposed) return note("people.untagged", { column });
  if (personal === "direct_identifier") return note("people.named", { column });
  if (personal === "count_of_people" && type !== "integer" && type !== "number")
    return note("people.count", { column, type });
  return undefined;
}
