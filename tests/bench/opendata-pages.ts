import { join } from "node:path";
import { runHouse } from "../setup/house.ts";
import { clientOf } from "./client.ts";
import { inTurn, load, withBare } from "./load.ts";
import { withPygeoapi } from "./pygeoapi.ts";

// Pages of open data from the durable store after a restart, beside pygeoapi with the same points.

type Note = (what: string, value: number, unit: string, more?: string) => void;

const POINTS = 50_000;
/** Pages from everywhere and boxes of 1 to 20 degrees: what is asked again and again stands in somebody's cache. */
const QUESTIONS = {
  "100 of 50,000 points": { wanted: 75, at: (i: number) => `limit=100&offset=${(i * 7_919 * 100) % (POINTS - 100)}` },
  "100 in a box": {
    wanted: 150,
    at: (i: number) => {
      const [west, south, wide] = [-125 + ((i * 37) % 380) / 10, 25 + ((i * 13) % 100) / 10, [1, 2, 5, 10, 20][i % 5]!];
      return `limit=100&bbox=${west},${south},${west + wide},${south + wide * 0.75}`;
    },
  },
};
const ADDRESSES = 500;
const addresses = (address: (i: number) => string): string[] => Array.from({ length: ADDRESSES }, (_, i) => address(i));

/** Made-up places over North America, the same in every run. */
function points(): string {
  const lines = ["iata,name,city,state,country,latitude,longitude"];
  for (let i = 0; i < POINTS; i++) {
    const [lat, lon] = [25 + ((i * 7_919) % 25_000) / 1_000, -125 + ((i * 104_729) % 58_000) / 1_000];
    lines.push(`P${i},Place ${i},City ${i % 997},S${i % 50},USA,${lat},${lon}`);
  }
  return `${lines.join("\n")}\n`;
}

/** What is asked first opens what was kept. */
export async function pages(data: string, note: Note): Promise<void> {
  const folder = join(data, "pages");
  const before = await runHouse({ HANSA_DATA: folder });
  const city = await clientOf(before).city("bench-pages");
  const card = { title: "Airports", licence: "CC0-1.0", personal: "none", source: "Made up for measuring" };
  const { id } = await city.upload<{ id: string }>("/v1/datasets", "points.csv", points(), card);
  await city.post(`/v1/datasets/${id}/publish`);
  await before.stop();
  const house = await runHouse({ HANSA_DATA: folder });
  try {
    await besidePygeoapi(data, `${house.url}/cities/${city.slug}`, note);
  } finally {
    await house.stop();
  }
}

async function besidePygeoapi(data: string, at: string, note: Note): Promise<void> {
  const items = `${at}/ogc/collections/airports/items`;
  const started = performance.now();
  if ((await matchedAt(`${items}?offset=49000`)) !== POINTS) throw new Error("not all points are there");
  note("OGC items: the first page after a restart", performance.now() - started, "ms");
  await load(`${at}/`, 1);
  note("city page", (await load(`${at}/`)).rps, "/s", "8 connections, one process");
  const geojson = await (await fetch(`${at}/data/airports/export.geojson`)).text();
  await withPygeoapi(join(data, "pygeoapi"), geojson, async (peer) => {
    const peers = `pygeoapi ${peer.version} on SpatiaLite`;
    // One process as ours is, on a core of two; and as its image has them, on both.
    const workers = [
      { at: peer.one, many: "1 gevent worker" },
      { at: peer.four, many: "4 gevent workers as in its image" },
    ];
    /** @param others  of the peer, each with how many of its requests are one answer */
    const beside = async (
      what: string,
      own: string | string[],
      others: { what: string; asked: string | string[]; each?: number; more: string; wanted?: number }[],
    ) => {
      const [ours, bare, ...theirs] = await withBare([own].flat()[0]!, (least) =>
        inTurn([own, least, ...others.map(({ asked }) => asked)]),
      );
      note(`OGC ${what}`, ours!.rps, "/s", "one process; the middle of 5 rounds, in turn with the peer");
      note("  p99", ours!.p99Ms, "ms");
      note("  a bare server of Node, one such answer", bare!.rps, "/s", "what one process could do at most");
      for (const [i, { what: called, each = 1, more, wanted }] of others.entries()) {
        const { rps, ratio, least, most } = theirs[i]!;
        const times = (value: number) => Math.round(value * each * 10) / 10;
        note(`  pygeoapi: ${called}`, rps / each, "/s", `${peers}${more}`);
        const range = `${times(least)} to ${times(most)} in the rounds`;
        note("  ratio, ours to pygeoapi's", times(ratio), "×", wanted ? `wanted ${wanted}; ${range}` : range);
      }
    };
    await beside(
      "landing page",
      `${at}/ogc`,
      workers.map(({ at: theirs, many }) => ({
        ...{ what: "landing", more: `, ${many}`, wanted: 5 },
        asked: `${new URL(theirs).origin}/?f=json`,
      })),
    );
    for (const [what, { wanted, at: question }] of Object.entries(QUESTIONS)) {
      const page = (theirs: string, i: number) => `${theirs}?f=json&${question(i)}`;
      // On SpatiaLite it counts only when asked for nothing else, so a page with its count is two requests.
      const hits = (theirs: string, i: number) => `${page(theirs, i)}&resulttype=hits`;
      const [theirs, ours] = [await matchedAt(hits(peer.one, 0)), await matchedAt(`${items}?${question(0)}`)];
      if (theirs !== ours) throw new Error(`${what}: they count ${theirs}, we ${ours}`);
      await beside(
        `items, ${what}, with numberMatched`,
        addresses((i) => `${items}?${question(i)}`),
        workers.flatMap(({ at: one, many }) => [
          { what, asked: addresses((i) => page(one, i)), more: `, ${many}, without numberMatched` },
          {
            what: `${what}, and its hits`,
            asked: addresses((i) => page(one, i)).flatMap((first, i) => [first, hits(one, i)]),
            each: 2,
            more: `, ${many}, with numberMatched, as ours`,
            wanted,
          },
        ]),
      );
    }
  });
}

const matchedAt = async (address: string): Promise<number | undefined> =>
  ((await (await fetch(address)).json()) as { numberMatched?: number }).numberMatched;
