import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { ask, askJson, postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, type Given, withHouse, withKey } from "./common.ts";

interface Upload {
  id: string;
  size: number;
  sha256?: string;
  partBytes: number;
  parts: number;
  received: number[];
}
interface Draft {
  id: string;
  slug: string;
  state: "reading" | "ready" | "wrong" | "refused";
  progress?: { rows: number; share: number };
  format?: string;
  rows: number;
  columns: { name: string; type: string; personal: string; isProposed?: true }[];
  notes: string[];
  mistakes: { pointer: string; detail: string }[];
  mistaken: number;
}

const LOOK_MS = 1_000;
const SHOWN = 20;

export const upload: Command = {
  summary: "Send a file of open data in parts, look at what is found in it, and publish it",
  args: {
    ...withHouse,
    file: { type: "positional", required: true, description: "The file" },
    city: { type: "string", required: true, description: "Which city", valueHint: "slug" },
    title: { type: "string", required: true, description: "The dataset's title", valueHint: "text" },
    licence: { type: "string", required: true, description: "Such as CC-BY-4.0", valueHint: "text" },
    source: { type: "string", required: true, description: "Who collected it, and how", valueHint: "text" },
    description: { type: "string", description: "What it is", valueHint: "text" },
    updates: { type: "string", description: "Publish it as the next version of this dataset", valueHint: "address" },
    fills: { type: "string", description: "A table of a module, as publisher/module/part", valueHint: "name" },
    personal: {
      type: "string",
      description: "none: no column is about people; as_proposed: the house's proposals are right",
      valueHint: "word",
    },
    encoding: { type: "string", description: "Such as windows-1252, where it is guessed wrongly", valueHint: "label" },
    delimiter: { type: "string", description: "What stands between fields", valueHint: "sign" },
    layer: { type: "string", description: "The sheet or layer to read", valueHint: "name" },
    epsg: { type: "string", description: "The coordinate system of its places", valueHint: "code" },
    "leave-out-wrong": { type: "boolean", description: "Publish without the rows that have mistakes" },
    upload: { type: "string", description: "Go on with an upload that was cut off", valueHint: "id" },
    "dry-run": { type: "boolean", description: "Show what would be published; publish nothing" },
    token: {
      type: "string",
      description: "A key with the scope opendata.datasets:write (better: HANSA_TOKEN)",
      valueHint: "token",
    },
  },
  examples: [
    "hansa dataset upload stops.csv --city nantes --title 'Bus stops' --licence ODbL-1.0 --source 'Transport office' --personal none",
    "hansa dataset upload trees.xlsx --city nantes --title Trees --licence CC0-1.0 --source Parks --updates trees --dry-run",
  ],
  async run(args) {
    const { house, headers } = withKey(args, "opendata.datasets:write");
    const at = `/cities/${encodeURIComponent(args.must("city"))}`;
    const client = { house, at, headers };
    const path = args.must("file");
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      throw new Trouble("usage", `${path} cannot be read.`, error.message, "Give the path of a file.");
    });
    try {
      const sent = await send(client, file, basename(path), args.text("upload"));
      const draft = await drafted(client, sent, args);
      if (draft.state !== "ready")
        throw new Trouble(
          "refused",
          `${path} cannot be published: ${draft.mistaken} mistakes.`,
          draft.mistakes[0]?.detail ?? "It gave no reason.",
          "Mend the file, say how it is to be read, or add --leave-out-wrong.",
          draft.mistakes.slice(0, SHOWN).map(({ pointer, detail }) => ({ at: pointer, detail })),
        );
      const found = [
        `${draft.rows} rows, read as ${draft.format ?? "a file"}:`,
        ...draft.columns.map(
          ({ name, type, personal, isProposed }) =>
            `  ${name}  ${type}  about people: ${personal}${isProposed ? " (proposed)" : ""}`,
        ),
        ...draft.notes.map((note) => `  ${note}`),
        ...(draft.mistaken > 0 ? [`  ${draft.mistaken} mistakes: the rows that have them are left out.`] : []),
      ];
      if (args.flag("dry-run"))
        return {
          json: { draft },
          lines: [...found, `Nothing was published. Look at it: ${house}${at}/staff/data/${draft.id}`],
        };
      const { body } = await postJson<{ slug: string; latest: { number: number } }>(
        house,
        `${at}/v1/datasets/${draft.id}/publish`,
        {},
        client.headers,
      );
      return {
        json: { dataset: body },
        lines: [...found, `Version ${body.latest.number} is public: ${house}${at}/data/${body.slug}`],
      };
    } finally {
      await file.close();
    }
  },
};

interface Client {
  house: string;
  at: string;
  headers: Record<string, string>;
}

/** Sends what is not there yet. @returns the upload, whole */
async function send(client: Client, file: FileHandle, name: string, begun: string | undefined): Promise<Upload> {
  const { house, at, headers } = client;
  const { size } = await file.stat();
  const sha256 = await digestOf(file, size);
  const { body: upload } =
    begun === undefined
      ? await postJson<Upload>(house, `${at}/v1/uploads`, { name, size, sha256 }, headers)
      : await askJson<Upload>(house, `${at}/v1/uploads/${encodeURIComponent(begun)}`, { headers });
  if (upload.size !== size || (upload.sha256 !== undefined && upload.sha256 !== sha256))
    throw new Trouble("usage", `${upload.id} is of another file.`, "Length or digest differ.", "Leave --upload out.");
  const has = new Set(upload.received);
  for (let part = 1; part <= upload.parts; part++) {
    if (has.has(part)) continue;
    const from = (part - 1) * upload.partBytes;
    const bytes = await piece(file, from, Math.min(upload.partBytes, size - from));
    const digest = createHash("sha256").update(bytes).digest("base64");
    try {
      await ask(house, `${at}/v1/uploads/${upload.id}/parts/${part}`, {
        method: "PUT",
        headers: {
          ...headers,
          "Content-Type": "application/octet-stream",
          "Content-Digest": `sha-256=:${digest}:`,
        },
        body: bytes as NonNullable<RequestInit["body"]>,
      });
    } catch (error) {
      if (!(error instanceof Trouble) || error.exit !== "unreachable") throw error;
      throw new Trouble(error.exit, error.what, error.why, `Go on with the same command and --upload ${upload.id}`);
    }
    say(`sent ${Math.round((100 * part) / upload.parts)} %`);
  }
  return upload;
}

async function drafted({ house, at, headers }: Client, { id }: Upload, args: Given): Promise<Draft> {
  const epsg = args.text("epsg");
  const [encoding, delimiter, layer] = ["encoding", "delimiter", "layer"].map((name) => args.text(name));
  const order = {
    upload: id,
    title: args.must("title"),
    licence: args.must("licence"),
    source: args.must("source"),
    description: args.text("description"),
    updates: args.text("updates"),
    fills: args.text("fills"),
    personal: args.text("personal"),
    hints: { encoding, delimiter, layer, ...(epsg === undefined ? {} : { epsg: Number(epsg) }) },
    ...(args.flag("leave-out-wrong") ? { leavesOutWrong: true } : {}),
  };
  let { body: draft } = await postJson<Draft>(house, `${at}/v1/drafts`, order, headers);
  while (draft.state === "reading") {
    await new Promise((resume) => setTimeout(resume, LOOK_MS));
    draft = (await askJson<Draft>(house, `${at}/v1/drafts/${draft.id}`, { headers })).body;
    if (draft.progress) say(`read ${Math.round(draft.progress.share * 100)} %, ${draft.progress.rows} rows`);
  }
  return draft;
}

const CHUNK = 1024 * 1024;
async function digestOf(file: FileHandle, size: number): Promise<string> {
  const hash = createHash("sha256");
  for (let from = 0; from < size; from += CHUNK) hash.update(await piece(file, from, Math.min(CHUNK, size - from)));
  return hash.digest("hex");
}

async function piece(file: FileHandle, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let has = 0; has < length; ) {
    const { bytesRead } = await file.read(bytes, has, length - has, from + has);
    if (bytesRead === 0)
      throw new Trouble("usage", "The file became shorter.", "It was changed meanwhile.", "Send it again.");
    has += bytesRead;
  }
  return bytes;
}

/** Progress is for people who look on, and no part of the answer. */
function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
