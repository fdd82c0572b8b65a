import { createHash, createPublicKey, verify } from "node:crypto";
import canonicalize from "canonicalize";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { Fault } from "../../shared/errors.ts";
import { City, type Here } from "../../shared/here.ts";
import type { CityRoom } from "../../shared/room.ts";
import type { Item } from "../../shared/table.ts";

/**
 * A whole city in one zip: `city.json`, `collections/<room>.<name>.jsonl`, `blobs/<sha-256>`, `blobs.json` (key to
 * digest), `ledger.json` (the proof of zero), `manifest.json` (digest of every file) and `signature.json` (Ed25519 by
 * the city over the manifest). Law: export, import, export gives the same manifest.
 */
export interface Bundle {
  bytes: Uint8Array;
  /** SHA-256 of the manifest, hexadecimal: names the bundle. */
  digest: string;
}

/** What the kernel itself leaves behind, as rooms do in `leaves`. */
export const KERNEL_LEAVES: Record<string, string> = {
  CITY: "the profile travels as city.json, and is written last",
  SECRET: "keys stay where they were made: the new house makes its own",
  OUTBOX: "messages that were kept instead of sent, for seven days",
  "LEDGER CHECKPOINT": "the ledger's shortcut makes itself again from the journal",
  "CHECKPOINT#": "the same",
  "IDEM#": "answers to repeated requests, kept for two days",
};

/** Is this key one of those that are left behind? `CODE#` begins a partition key, `CITY` is one, `A# B#` begins both keys. */
export const isLeft = ({ pk, sk }: { pk: string; sk: string }, leaves: Record<string, string>): boolean =>
  Object.keys(leaves).some((key) => {
    const [partition = "", sort = ""] = key.split(" ");
    return (partition.endsWith("#") ? pk.startsWith(partition) : pk === partition) && sk.startsWith(sort);
  });

const FORMAT = "hansa-city/1";
const UNPACKED_MAX = 1024 * 1024 * 1024;
const EPOCH = new Date("1980-01-02T00:00:00Z"); // zip knows no time before; a fixed one keeps bundles equal

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const canonical = (value: unknown): string => canonicalize(value) as string;

// Bytes do not fit JSON: they travel as {"$bytes": base64}.
const outward = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? { $bytes: Buffer.from(value).toString("base64") }
    : Array.isArray(value)
      ? value.map(outward)
      : value !== null && typeof value === "object"
        ? Object.fromEntries(
            Object.entries(value)
              .filter(([, v]) => v !== undefined)
              .map(([k, v]) => [k, outward(v)]),
          )
        : value;
const inward = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inward);
  if (value === null || typeof value !== "object") return value;
  const { $bytes } = value as { $bytes?: unknown };
  if (typeof $bytes === "string") return new Uint8Array(Buffer.from($bytes, "base64"));
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, inward(v)]));
};

export async function exportCity(here: Here, rooms: readonly CityRoom[]): Promise<Bundle> {
  const files: Record<string, Uint8Array> = { "city.json": strToU8(canonical(here.city)) };
  const blobs: Record<string, string> = {};
  for (const { name, list } of collectionsOf(rooms)) {
    const lines: [string, string][] = [];
    for await (const item of list(here)) lines.push([`${item.pk}\0${item.sk}`, canonical(outward(item))]);
    lines.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    files[`collections/${name}.jsonl`] = strToU8(lines.map(([, line]) => `${line}\n`).join(""));
  }
  for (const room of rooms) {
    for await (const key of room.blobs?.(here) ?? []) {
      const bytes = await here.blobs.get(key);
      if (!bytes) throw new Error(`the blob ${key} of ${room.name} is missing`);
      blobs[key] = sha256(bytes);
      files[`blobs/${blobs[key]}`] = bytes;
    }
  }
  files["blobs.json"] = strToU8(canonical(blobs));
  files["ledger.json"] = strToU8(canonical(outward(await here.ledger.prove())));
  const manifest = strToU8(
    canonical({
      format: FORMAT,
      city: here.city.slug,
      files: Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, sha256(bytes)])),
    }),
  );
  const signature = Buffer.from(await here.secrets.sign("export", manifest)).toString("base64");
  const key = await here.secrets.publicKey("export");
  files["manifest.json"] = manifest;
  files["signature.json"] = strToU8(canonical({ key, signature }));
  return { bytes: zipSync(files, { mtime: EPOCH, level: 6 }), digest: sha256(manifest) };
}

/** Every collection of a city, by room. */
export function collectionsOf(
  rooms: readonly CityRoom[],
): { name: string; list: (here: Here) => AsyncIterable<Item> }[] {
  return rooms.flatMap((room) =>
    Object.entries(room.collections).map(([name, list]) => ({ name: `${room.name}.${name}`, list })),
  );
}

export interface OpenedBundle {
  city: City;
  digest: string;
  items: Item[];
  blobs: [key: string, bytes: Uint8Array][];
}

/** Reads a bundle and checks its signature and every digest. @throws {Fault} malformed, invalid: what is wrong with it */
export function openBundle(bytes: Uint8Array): OpenedBundle {
  const broken = (why: string) => new Fault("invalid", why, { errors: [{ pointer: "#", detail: why }] });
  let files: Record<string, Uint8Array>;
  try {
    let unpacked = 0;
    files = unzipSync(bytes, {
      filter: ({ originalSize }) => {
        unpacked += originalSize;
        if (unpacked > UNPACKED_MAX) throw new Fault("too_large", "The bundle unpacks to more than a gigabyte.");
        return true;
      },
    });
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault("malformed", "This is not a bundle: it is no zip file.");
  }
  const read = (path: string): Uint8Array => {
    const file = files[path];
    if (!file) throw broken(`The bundle has no ${path}.`);
    return file;
  };
  const parse = (path: string): unknown => {
    try {
      return JSON.parse(strFromU8(read(path)));
    } catch (error) {
      throw error instanceof Fault ? error : broken(`${path} is not JSON.`);
    }
  };
  const manifest = read("manifest.json");
  const { key, signature } = parse("signature.json") as { key: import("node:crypto").JsonWebKey; signature: string };
  let isSigned = false;
  try {
    isSigned = verify(null, manifest, createPublicKey({ key, format: "jwk" }), Buffer.from(signature, "base64"));
  } catch {}
  if (!isSigned) throw broken("The bundle's signature does not hold.");
  const { format, files: digests } = parse("manifest.json") as { format: string; files: Record<string, string> };
  if (format !== FORMAT) throw broken(`This house reads ${FORMAT}, not ${format}.`);
  for (const [path, digest] of Object.entries(digests))
    if (sha256(read(path)) !== digest) throw broken(`${path} was changed.`);
  const extra = Object.keys(files).filter(
    (path) => !(path in digests) && !["manifest.json", "signature.json"].includes(path),
  );
  if (extra.length > 0) throw broken(`${extra[0]} is not in the manifest.`);

  const city = City.safeParse(parse("city.json"));
  if (!city.success) throw broken("city.json is not a city's profile.");
  const items = Object.keys(digests)
    .filter((path) => path.startsWith("collections/"))
    .flatMap((path) =>
      strFromU8(read(path))
        .split("\n")
        .filter(Boolean)
        .map((line) => itemOf(line, () => broken(`${path} holds a line that is no item of a city.`))),
    );
  const blobs = Object.entries(parse("blobs.json") as Record<string, string>).map(
    ([blob, digest]) => [blob, read(`blobs/${digest}`)] as [string, Uint8Array],
  );
  return { city: city.data, digest: sha256(manifest), items, blobs };
}

/** An item that may be written: never one that the kernel keeps for itself, such as the city's keys. */
function itemOf(line: string, broken: () => Fault): Item {
  let item: Item;
  try {
    item = inward(JSON.parse(line)) as Item;
  } catch {
    throw broken();
  }
  const isItem =
    typeof item === "object" && item !== null && typeof item.pk === "string" && typeof item.sk === "string";
  if (!isItem || isLeft(item, KERNEL_LEAVES)) throw broken();
  return item;
}

// One transaction has at most 100 writes and 4 MB; an item has at most 400 KB.
const WRITES = 10;
/** The city's profile: written last, as it answers from then on. */
export const PROFILE = { pk: "CITY", sk: "CITY" };

/**
 * Writes a bundle's contents into a city that is not open yet; may run twice.
 * @throws {ConditionFailed} it is open: what its people have done since is not written over
 */
export async function importInto(here: Here, { items, blobs }: OpenedBundle): Promise<void> {
  for (const [key, bytes] of blobs) await here.blobs.put(key, bytes);
  for (let at = 0; at < items.length; at += WRITES)
    await here.table.transact([
      { check: PROFILE, if: "absent" },
      ...items.slice(at, at + WRITES).map((put) => ({ put })),
    ]);
}
