import type { z } from "zod";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { fourEyes } from "./domain.ts";

// question                        key
// one proposal                    pk     ASSESS_<KIND>#<id>     sk     <KIND>
// all of a kind that belong       gsi1pk ASSESS_<KIND>S#<of>    gsi1sk <id>
//   together, the latest last
/** What one person proposes and another approves, and what never changes afterwards: rules, prices of fees. */
interface Proposal {
  id: string;
  state: "proposed" | "approved" | "refused";
  proposedBy: string;
  decidedBy?: string | undefined;
  decidedAt?: string | undefined;
}

const decidedAlready = () => new Fault("conflict", "This was decided meanwhile: look again.");

export function proposals<T extends Proposal>(
  kind: "RULE" | "FEE",
  schema: z.ZodType<T>,
  belongsTo: (one: T) => string,
) {
  const key = (id: string) => ({ pk: `ASSESS_${kind}#${id}`, sk: kind });
  const item = (one: T): Item => ({
    ...key(one.id),
    gsi1pk: `ASSESS_${kind}S#${belongsTo(one)}`,
    gsi1sk: one.id,
    state: one.state,
    proposal: one,
  });
  async function get({ table }: Pick<Here, "table">, id: string): Promise<T> {
    const found = await table.get(key(id));
    if (!found) throw absent();
    return schema.parse(found["proposal"]);
  }
  return {
    /** @throws {Fault} absent */
    get,
    async propose(here: Here, one: T, also: readonly Write[] = []): Promise<T> {
      await here.commit([{ put: item(one), if: "absent" }, ...also]);
      return one;
    },
    /** @throws {Fault} absent; forbidden: the same person; conflict: decided already */
    async decide(here: Here, id: string, state: "approved" | "refused", by: string): Promise<T> {
      const before = await get(here, id);
      if (before.state !== "proposed") throw new Fault("conflict", `This is ${before.state}.`);
      if (state === "approved") fourEyes(before.proposedBy, by);
      const after: T = { ...before, state, decidedBy: by, decidedAt: here.clock.now().toISOString() };
      try {
        await here.commit([{ put: item(after), if: { state: "proposed" } }]);
      } catch (error) {
        if (error instanceof ConditionFailed) throw decidedAlready();
        throw error;
      }
      return after;
    },
    async list({ table }: Pick<Here, "table">, of: string): Promise<T[]> {
      const found: T[] = [];
      for await (const one of table.all({ pk: `ASSESS_${kind}S#${of}`, index: "gsi1", reverse: true }))
        found.push(schema.parse(one["proposal"]));
      return found;
    },
    items: ({ table }: Pick<Here, "table">, of: string): AsyncIterable<Item> =>
      table.all({ pk: `ASSESS_${kind}S#${of}`, index: "gsi1" }),
  };
}
