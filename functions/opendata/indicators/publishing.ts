import { inLang } from "../../../marketplace/contract/words.ts";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { publish } from "../drafts/publishing.ts";
import { csvLines } from "../exports/csv.ts";
import { draftOf, readUpload } from "../routes.ts";
import type { Cell, Dataset } from "../schema.ts";
import { getById } from "../store.ts";
import { keepUpload } from "../uploads/store.ts";
import type { Figure, Kept } from "./schema.ts";
import { indicatorStore } from "./store.ts";
import { indicatorTexts } from "./texts.ts";

const HEAD = ["indicator", "title", "as_of", "value", "unit", "standing", "target", "low", "high", "revision"];
/** Of the figures of all indicators together. */
const ROWS_MAX = 20_000;

const rowOf = (
  slug: string,
  title: string,
  { asOf, value, unit, standing, target, low, high, revision }: Figure,
): Cell[] => [slug, title, asOf, value, unit, standing, target, low, high, revision].map((cell) => cell ?? null);

/** The figures of one indicator as a file of CSV, the first first. */
export async function* figuresCsv(here: Here, kept: Kept, lang: string): AsyncGenerator<string> {
  yield csvLines([HEAD]);
  for await (const figure of indicatorStore(here).everyFigure(kept.slug))
    yield csvLines([rowOf(kept.slug, inLang(kept.definition.titles, lang), figure)]);
}

/**
 * All figures as an open dataset of the city's: published as any other, so what is public already stays, and with
 * nothing new there is no new version.
 * @throws {Fault} conflict: there is none to publish; invalid: there is another dataset of that title
 */
export async function publishFigures(here: Here): Promise<Dataset> {
  const store = indicatorStore(here);
  const lang = here.city.languages[0] ?? "en";
  const rows: Cell[][] = [];
  for (const kept of await store.all()) {
    if (kept.isRetired) continue;
    for await (const figure of store.everyFigure(kept.slug))
      if (rows.length < ROWS_MAX) rows.push(rowOf(kept.slug, inLang(kept.definition.titles, lang), figure));
  }
  if (rows.length === 0) throw new Fault("conflict", "There is no figure to publish yet.");
  const id = await store.datasetId();
  const before = id === undefined ? undefined : await getById(here, id);
  const t = indicatorTexts.in(lang);
  const begun = await draftOf(here, {
    title: before?.card.title ?? t("datasetTitle", { city: here.city.name }),
    description: t("datasetAbout"),
    licence: before?.card.licence ?? "CC-BY-4.0",
    source: here.city.name,
    ...(before ? { updates: before.slug } : {}),
    personal: "none",
  });
  const file = new TextEncoder().encode(csvLines([HEAD, ...rows]));
  const draft = await readUpload(here, begun, await keepUpload(here, "indicators.csv", file));
  // First of all: should it end here, the next time goes on with this very dataset.
  if (!before) await store.keepDatasetId(draft.id);
  return publish(here, draft.id);
}
