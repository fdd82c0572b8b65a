import { type Bytes, bytesOf, gunzipped, spooled, startOf } from "./bytes.ts";
import { openCsv } from "./csv.ts";
import { openJson } from "./json.ts";
import { refuse } from "./note.ts";
import type { Hints, Source, SourceFile } from "./source.ts";

const START = 64 * 1024;

/**
 * Opens a file by what it holds, whatever it is called.
 * @throws {Unreadable} what is wrong with it, and where
 */
export async function openSource(file: SourceFile, hints: Hints = {}): Promise<Source> {
  if (file.size === 0) refuse("file.empty");
  const start = await file.read(0, START);
  if (start[0] === 0x1f && start[1] === 0x8b) {
    const bytes = gunzipped(file);
    return openBytes(bytes, await startOf(bytes, START), hints);
  }
  return openBytes(bytesOf(file), start, hints);
}

async function openBytes(bytes: Bytes, start: Uint8Array, hints: Hints): Promise<Source> {
  const kind = kindOf(start);
  switch (kind) {
    case "json":
    case "sequence":
      return openJson(bytes, hints, kind === "sequence");
    case "text":
      return openCsv(bytes, hints);
  }
}
void spooled;

type Kind = "json" | "sequence" | "text";

function kindOf(start: Uint8Array): Kind {
  const text = new TextDecoder(
    start[1] === 0xfe || start[1] === 0xff ? (start[0] === 0xff ? "utf-16le" : "utf-16be") : "utf-8",
  )
    .decode(start)
    .trimStart();
  if (text.startsWith("\u001e")) return "sequence";
  if (!text.startsWith("{") && !text.startsWith("[")) return "text";
  const [line = "", ...more] = text.split(/\r?\n/, 3);
  return text.startsWith("{") && more.some((one) => one.startsWith("{")) && isJson(line) ? "sequence" : "json";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
