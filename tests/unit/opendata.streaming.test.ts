import { expect, test } from "vitest";
import { handingOut } from "../../functions/opendata/exports/streaming.ts";

// Files that are sent as they are made: how many at once, and what becomes of who waits, hangs up or falls asleep.

/** A file of so many pieces, and whether anything of it is held. */
function file(pieces: number) {
  const seen = { made: 0, isHeld: false };
  async function* parts() {
    seen.isHeld = true;
    try {
      for (let i = 0; i < pieces; i++) {
        seen.made += 1;
        yield `piece ${i}`;
      }
    } finally {
      seen.isHeld = false;
    }
  }
  return { seen, parts: parts() };
}
/** What is ready to happen has happened. */
const settled = () => new Promise((resume) => setTimeout(resume));
const whole = async (stream: ReadableStream<Uint8Array>) => (await new Response(stream).text()).match(/piece/g)?.length;

// Guards against a process whose memory is taken by whoever asks for files and reads them slowly.
test("a piece is made when it is asked for, so many files at once; others hold nothing, and too many are sent away", async () => {
  const streamed = handingOut({ atOnce: 2, waitingMax: 2, stallsMs: 60_000 });
  const files = Array.from({ length: 4 }, () => file(5));
  const readers = files.map(({ parts }) => streamed(parts).getReader());
  const first = readers.map((reader) => reader.read());
  await settled();
  expect(files.map(({ seen }) => seen.made)).toEqual([1, 1, 0, 0]);
  await settled();
  expect(files[0]!.seen.made).toBe(1);
  expect(() => streamed(file(1).parts)).toThrow(expect.objectContaining({ kind: "unavailable" }));

  // One hangs up while it waits, and one while it is sent: the turn goes on to the next.
  await readers[2]!.cancel();
  await readers[0]!.cancel();
  await first[3];
  expect(files.map(({ seen }) => [seen.made, seen.isHeld])).toEqual([
    [1, false],
    [1, true],
    [0, false],
    [1, true],
  ]);
  for (const reader of [readers[1]!, readers[3]!]) while (!(await reader.read()).done);
  expect(files.some(({ seen }) => seen.isHeld)).toBe(false);
  expect(await Promise.all(Array.from({ length: 4 }, () => whole(streamed(file(3).parts))))).toEqual([3, 3, 3, 3]);
});

test("whoever takes nothing any more loses the turn, and a file that fails fails its reader alone", async () => {
  const streamed = handingOut({ atOnce: 1, waitingMax: 2, stallsMs: 5 });
  const asleep = file(3);
  const reader = streamed(asleep.parts).getReader();
  await reader.read();
  expect(await whole(streamed(file(2).parts))).toBe(2);
  expect(asleep.seen).toEqual({ made: 1, isHeld: false });
  await expect(reader.read()).rejects.toThrow("nobody takes");

  async function* failing(): AsyncGenerator<string> {
    yield "piece";
    throw new Error("no file");
  }
  await expect(whole(streamed(failing()))).rejects.toThrow("no file");
  expect(await whole(streamed(file(2).parts))).toBe(2);
});
