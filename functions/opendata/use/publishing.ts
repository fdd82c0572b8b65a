import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { does } from "../../../shared/tasks.ts";
import type { Lang } from "../../../shared/texts.ts";
import { USE } from "../domain.ts";
import { publish } from "../drafts/publishing.ts";
import { readDraft } from "../drafts/reading.ts";
import type { Correction, Kept } from "../drafts/schema.ts";
import { keepRead, leftOver } from "../drafts/store.ts";
import type { SourceFile } from "../formats/source.ts";
import { peopleRule } from "../people/rule.ts";
import { recordOf, wholly } from "../query/reading.ts";
import type { Card, Cell, Dataset } from "../schema.ts";
import { findBySlug, load } from "../store.ts";
import { type DayCounts, KINDS } from "./counted.ts";
import { dayCounts, PublishUse } from "./counting.ts";
import { useTexts } from "./texts.ts";

/** The last of them, so that one version never outgrows a task: a year and more of 500 datasets in daily use. */
const ROWS_MAX = 200_000;
const DRAFT_LIVES_MS = 24 * 3600_000;
export const USE_COLUMNS = ["day", "dataset", ...KINDS] as const;
type Row = [day: string, dataset: string, ...counts: (number | null)[]];

/** Puts a day's counts behind those that are public already. A day that nobody used anything on has no row. */
export const publishingUse = does(PublishUse, async (here, day) => {
  const counts = await dayCounts(here, day);
  if (counts.bySlug.size === 0) return {};
  const before = await findBySlug(here, USE);
  if (before && !isUse(before)) {
    here.log.warn("use of open data was not published: another dataset has its name", { city: here.city.slug });
    return {};
  }
  const rows = [...(before ? await rowsOf(here, before, day) : []), ...rowsOfDay(day, counts)]
    .sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1))
    .slice(-ROWS_MAX);
  const draft = await draftOf(here, before);
  const job = {
    id: draft.id,
    file: newId("file", here.clock.now()),
    corrections: draft.corrections,
    table: undefined,
    before: [],
    // Who reads a dataset alone on a day should not be seen in it: small counts are withheld as those of people are.
    k: (await peopleRule(here)).k,
  };
  const work = readDraft(job, fileOf(rows), here.blobs);
  let step = await work.next();
  while (!step.done) step = await work.next();
  const { found, stored } = step.value;
  if (!stored) throw new Error(`the use of open data cannot be published: ${JSON.stringify(found.mistakes[0])}`);
  await keepRead(here, { ...draft, state: "ready", found, stored }, await leftOver(here, draft.id));
  await publish(here, draft.id);
  return {};
});

const isUse = ({ latest }: Dataset): boolean => latest.columns.map(({ name }) => name).join() === USE_COLUMNS.join();

/** What is public already, without the day that is to be published: told twice, it stands there once. */
async function rowsOf(here: Here, dataset: Dataset, day: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const read of wholly(await load(here, dataset, dataset.latest)))
    for (let at = 0; at < read.rows; at++) {
      const record = recordOf(read, at);
      if (record["day"] !== day) rows.push(USE_COLUMNS.map((name) => record[name] ?? null) as Row);
    }
  return rows;
}

const rowsOfDay = (day: string, { bySlug }: DayCounts): Row[] =>
  [...bySlug].map(([slug, counts]) => [day, slug, ...KINDS.map((kind) => counts[kind])]);

/** Days, addresses and whole numbers: nothing that a field must be quoted for. */
function fileOf(rows: readonly Row[]): SourceFile {
  const text = [USE_COLUMNS, ...rows].map((row: readonly Cell[]) => row.map((cell) => cell ?? "").join(",")).join("\n");
  const bytes = new TextEncoder().encode(`${text}\n`);
  return {
    name: `${USE}.csv`,
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

async function draftOf(here: Here, before: Dataset | undefined): Promise<Kept> {
  const now = here.clock.now();
  const lang: Lang = here.city.languages[0]!;
  const t = useTexts.in(lang);
  const card: Card = {
    title: t("setTitle"),
    description: t("setDescription"),
    licence: "CC0-1.0",
    source: here.city.name,
    frequency: "DAILY",
    languages: [lang],
    theme: "GOVE",
    // What the city says of it goes on.
    ...before?.card,
  };
  const columns = USE_COLUMNS.map((from): Correction => {
    const isCount = from !== "day" && from !== "dataset";
    return {
      from,
      title: t(`column.${from}`),
      origin: "observed",
      personal: isCount ? "count_of_people" : "no",
      reading: { type: isCount ? "integer" : from === "day" ? "date" : "text" },
    };
  });
  const id = before?.id ?? newId("ds", now);
  return {
    id,
    slug: USE,
    card,
    isUpdate: before !== undefined,
    upload: "",
    corrections: { hints: { delimiter: ",", header: true }, columns },
    attempt: ((await leftOver(here, id))?.attempt ?? 0) + 1,
    state: "reading",
    expiresAt: new Date(now.getTime() + DRAFT_LIVES_MS).toISOString(),
  };
}
