import { z } from "@hono/zod-openapi";
import { compute, datasetsRead, IndicatorPart } from "../../../marketplace/contract/indicator.ts";
import { type InstalledPart, InstalledParts } from "../../../marketplace/installs/events.ts";
import type { Here } from "../../../shared/here.ts";
import { fillingOf, latestFirst } from "../module-pages/filling.ts";
import { pageOf } from "../query/matching.ts";
import { recordsOf } from "../query/reading.ts";
import { catalogue, load } from "../store.ts";

export const ModuleIndicator = z
  .object({
    id: z.string(),
    /** `publisher/name`. */
    module: z.string(),
    titles: z.record(z.string(), z.string()),
    unit: z.string(),
    /** Absent where no data is there, or nothing to divide by. */
    value: z.number().optional(),
    target: z.object({ value: z.number(), better: z.enum(["lower", "higher"]) }).optional(),
    isMet: z.boolean().optional(),
    /** The datasets that it is computed from, and when the latest of them was published. */
    datasets: z.array(z.object({ slug: z.string(), title: z.string() })),
    asOf: z.iso.datetime().optional(),
  })
  .meta({ id: "ModuleIndicator" });
export type ModuleIndicator = z.infer<typeof ModuleIndicator>;

/** The figures of installed modules, computed now from the datasets that fill the modules' tables. */
export async function moduleIndicators(here: Here): Promise<ModuleIndicator[]> {
  return figuresOf(here, await here.ask(InstalledParts, { kind: "indicator" }));
}

export async function figuresOf(
  here: Here,
  installed: readonly Pick<InstalledPart, "module" | "part">[],
): Promise<ModuleIndicator[]> {
  const datasets = await catalogue(here);
  return Promise.all(
    installed.map(async ({ module, part: raw }) => {
      const part = IndicatorPart.parse(raw);
      const filled = new Map(
        datasetsRead(part.formula).map((table) => [table, fillingOf(datasets, `${module}/${table}`)]),
      );
      const used = [...filled.values()].filter((dataset) => dataset !== undefined);
      const rows = new Map<string, Record<string, unknown>[]>();
      for (const [table, dataset] of filled) {
        if (!dataset) continue;
        const data = await load(here, dataset, dataset.latest);
        rows.set(table, await recordsOf(data, pageOf(data, undefined, 0, data.rows)));
      }
      const value = used.length === filled.size ? compute(part.formula, (table) => rows.get(table) ?? []) : undefined;
      const { target } = part;
      return {
        id: part.id,
        module,
        titles: part.title as Record<string, string>,
        unit: part.unit,
        ...(value === undefined ? {} : { value }),
        ...(target ? { target } : {}),
        ...(target && value !== undefined
          ? { isMet: target.better === "lower" ? value <= target.value : value >= target.value }
          : {}),
        datasets: used.map(({ slug, card }) => ({ slug, title: card.title })),
        ...(used.length > 0 ? { asOf: [...used].sort(latestFirst)[0]!.latest.publishedAt } : {}),
      };
    }),
  );
}
