import { isDay, isQuantity } from "../formats/gtfs-rules.ts";
import type { Feed } from "../formats/source.ts";
import type { FeedTable } from "../schema.ts";
import type { DraftColumn, Found } from "./schema.ts";

/** What a version remembers of the timetable that its table comes from: its columns, if all is published as it is there. */
export function feedTable({ columns, ...feed }: Feed, found: Found): FeedTable {
  const isWhole =
    found.leftOut.length === 0 &&
    found.mistaken === 0 &&
    found.protection === undefined &&
    found.columns.every((column, i) => isAsItWas(column, columns[i]!));
  return isWhole ? { ...feed, columns } : feed;
}

/** Whether the texts of the feed can be written again from what is kept of them. */
function isAsItWas({ reading: { type, percent } }: DraftColumn, name: string): boolean {
  if (type === "text") return true;
  if (isDay(name)) return type === "date";
  return isQuantity(name) && (type === "integer" || type === "number") && !percent;
}
