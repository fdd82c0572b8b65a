import { z } from "@hono/zod-openapi";
import { type Ask, asksOf, touchesPeople } from "../contract/asks.ts";
import type { HookPart } from "../contract/hooks.ts";
import { Words } from "../contract/words.ts";
import type { RunInput } from "./running.ts";

/** How often and how much of residents' data a part was given on one day, and for what. */
export const Given = z.object({
  /** What was asked for, within the module: `watch/nights`. */
  id: z.string(),
  version: z.string(),
  scope: z.string(),
  class: z.enum(["household", "identity", "money"]),
  purpose: Words(1_000),
  grain: z.string().optional(),
  days: z.int().optional(),
  times: z.int(),
  rows: z.int(),
});
export type Given = z.infer<typeof Given>;

/** What one run was given of residents' data: the event itself, and the rows of each read. */
export function givenTo(
  part: HookPart,
  version: string,
  declined: readonly string[],
  reads: RunInput["reads"],
): readonly Given[] {
  const isGiven = ({ id, does, isOptional, class: of }: Ask) =>
    does !== "effect" && touchesPeople(of) && !(isOptional && declined.includes(id));
  return asksOf([part])
    .filter(isGiven)
    .map(({ id, does, scope, class: of, purpose, grain, days }) =>
      Given.parse({
        ...{ id, version, scope, class: of, purpose, grain, days, times: 1 },
        rows: does === "hear" ? 1 : (reads[id.slice(id.indexOf("/") + 1)]?.length ?? 0),
      }),
    );
}

/** A day with one run's more. Another version may have another purpose, so each is counted by itself. */
export function givenAfter(before: readonly Given[], more: readonly Given[]): Given[] {
  const isSame = (one: Given, other: Given) => one.id === other.id && one.version === other.version;
  const grown = before.map((one) => {
    const found = more.find((other) => isSame(one, other));
    return found ? { ...one, times: one.times + found.times, rows: one.rows + found.rows } : one;
  });
  return [...grown, ...more.filter((one) => !before.some((other) => isSame(one, other)))];
}
