import type { RunningHouse } from "../setup/house.ts";
import type { clientOf } from "./client.ts";
import { forgetPeak, peakMb } from "./process.ts";

// Open data at its promised sizes: 2 million rows in 200 MB, published through the API of a house that runs in a
// process of its own, whose memory is read from the system.

const ROWS = 2_000_000;
const OFFSETS = 40;
const DATASETS = 1_000;

type City = Awaited<ReturnType<ReturnType<typeof clientOf>["city"]>>;
type Note = (what: string, value: number, unit: string, more?: string) => void;

const MB = 1024 * 1024;
const LONG_MS = 20 * 60_000;

const quantile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

/** About 100 bytes a row: numbers, a day, an instant, words, a place. */
function* rows(): Generator<string> {
  yield "id,street,kind,opened,measured_at,share,level,is_open,longitude,latitude,note\n";
  const two = (n: number) => String(n).padStart(2, "0");
  for (let i = 0; i < ROWS; i++) {
    const [lon, lat] = [-1.9 + ((i * 7919) % 80_000) / 100_000, 47 + ((i * 104_729) % 40_000) / 100_000];
    yield `${i},rue des ${i % 4_999},kind ${i % 17},20${two(i % 26)}-${two(1 + (i % 12))}-${two(1 + (i % 28))},2026-01-${two(1 + (i % 31))}T${two(i % 24)}:${two(i % 60)}:00Z,${((i % 10_007) / 100).toFixed(2)},${i % 300},${i % 3 === 0},${lon.toFixed(5)},${lat.toFixed(5)},row ${i} of many\n`;
  }
}

interface Upload {
  id: string;
  partBytes: number;
}
interface Draft {
  id: string;
  slug: string;
  state: string;
  rows: number;
}
const card = { licence: "CC0-1.0", source: "Made up for measuring", personal: "none" };

/** @returns the dataset's address */
export async function bigDataset(house: RunningHouse, city: City, note: Note): Promise<{ slug: string; id: string }> {
  const parts: Buffer[] = [];
  for (const piece of pieces(rows())) {
    parts.push(piece);
    // A connection that the house has closed meanwhile must be known to be closed.
    await new Promise((resume) => setTimeout(resume));
  }
  const file = Buffer.concat(parts);
  const begun = await city.post<Upload>("/v1/uploads", { name: "big.csv", size: file.byteLength });
  forgetPeak(house);
  const started = performance.now();
  for (let from = 0, part = 1; from < file.byteLength; from += begun.partBytes, part++)
    await city.put(
      `/v1/uploads/${begun.id}/parts/${part}`,
      new Uint8Array(file.subarray(from, from + begun.partBytes)),
    );
  note(
    "2 million rows: sent in parts",
    (performance.now() - started) / 1000,
    "s",
    `${Math.round(file.byteLength / MB)} MB`,
  );
  const readFrom = performance.now();
  let draft = await city.post<Draft>("/v1/drafts", { ...card, title: "Big", upload: begun.id });
  const waits: number[] = [];
  while (draft.state === "reading") {
    await new Promise((resume) => setTimeout(resume, 250));
    const asked = performance.now();
    await fetch(`${house.url}/healthz`);
    waits.push(performance.now() - asked);
    draft = await city.get<Draft>(`/v1/drafts/${draft.id}`);
    if (performance.now() - readFrom > LONG_MS) throw new Error("the file is read for too long");
  }
  if (draft.state !== "ready" || draft.rows !== ROWS)
    throw new Error(`the draft is ${draft.state}, ${draft.rows} rows`);
  await city.post(`/v1/datasets/${draft.id}/publish`);
  note("2 million rows: read, typed, indexed, published", (performance.now() - readFrom) / 1000, "s");
  note("  peak memory of the house", peakMb(house), "MB", "resident; at most 400");
  note("  other requests meanwhile: p50", quantile(waits, 0.5), "ms");
  note("  other requests meanwhile: the longest", Math.max(...waits), "ms");

  const at = `${house.url}/cities/${city.slug}`;
  await pagesAnywhere(house, city.slug, draft, "once it is published", note);
  const timed = async (what: string, path: string) => {
    const asked = performance.now();
    const answer = await fetch(at + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
    note(what, performance.now() - asked, "ms");
  };
  for (const when of ["first", "again"]) {
    await timed(`2 million rows, ${when}: one by its number`, `/v1/datasets/${draft.slug}/records?id=1234567`);
    await timed("  100 of a kind, counted", `/v1/datasets/${draft.slug}/records?kind=kind%203&limit=100`);
    const search = `/api/3/action/datastore_search?resource_id=${draft.id}-csv&limit=100`;
    await timed("  100 in the midst, sorted by a number", `${search}&sort=share%20desc&offset=1000000`);
    await timed("  100 of 118,000, sorted by a text", `${search}&filters={"kind":"kind%203"}&sort=street&offset=50000`);
    await timed("  100 that hold a number among their words, counted", `${search}&q=1999&offset=100`);
    await timed("  100 that hold two words, of a kind", `${search}&q=rue%2017&filters={"kind":"kind%203"}`);
    await timed("  100 in a box, counted", `/ogc/collections/${draft.slug}/items?bbox=-1.6,47.1,-1.59,47.11&limit=100`);
  }
  note("  peak memory of the house after these", peakMb(house), "MB", "what was opened is remembered up to a bound");
  return draft;
}

/** Pages at 40 offsets that nobody has asked for in this house. */
export async function pagesAnywhere(
  { url }: RunningHouse,
  slug: string,
  { id }: { id: string },
  when: string,
  note: Note,
): Promise<void> {
  const search = `${url}/cities/${slug}/api/3/action/datastore_search?resource_id=${id}-csv&limit=100`;
  const times: number[] = [];
  // In its first second a house collects what its start left behind, and reads ahead.
  await new Promise((resume) => setTimeout(resume, 2_000));
  for (let i = 0; i < OFFSETS; i++) {
    // Not the first page, which the house reads ahead.
    const offset = 50 + Math.floor(((i * 37) % OFFSETS) * ((ROWS - 150) / OFFSETS));
    const asked = performance.now();
    const { result } = (await (await fetch(`${search}&offset=${offset}`)).json()) as {
      result: { records: { id: number }[]; total: number };
    };
    if (result.records[0]!.id !== offset || result.total !== ROWS) throw new Error(`the page at ${offset} is another`);
    times.push(performance.now() - asked);
  }
  note(`datastore_search, 100 rows at any offset of 2 million, ${when}: p50`, quantile(times, 0.5), "ms");
  note("  the first", times[0]!, "ms", "at most 50");
  note("  the slowest of the 39 others", Math.max(...times.slice(1)), "ms", "at most 50");
}

function* pieces(lines: Iterable<string>): Generator<Buffer> {
  let held: string[] = [];
  for (const line of lines) {
    held.push(line);
    if (held.length < 20_000) continue;
    yield Buffer.from(held.join(""));
    held = [];
  }
  yield Buffer.from(held.join(""));
}

const EXPORTS = ["csv", "geojson", "xlsx", "gpkg", "parquet"];
const SLOW_MS = 5;

/** Each export whole, then three at once of which one is taken slowly, and what the house takes for it. */
export async function exported(house: RunningHouse, city: City, note: Note, { slug }: { slug: string }): Promise<void> {
  /** @returns how many bytes came */
  const taken = async (extension: string, waitMs = 0) => {
    const answer = await fetch(`${house.url}/cities/${city.slug}/data/${slug}/export.${extension}`, {
      headers: { "Accept-Encoding": "identity" },
    });
    if (!answer.ok) throw new Error(`export as ${extension}: ${answer.status}`);
    let bytes = 0;
    for await (const chunk of answer.body!) {
      bytes += chunk.byteLength;
      if (waitMs > 0) await new Promise((resume) => setTimeout(resume, waitMs));
    }
    return bytes;
  };
  const measured = async (what: string, work: () => Promise<number>) => {
    forgetPeak(house);
    const asked = performance.now();
    const bytes = await work();
    note(what, (performance.now() - asked) / 1000, "s", `${Math.round(bytes / MB)} MB`);
    note("  peak memory of the house", peakMb(house), "MB", "at most 400");
  };
  for (const extension of EXPORTS) await measured(`export of 2 million rows as ${extension}`, () => taken(extension));
  await measured("three exports at once, one taken slowly", async () => {
    const all = await Promise.all([taken("csv"), taken("xlsx"), taken("geojson", SLOW_MS)]);
    return all.reduce((sum, bytes) => sum + bytes);
  });
}

/** A catalogue of a thousand, searched. */
export async function manyDatasets(house: RunningHouse, city: City, note: Note): Promise<void> {
  const words = ["écoles", "arbres", "marchés", "bruit", "eau", "routes", "déchets", "budget", "crèches", "gares"];
  for (let i = 0; i < DATASETS; i++) {
    const title = `${words[i % words.length]} ${i}`;
    const { id } = await city.upload<Draft>("/v1/datasets", "a.csv", "n\n1\n", { ...card, title });
    await city.post(`/v1/datasets/${id}/publish`);
  }
  const at = `${house.url}/cities/${city.slug}`;
  for (const [what, path] of [
    ["the catalogue's page", "/data?q=ecoles"],
    ["CKAN's package_search", "/api/3/action/package_search?q=ecoles"],
    ["Explore's datasets", "/api/explore/v2.1/catalog/datasets?where=%22ecoles%22"],
  ]) {
    const times: number[] = [];
    for (let i = 0; i < 30; i++) {
      const asked = performance.now();
      const answer = await fetch(at + path);
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      await answer.arrayBuffer();
      times.push(performance.now() - asked);
    }
    note(
      `search of 1,000 datasets, ${what}: the first`,
      times[0]!,
      "ms",
      what === "the catalogue's page" ? "nothing is remembered yet" : undefined,
    );
    note("  p50", quantile(times, 0.5), "ms", "at most 50");
    note("  p99", quantile(times, 0.99), "ms");
  }
}
