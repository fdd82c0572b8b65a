import { absent, Fault } from "../../../shared/errors.ts";
import type { NewEvent } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../../shared/table.ts";
import { Change, Figure, Kept } from "./schema.ts";

// question                              key
// one indicator, all of them            pk  INDICATORS                  sk  <slug>
// the figures that it had               pk  INDICATOR_FIGURES#<slug>    sk  <as of>
// who changed it, when and why          pk  INDICATOR_CHANGES#<slug>    sk  <revision>
// the dataset that they are in          pk  INDICATORS_DATASET          sk  DATASET

/** So many are listed at once, and each new version of a dataset may concern all of them. */
export const INDICATORS_MAX = 60;
const ALL = "INDICATORS";
const DATASET_KEY = { pk: "INDICATORS_DATASET", sk: "DATASET" };

const itemOf = (kept: Kept): Item => ({ pk: ALL, sk: kept.slug, turn: kept.turn, indicator: kept });
const keptOf = (item: Item): Kept => Kept.parse(item["indicator"]);

export function indicatorStore({ table, commit }: Here) {
  const find = async (slug: string): Promise<Kept | undefined> => {
    const item = await table.get({ pk: ALL, sk: slug });
    return item && keptOf(item);
  };
  return {
    find,

    /** @throws {Fault} absent: there is none, or it was retired */
    async get(slug: string): Promise<Kept> {
      const found = await find(slug);
      if (!found || found.isRetired) throw absent();
      return found;
    },

    /** All of them by their address, retired ones too. */
    async all(): Promise<Kept[]> {
      const all: Kept[] = [];
      for await (const item of table.all({ pk: ALL })) all.push(keptOf(item));
      return all;
    },

    /**
     * Keeps an indicator with its figure and what is told of it.
     * @param before  as it was read; without one there is none yet
     * @throws {Fault} conflict: somebody else was faster
     */
    async keep(
      before: Kept | undefined,
      after: Omit<Kept, "turn">,
      {
        change,
        writes = [],
        events = [],
      }: { change?: Change; writes?: readonly Write[]; events?: readonly NewEvent[] },
    ): Promise<Kept> {
      const kept: Kept = { ...after, turn: (before?.turn ?? 0) + 1 };
      const { slug } = kept;
      const figure = kept.latest && kept.latest !== before?.latest ? Figure.parse(kept.latest) : undefined;
      try {
        await commit(
          [
            { put: itemOf(kept), if: before ? { turn: before.turn } : "absent" },
            ...(figure ? [{ put: { pk: `INDICATOR_FIGURES#${slug}`, sk: figure.asOf, figure } }] : []),
            ...(change ? [{ put: { pk: `INDICATOR_CHANGES#${slug}`, sk: revisionText(change), change } }] : []),
            ...writes,
          ],
          events,
        );
      } catch (error) {
        if (error instanceof ConditionFailed) throw new Fault("conflict", "It changed meanwhile: look again.");
        throw error;
      }
      return kept;
    },

    /** The latest first. */
    async figures(slug: string, at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: `INDICATOR_FIGURES#${slug}`, reverse: true, ...at });
      return { figures: items.map((item) => Figure.parse(item["figure"])), ...(cursor ? { next: cursor } : {}) };
    },
    async *everyFigure(slug: string): AsyncIterable<Figure> {
      for await (const item of table.all({ pk: `INDICATOR_FIGURES#${slug}` })) yield Figure.parse(item["figure"]);
    },
    /** The latest first. */
    async changes(slug: string, at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: `INDICATOR_CHANGES#${slug}`, reverse: true, ...at });
      return { changes: items.map((item) => Change.parse(item["change"])), ...(cursor ? { next: cursor } : {}) };
    },

    /** The dataset that the city's figures are published in. */
    async datasetId(): Promise<string | undefined> {
      return (await table.get(DATASET_KEY))?.["datasetId"] as string | undefined;
    },
    keepDatasetId: (datasetId: string): Promise<void> => table.put({ ...DATASET_KEY, datasetId }),

    /** Every lasting item, for export. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: ALL })) {
        yield item;
        for (const of of ["FIGURES", "CHANGES"]) yield* table.all({ pk: `INDICATOR_${of}#${item.sk}` });
      }
      const dataset = await table.get(DATASET_KEY);
      if (dataset) yield dataset;
    },
  };
}

const revisionText = ({ revision }: Change): string => String(revision).padStart(8, "0");
