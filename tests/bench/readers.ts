import { execFileSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

// What the readers of files take by themselves, without what is made of the rows: 200 MB each, made up for measuring.

type Note = (what: string, value: number, unit: string, more?: string) => void;
const ROWS = 2_000_000;

const place = (i: number) => [-1.9 + ((i * 7919) % 80_000) / 100_000, 47 + ((i * 104_729) % 40_000) / 100_000] as const;
const FILES: Record<string, () => Generator<string>> = {
  *"2 million lines of CSV"() {
    yield "id,street,kind,opened,level,open,longitude,latitude,note\n";
    for (let i = 0; i < ROWS; i++)
      yield `${i},"rue des ${i % 4_999}, bis",kind ${i % 17},2026-01-${10 + (i % 20)},${i % 300},${i % 3 === 0},${place(i).join(",")},row ${i} of a table of very many\n`;
  },
  *"1 million features of GeoJSON"() {
    yield '{"type":"FeatureCollection","features":[\n';
    for (let i = 0; i < ROWS / 2; i++)
      yield `${i === 0 ? "" : ",\n"}{"type":"Feature","properties":{"id":${i},"street":"rue des ${i % 4_999}","kind":"kind ${i % 17}","level":${i % 300},"open":${i % 3 === 0}},"geometry":{"type":"Point","coordinates":[${place(i).join(",")}]}}`;
    yield "\n]}\n";
  },
};

interface Read {
  rows: number;
  seconds: number;
  cpuS: number;
  bytes: number;
  ownMb: number;
  allMb: number;
}

export async function readerFigures(folder: string, note: Note): Promise<void> {
  for (const [what, lines] of Object.entries(FILES)) {
    const path = join(folder, "read-me");
    await pipeline(Readable.from(pieces(lines())), createWriteStream(path));
    const { rows, seconds, cpuS, bytes, ownMb, allMb } = readOne(path);
    note(
      `${what}: read`,
      seconds,
      "s",
      `${Math.round(bytes / 1024 ** 2)} MB, ${rows} rows, ${cpuS.toFixed(1)} s of processor`,
    );
    note(
      "  memory of reading",
      ownMb,
      "MB",
      `most of it room for what is dropped at once; ${Math.round(allMb)} with all that is loaded`,
    );
    note("  with 8 MB of such room", readOne(path, "--max-semi-space-size=8").ownMb, "MB", "at most 150");
  }
}

function readOne(path: string, ...flags: string[]): Read {
  const args = [...flags, "--import", "tsx", "tests/bench/read-one.ts", path];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Read;
}

function* pieces(lines: Iterable<string>): Generator<string> {
  let held: string[] = [];
  for (const line of lines) {
    held.push(line);
    if (held.length < 5_000) continue;
    yield held.join("");
    held = [];
  }
  yield held.join("");
}
