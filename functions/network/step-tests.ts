import { invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { UsageInSpans } from "../meters/events.ts";
import { heldIn } from "./domain.ts";
import { stepDrops } from "./leaks.ts";
import type { NewStepTest, StepTest, StepTestResult } from "./losses-schema.ts";
import { lossStore } from "./losses-store.ts";
import { networkStore } from "./store.ts";

const HOUR_MS = 3_600_000;
/** Less than this of a step's time with readings says too little of it. */
const ENOUGH = 0.5;

/** Keeps a step test. @throws {Fault} absent; invalid: it is no zone of water */
export async function keepStepTest(here: Here, asked: NewStepTest, by: string): Promise<StepTestResult> {
  const area = await networkStore(here).area(asked.area);
  if (area.kind !== "water") throw invalid("#/area", "A step test is of a zone of water.");
  const now = here.clock.now();
  const test: StepTest = { id: newId("stp", now), ...asked, by, at: now.toISOString() };
  await here.commit([lossStore(here).stepTestWrite(test)]);
  return stepTestResult(here, test);
}

/** What each valve took away, by the readings of the zone's bulk meters as they are known now. */
export async function stepTestResult(here: Here, test: StepTest): Promise<StepTestResult> {
  const { inputs } = await networkStore(here).area(test.area);
  const times = [test.startedAt, ...test.steps.map(({ closedAt }) => closedAt), test.endedAt];
  const spans = times.slice(1).map((to, i) => ({ from: times[i]!, to }));
  const meters = heldIn(inputs, test.startedAt, test.endedAt);
  const answers =
    meters.length === 0
      ? []
      : await here.ask(UsageInSpans, { parts: meters.map(({ meterId }) => ({ meterId, spans })) });
  const flows = spans.map(({ from, to }, i) => {
    const hours = (Date.parse(to) - Date.parse(from)) / HOUR_MS;
    const each = meters.map(({ meterId, direction }) => {
      const one = answers.find((answer) => answer.meterId === meterId)?.spans[i];
      if (!one || one.coverage < ENOUGH) return undefined;
      return ((direction === "in" ? 1 : -1) * one.quantity) / (hours * one.coverage);
    });
    if (each.length === 0 || each.includes(undefined)) return undefined;
    return Math.round(each.reduce<number>((sum, one) => sum + (one ?? 0), 0));
  });
  const drops = stepDrops(flows.map((flow) => flow ?? Number.NaN));
  return {
    ...test,
    flowBefore: flows[0] ?? null,
    drops: test.steps.map(({ valve }, i) => ({
      valve,
      flow: flows[i + 1] ?? null,
      drop: Number.isNaN(drops[i]) ? null : drops[i]!,
    })),
  };
}
