import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Limits, Ran } from "./sandbox/job.ts";
import type { Writing } from "./writing.ts";

/**
 * What the house needs from where it runs. Each port has at most two implementations, in `shared/local` and
 * `shared/aws`, chosen in `compose.ts` alone; no room can tell which. (The table has one: the SDK, two endpoints.)
 */

/** A file that comes piece by piece: it is there whole once it is closed, and not at all if it is dropped. */
export interface BlobWriter {
  /** The bytes are the writer's from now on: whoever gives them looks at them no more. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  drop(): Promise<void>;
}

/** Files by key. A city's handle writes the city's prefix itself. */
export interface Blobs {
  put(key: string, bytes: Uint8Array, options?: { contentType?: string }): Promise<void>;
  /** Begins a file that is longer than what should be in memory. */
  begin(key: string, options?: { contentType?: string }): Promise<BlobWriter>;
  /** All of it, or so many bytes from an offset on. */
  get(key: string, range?: { offset: number; length: number }): Promise<Uint8Array | undefined>;
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<string>;
  /** Where whoever is told it takes a file for a quarter of an hour; undefined where the house sends all files itself. */
  readonly addressOf?: (key: string, as: { name: string; type: string }) => Promise<string>;
  /** Where they lie, as `s3://…/`, for whoever has a right of their own there; undefined on one machine. */
  readonly at?: string;
}

/** Where outside systems lay files down for a city, a folder for each source. */
export interface Drops extends Blobs {
  /** As somebody who is to put files there is told it. */
  readonly place: string;
  /** It tells when a file has come, and a file is there whole or not at all; else it must be looked at. */
  readonly rings: boolean;
}

/** Wraps secrets so that only their owner, for their purpose, can open them again. */
export interface Vault {
  newSecret(owner: string, purpose: string): Promise<{ secret: Uint8Array; wrapped: Uint8Array }>;
  unwrap(owner: string, purpose: string, wrapped: Uint8Array): Promise<Uint8Array>;
}

/** Wakes the readers of a city's log. May ring twice, late, and for nothing; a lost ring is made up by the sweep. */
export interface Bell {
  ring(city: string): void;
  wake(city: string, at: Date): Promise<void>;
}

export interface Message {
  /** E.164 telephone number or e-mail address. */
  to: string;
  subject?: string;
  text: string;
  lang: string;
}

export interface Messages {
  send(message: Message): Promise<void>;
}

/** Runs somebody else's code for one city, where there is nothing to reach: see `shared/sandbox`. */
export interface Sandbox {
  /**
   * @param code   JavaScript, as a script
   * @param name   the function of it to be called
   * @param input  its one argument, as JSON carries it
   */
  run(code: string, name: string, input: unknown, limits: Limits): Promise<Ran>;
}

/** Bounds every key by a prefix. */
export function prefixed(blobs: Blobs, prefix: string): Blobs {
  const safe = (key: string) => {
    if (key.split("/").some((part) => part === "" || part === "." || part === ".."))
      throw new Error(`unsafe blob key ${key}`);
    return prefix + key;
  };
  return {
    put: (key, bytes, options) => blobs.put(safe(key), bytes, options),
    begin: (key, options) => blobs.begin(safe(key), options),
    get: (key, range) => blobs.get(safe(key), range),
    delete: (key) => blobs.delete(safe(key)),
    async *list(start) {
      for await (const key of blobs.list(prefix + start)) yield key.slice(prefix.length);
    },
    ...(blobs.at ? { at: blobs.at + prefix } : {}),
    ...(blobs.addressOf ? { addressOf: (key, as) => blobs.addressOf!(safe(key), as) } : {}),
  };
}

/** What one city says to the marketplace about a subject, one file each; the marketplace alone reads it. */
export interface ToMarket {
  put(about: string, bytes: Uint8Array): Promise<void>;
}

/** A city's file is known by its name alone, which only that city may write: see the data role. */
export const saidBy = (blobs: Blobs, city: string): ToMarket => ({
  put: (about, bytes) => blobs.put(`${about}/${city}.json`, bytes, { contentType: "application/json" }),
});

/** Keeps what is read with each request and hardly ever changes, where one process alone writes it. */
export interface Standing {
  /** What stands under the key, read at most once until it changes. */
  read<T>(key: string, read: () => Promise<T | undefined>): Promise<T | undefined>;
  /** From the end of `write` on, nobody is given what was read before. */
  changing<T>(keys: readonly string[], write: () => Promise<T>): Promise<T>;
}

/** Everything that differs between one machine and AWS. */
export interface Home {
  /** The SDK client whose rights end at this owner's keys: a city's slug, `CONTROL` or `MARKET`. */
  client(owner: string): DynamoDBClient;
  /** Of the table; undefined where other processes write it too. */
  readonly standing: Standing | undefined;
  /** How cities' single writes reach the table, where that is not one by one. */
  readonly writing: Writing | undefined;
  /** One city's blobs, below its own prefix. */
  cityBlobs(slug: string): Blobs;
  cityDrops(slug: string): Drops;
  readonly marketBlobs: Blobs;
  toMarket(slug: string): ToMarket;
  /** What all cities said: for the marketplace alone. */
  readonly fromCities: Pick<Blobs, "get" | "list">;
  vault(owner: string): Vault;
  sandbox(slug: string): Sandbox;
  /** Rings by itself what `deliver` handles; `deliver` tells a city's listeners what is due. */
  bell(deliver: (slug: string) => Promise<number>): Bell;
  /** Carries messages out of the house; without one they stay on the outbox page. */
  readonly carrier: Messages | undefined;
  /** The marketplace's store tells cities by itself when its files change; else whoever changes them must. */
  readonly marketRings: boolean;
}
