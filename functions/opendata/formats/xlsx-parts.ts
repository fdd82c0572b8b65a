import { refuse } from "./note.ts";
import { readAllXml } from "./xml.ts";
import type { Archive } from "./zip.ts";

/** The texts of a workbook are all held while a sheet is read: so much they may take, in bytes of memory. */
const TEXTS_MAX = 64 * 1024 * 1024;
const TEXT_COST = 40;

export interface Sheet {
  name: string;
  path: string;
}

/** What a workbook has beside its sheets. */
export interface Workbook {
  sheets: Sheet[];
  texts: string[];
  /** By the number of a cell's style: what its number stands for. */
  kinds: NumberKind[];
  /** Days are counted from 1904, as old ones of the Macintosh do. */
  isFrom1904: boolean;
}
export type NumberKind = "number" | "date" | "datetime" | "time";

/** @throws {Unreadable} a part that is missing or damaged */
export async function readWorkbook(zip: Archive): Promise<Workbook> {
  const path =
    zip.names.find((name) => /^(?:xl\/)?workbook\.xml$/i.test(name)) ??
    refuse("xlsx.part", { file: "xl/workbook.xml" });
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
  const rels = `${folder}_rels/${path.slice(folder.length)}.rels`;
  if (!zip.names.includes(rels)) refuse("xlsx.part", { file: rels });
  const targets = await readTargets(zip, rels, folder);
  const { sheets, isFrom1904 } = await readSheets(zip, path);
  const found = sheets.flatMap(({ name, id }) => {
    const target = targets.get(id);
    return target?.type === "worksheet" && zip.names.includes(target.path) ? [{ name, path: target.path }] : [];
  });
  if (found.length === 0) refuse("xlsx.part", { file: "xl/worksheets/sheet1.xml" });
  const part = (type: string) =>
    [...targets.values()].find((one) => one.type === type && zip.names.includes(one.path))?.path;
  const [texts, styles] = [part("sharedStrings"), part("styles")];
  return {
    sheets: found,
    isFrom1904,
    texts: texts === undefined ? [] : await readTexts(zip, texts),
    kinds: styles === undefined ? [] : await readKinds(zip, styles),
  };
}

async function readTargets(
  zip: Archive,
  path: string,
  folder: string,
): Promise<Map<string, { type: string; path: string }>> {
  const targets = new Map<string, { type: string; path: string }>();
  await readAllXml(zip.bytes(path), () => ({
    open(name, { Id: id, Target: target, Type: type }) {
      if (name !== "Relationship" || !id || !target || !type) return;
      const at = target.startsWith("/") ? target.slice(1) : new URL(target, `file:///${folder}`).pathname.slice(1);
      targets.set(id, { type: type.slice(type.lastIndexOf("/") + 1), path: at });
    },
    text() {},
    close() {},
  }));
  return targets;
}

async function readSheets(
  zip: Archive,
  path: string,
): Promise<{ sheets: { name: string; id: string }[]; isFrom1904: boolean }> {
  const sheets: { name: string; id: string }[] = [];
  let isFrom1904 = false;
  await readAllXml(zip.bytes(path), () => ({
    open(name, attributes) {
      if (name === "workbookPr") isFrom1904 = /^(?:1|true)$/.test(attributes["date1904"] ?? "");
      // What its maker has hidden is not meant to be published.
      if (name !== "sheet" || (attributes["state"] ?? "visible") !== "visible") return;
      const id = Object.entries(attributes).find(([key]) => key.endsWith(":id"))?.[1];
      if (attributes["name"] && id) sheets.push({ name: attributes["name"], id });
    },
    text() {},
    close() {},
  }));
  return { sheets, isFrom1904 };
}

/** The texts that cells name by number; hints on how to say them (in Japanese) are none of them. */
async function readTexts(zip: Archive, path: string): Promise<string[]> {
  let cost = 0;
  return readAllXml<string>(zip.bytes(path), (emit) => {
    let [text, isText, isHint] = ["", false, false];
    return {
      open(name) {
        if (name === "si") text = "";
        else if (name === "rPh") isHint = true;
        else if (name === "t") isText = true;
      },
      text(more) {
        if (isText && !isHint) text += more;
      },
      close(name) {
        if (name === "t") isText = false;
        else if (name === "rPh") isHint = false;
        else if (name === "si") {
          cost += text.length * 2 + TEXT_COST;
          if (cost > TEXTS_MAX) refuse("xlsx.texts", { most: TEXTS_MAX / 1024 ** 2 });
          emit(text);
        }
      },
    };
  });
}

/** Formats that every workbook has without saying so. */
const BUILT_IN: [from: number, to: number, kind: NumberKind][] = [
  [14, 17, "date"],
  [18, 21, "time"],
  [22, 22, "datetime"],
  [27, 31, "date"],
  [32, 35, "time"],
  [36, 36, "date"],
  [45, 47, "time"],
  [50, 58, "date"],
];

async function readKinds(zip: Archive, path: string): Promise<NumberKind[]> {
  const formats = new Map<number, NumberKind>();
  for (const [from, to, kind] of BUILT_IN) for (let id = from; id <= to; id++) formats.set(id, kind);
  let isInCells = false;
  return readAllXml<NumberKind>(zip.bytes(path), (emit) => ({
    open(name, attributes) {
      if (name === "numFmt") formats.set(Number(attributes["numFmtId"]), kindOf(attributes["formatCode"] ?? ""));
      else if (name === "cellXfs") isInCells = true;
      else if (name === "xf" && isInCells) emit(formats.get(Number(attributes["numFmtId"])) ?? "number");
    },
    text() {},
    close(name) {
      if (name === "cellXfs") isInCells = false;
    },
  }));
}

/** What a format such as `dd/mm/yyyy hh:mm` shows, literal texts and colours left out. */
function kindOf(format: string): NumberKind {
  const bare = format
    .slice(0, 200)
    .replace(/"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, "")
    .split(";", 1)[0]!;
  const hasDay = /[dy]/i.test(bare);
  const hasTime = /[hs]/i.test(bare);
  if (/general/i.test(bare)) return "number";
  return hasDay ? (hasTime ? "datetime" : "date") : hasTime ? "time" : /m/i.test(bare) ? "date" : "number";
}
