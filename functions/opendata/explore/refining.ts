import { Fault } from "../../../shared/errors.ts";
import type { Filter } from "../query/filter.ts";

export interface Refinement {
  column: string;
  value: string;
  isOut: boolean;
}

/** `refine=column:value` and `exclude=column:value`, as often as wanted. @throws {Fault} malformed */
export function refinementsIn(asks: URLSearchParams): Refinement[] {
  return (["refine", "exclude"] as const).flatMap((name) =>
    asks.getAll(name).map((given) => {
      const cut = given.indexOf(":");
      if (cut < 1) throw new Fault("malformed", `${name} is column:value.`);
      return {
        column: given.slice(0, cut),
        value: given.slice(cut + 1).replace(/^"(.*)"$/, "$1"),
        isOut: name === "exclude",
      };
    }),
  );
}

/** A condition and what it is refined by, as one; undefined is no condition. */
export function refined(where: Filter | undefined, refinements: readonly Refinement[]): Filter | undefined {
  const more = refinements.map(({ column, value, isOut }): Filter => {
    const equal: Filter = { op: "compare", column, by: "=", value };
    // A row that says nothing there is not what is excluded.
    return isOut
      ? {
          op: "or",
          of: [
            { op: "empty", column },
            { op: "not", of: equal },
          ],
        }
      : equal;
  });
  const every = [...(where ? [where] : []), ...more];
  return every.length === 0 ? undefined : { op: "and", of: every };
}
