import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { bundleHouse } from "../../infra/bundle.ts";
import { type RunningHouse, runHouse } from "../setup/house.ts";
import { billRunCost, billRunFigures } from "./bills.ts";
import { clientOf } from "./client.ts";
import { collectionFigures } from "./collection.ts";
import { entryFigures } from "./entries.ts";
import { forecastFigures } from "./forecast.ts";
import { functionFigures } from "./functions.ts";
import { ledgerCost, ledgerKills, ledgerSpeed } from "./ledger.ts";
import { lossFigures } from "./losses.ts";
import { marketplaceFigures } from "./marketplace.ts";
import { meterCost, meterKills, metersAtRest, metersOverHttp, meterYear } from "./meters.ts";
import { nem12 } from "./nem12.ts";
import { bigDataset, exported, manyDatasets, pagesAnywhere } from "./opendata.ts";
import { pages } from "./opendata-pages.ts";
import { copyReadings, payBills } from "./postgres.ts";
import { readerFigures } from "./readers.ts";
import { zoneFigures } from "./zones.ts";

// `npm run bench`: every figure measured in this one run, printed as one table and kept as JSON.
// Machines differ and are noisy: compare figures of one run with each other.
interface Figure {
  what: string;
  value: number;
  unit: string;
  note?: string;
}
const figures: Figure[] = [];
const note = (what: string, value: number, unit: string, more?: string) => {
  figures.push({ what, value: Math.round(value * 1000) / 1000, unit, ...(more ? { note: more } : {}) });
  process.stderr.write(`${what}: ${figures.at(-1)!.value} ${unit}\n`);
};
const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
};

const data = mkdtempSync(join(tmpdir(), "hansa-bench-"));

/** A house of its own, and a city in it. */
async function inHouse<T>(name: string, work: (city: City, house: RunningHouse) => Promise<T>): Promise<T> {
  const house = await runHouse({ HANSA_DATA: join(data, name) });
  try {
    return await work(await clientOf(house).city(`bench-${name}`), house);
  } finally {
    await house.stop();
  }
}

/** In this order; `npm run bench -- ledger kills` runs these two alone. */
const SECTIONS: Record<string, () => Promise<void>> = {
  starting,
  pages: () => pages(data, note),
  nem12: () => inHouse("nem12", meters),
  payments: () => inHouse("payments", money),
  ledger: () => inHouse("ledger", (city, house) => ledgerSpeed(house, city, note)),
  cost: () => ledgerCost(note),
  kills: () => ledgerKills(data, note, (killed, slug) => clientOf(killed).city(slug)),
  meters: () => meterCost(note),
  "meters-year": () => meterYear(note),
  "meters-at-rest": () => metersAtRest(note),
  "meters-over-http": () => metersOverHttp(note),
  "meters-kills": () => meterKills(note),
  zones: () => zoneFigures(note),
  bills: async () => {
    await billRunCost(note);
    await billRunFigures(data, note);
  },
  collection: () => collectionFigures(note),
  losses: async () => lossFigures(note),
  forecast: async () => forecastFigures(note),
  readers: () => readerFigures(data, note),
  opendata: async () => {
    const { slug, big } = await inHouse("opendata", async (city, house) => {
      const big = await bigDataset(house, city, note);
      await exported(house, city, note, big);
      await manyDatasets(house, city, note);
      return { slug: city.slug, big };
    });
    const house = await runHouse({ HANSA_DATA: join(data, "opendata") });
    await pagesAnywhere(house, slug, big, "after a start", note).finally(house.stop);
  },
  functions: () => functionFigures(note),
  marketplace: () => marketplaceFigures(note),
  entries: async () => {
    for (const { entry, bundleKb, loadMs, coldMs, status } of await entryFigures()) {
      note(`${entry}: bundle`, bundleKb, "KiB");
      note(`${entry}: process start to first answer`, coldMs, "ms", `${loadMs} ms of it loading; answered ${status}`);
    }
  },
};
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in SECTIONS));
if (unknown !== undefined) {
  console.error(`There is no section ${unknown}; there are ${Object.keys(SECTIONS).join(", ")}.`);
  process.exit(1);
}
await bundleHouse();
try {
  for (const [name, section] of Object.entries(SECTIONS))
    if (asked.length === 0 || asked.includes(name)) await section();
} finally {
  rmSync(data, { recursive: true, force: true });
}

console.log(`\nNode ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${new Date().toISOString()}\n`);
const width = Math.max(...figures.map(({ what }) => what.length));
for (const { what, value, unit, note: more } of figures)
  console.log(`${what.padEnd(width)}  ${String(value).padStart(12)} ${unit.padEnd(12)} ${more ?? ""}`.trimEnd());
mkdirSync("tests/results", { recursive: true });
writeFileSync(
  "tests/results/bench.json",
  `${JSON.stringify({ node: process.version, at: new Date().toISOString(), figures }, null, 2)}\n`,
);

/** From `npm start`'s process to its first answer: with the three demo cities to make, and with them there. */
async function starting(): Promise<void> {
  const folder = join(data, "demo");
  for (const what of ["first start, demo cities made", "second start"]) {
    const started = performance.now();
    const house = await runHouse({ HANSA_DATA: folder, HANSA_DEMO: "yes" });
    const answer = await fetch(`${house.url}/healthz`);
    if (!answer.ok) throw new Error(`healthz: ${answer.status}`);
    note(`${what}: to first answer`, (performance.now() - started) / 1000, "s");
    await house.stop();
  }
}

type City = Awaited<ReturnType<ReturnType<typeof clientOf>["city"]>>;

async function meters(city: City): Promise<void> {
  const { text, readings, rows } = nem12(500, 30);
  const [kept, seconds] = await timed(() =>
    city.upload<{ packedBytes: number; readings: number }>("/v1/readings", "bench.csv", text, { register: "true" }),
  );
  if (kept.readings !== readings) throw new Error(`${kept.readings} of ${readings} readings were kept`);
  note(
    "NEM12 readings stored",
    readings / seconds,
    "/s",
    `${readings} readings of 500 meters in one file, registered on the way`,
  );
  note("bytes per reading, packed", kept.packedBytes / readings, "bytes");
  const peer = copyReadings(rows);
  note(
    "  PostgreSQL: the same by COPY, primary key",
    peer.perSecond,
    "/s",
    `PostgreSQL ${peer.version}, no HTTP, no NEM12 to read`,
  );
  note("  ratio, ours to PostgreSQL's", readings / seconds / peer.perSecond, "×");
  note("  PostgreSQL: bytes per reading with its key", peer.bytesEach, "bytes");
}

async function money(city: City): Promise<void> {
  const bills = 150;
  const rows = Array.from({ length: bills }, (_, meter) =>
    Array.from(
      { length: 30 * 24 },
      (_, hour) => `W${meter},${new Date(Date.UTC(2026, 8, 1, hour)).toISOString()},${10 + ((meter + hour) % 9)}`,
    ),
  );
  for (let i = 0; i < bills; i++) {
    const { id } = await city.post<{ id: string }>("/v1/accounts", {
      number: `B-${i}`,
      name: `Customer ${i}`,
      contact: `c${i}@bench.example`,
    });
    await city.post("/v1/meters", { serial: `W${i}`, kind: "water", accountId: id, registerUnit: "L" });
  }
  await city.upload("/v1/readings", "water.csv", `meter,time,value\n${rows.flat().join("\n")}\n`);
  const tariff = {
    names: { en: "Water", fr: "Eau" },
    kind: "water",
    currency: "EUR",
    bands: [{ price: "1.25" }],
    fixedMinor: 300,
    vatBasisPoints: 550,
  };
  await city.post("/v1/tariffs", { tariff });
  const [, runSeconds] = await timed(async () => {
    let run = await city.post<{ id: string; state: string }>("/v1/bill-runs", { month: "2026-09", kind: "water" });
    while (run.state === "running") {
      await new Promise((resume) => setTimeout(resume, 100));
      run = await city.get(`/v1/bill-runs/${run.id}`);
    }
  });
  note("bills raised by one run", bills / runSeconds, "/s", `${bills} meters with a month of hourly readings`);
  const { bills: raised } = await city.get<{ bills: { reference: string }[] }>("/v1/bills?month=2026-09&limit=500");
  if (raised.length !== bills) throw new Error(`${raised.length} of ${bills} bills were raised`);

  // Open, pay on the provider's page, be told by its callback: eight payers at a time.
  const waiting = [...raised];
  const pay = async () => {
    for (let bill = waiting.pop(); bill; bill = waiting.pop()) {
      const { id, checkoutUrl } = await city.post<{ id: string; checkoutUrl: string }>("/v1/payments", {
        reference: bill.reference,
      });
      await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
      while ((await city.get<{ state: string }>(`/v1/payments/${id}`)).state !== "settled")
        await new Promise((resume) => setTimeout(resume, 5));
    }
  };
  const [, paySeconds] = await timed(() => Promise.all(Array.from({ length: 8 }, pay)));
  note(
    "bills paid, from opening to settled",
    bills / paySeconds,
    "/s",
    "with the stand-in of Stripe, 8 payers at a time",
  );
  const peer = payBills(2_000, 8);
  note(
    "  PostgreSQL: settling alone, one transaction each",
    peer.perSecond,
    "/s",
    "no HTTP, no provider, no receipt: what the ledger alone may be held to",
  );
  const { isSound, transfers } = await city.get<{ isSound: boolean; transfers: number }>("/v1/ledger/proof");
  if (!isSound) throw new Error("the ledger's proof does not hold");
  note("transfers in the ledger, proved to add up to zero", transfers, "");
}
