import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { absent, Fault } from "../../shared/errors.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { canonical, Digest } from "../contract/canonical.ts";
import type { Envelope } from "../contract/dsse.ts";
import { Answer, Need } from "../contract/need.ts";
import { Why } from "./why.ts";

// question                              key (in the market's own table)
// one need; all needs                   pk NEEDS            sk <city>/<need>
// who answered a need, and how it went  pk ANSWERS#<need>   sk <publisher>/<module>
const needKey = (name: string) => ({ pk: "NEEDS", sk: name });
const answerKey = ({ need, module }: Answer) => ({ pk: `ANSWERS#${need}`, sk: module });

export const Answered = z
  .object({
    answer: Answer,
    /** Of the package that was tried. */
    package: Digest,
    receivedAt: z.iso.datetime(),
    isLate: z.boolean(),
    cases: z.array(z.object({ case: z.string(), passes: z.boolean(), ...Why.partial().shape })),
    beyond: z.array(z.string()),
    passes: z.boolean(),
    digest: Digest,
  })
  .meta({ id: "AnsweredNeed" });
export type Answered = z.infer<typeof Answered>;

const isEqual = (a: unknown, b: unknown) => Buffer.from(canonical(a)).equals(canonical(b));

export function needStore({ market }: Pick<House, "market">) {
  const find = async (name: string): Promise<Need | undefined> => {
    const item = await market.get(needKey(name));
    return item && Need.parse(item["need"]);
  };
  return {
    find,

    /** @throws {Fault} absent */
    async get(name: string): Promise<Need> {
      const need = await find(name);
      if (!need) throw absent();
      return need;
    },

    async list(): Promise<Need[]> {
      const found: Need[] = [];
      for await (const item of market.all({ pk: "NEEDS" })) found.push(Need.parse(item["need"]));
      return found.sort((a, b) => (a.deadline < b.deadline ? -1 : 1));
    },

    /**
     * Keeps a need, or that it was closed or withdrawn. What it asks never changes: answers were made for it.
     *
     * @throws {Fault} conflict: other contents; forbidden_transition: it is over
     */
    async keep(need: Need, envelope: Envelope): Promise<{ created: boolean; need: Need }> {
      const before = await find(need.name);
      if (before) {
        const { state: _, signedAt: __, ...said } = before;
        const { state, signedAt, ...says } = need;
        if (!isEqual(said, says))
          throw new Fault("conflict", `${need.name} is posted with other contents. Name another.`);
        if (state === before.state || signedAt <= before.signedAt) return { created: false, need: before };
        if (before.state !== "open") throw new Fault("forbidden_transition", `This need is ${before.state}.`);
      } else if (need.state !== "open") throw new Fault("forbidden_transition", "A need begins as open.");
      try {
        await market.transact([
          { put: { ...needKey(need.name), need, envelope }, if: before ? { need: before } : "absent" },
        ]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        throw new Fault("conflict", "This need was posted or changed at this very moment.");
      }
      return { created: !before, need };
    },

    async answers(need: string): Promise<Answered[]> {
      const found: Answered[] = [];
      for await (const item of market.all({ pk: `ANSWERS#${need}` })) found.push(Answered.parse(item["answered"]));
      // In time before late, more cases before fewer, then by name: no place is paid for.
      const passed = (one: Answered) => one.cases.filter(({ passes }) => passes).length;
      return found.sort(
        (a, b) =>
          Number(a.isLate) - Number(b.isLate) ||
          Number(b.passes) - Number(a.passes) ||
          passed(b) - passed(a) ||
          (a.answer.module < b.answer.module ? -1 : 1),
      );
    },

    /** Of one module the answer that was signed last counts. */
    async keepAnswer(answered: Answered, envelope: Envelope): Promise<{ created: boolean; answered: Answered }> {
      const key = answerKey(answered.answer);
      const item = await market.get(key);
      const before = item && Answered.parse(item["answered"]);
      if (before && before.answer.signedAt >= answered.answer.signedAt) return { created: false, answered: before };
      try {
        await market.transact([
          { put: { ...key, answered, envelope }, if: before ? { answered: item["answered"] } : "absent" },
        ]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        throw new Fault("conflict", "This answer was changed at this very moment. Look again.");
      }
      return { created: true, answered };
    },
  };
}
