import { gunzipSync } from "node:zlib";
import { isHere, isOutside, type Reached, reach } from "../../../shared/outside.ts";
import { UPLOAD_MAX } from "../uploads/schema.ts";
import { amiss, whereOf } from "./mistakes.ts";
import { DEPTH_MAX, isTooDeep } from "./nesting.ts";
import { Address } from "./schema.ts";

/** A document that says where the data are, or a page of them, is in memory as a whole. */
const DOCUMENT_MAX = 16 * 1024 * 1024;
const DOCUMENT_MS = 30_000;
const FILE_MS = 15 * 60_000;
const REDIRECTS_MAX = 5;
/** All that one run asks for. */
const REQUESTS_MAX = 3_000;

export interface AskerOptions {
  /** Also this machine: of a synthetic city alone. */
  mayBeHere: boolean;
  /** These alone, where a module said whom it asks. */
  hosts?: readonly string[] | undefined;
  /** Where the stand-ins answer for made-up hosts: for what modules fetch in a synthetic city. */
  standIns?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** A name that nobody can have on the internet. @see https://datatracker.ietf.org/doc/html/rfc2606 */
const isMadeUp = ({ hostname }: URL): boolean => hostname.endsWith(".example");

export interface Conditions {
  etag?: string | undefined;
  lastModified?: string | undefined;
}

/** What one run may ask, and how: each address is looked at, redirects too. */
export class Asker {
  private requests = 0;
  constructor(private readonly options: AskerOptions) {}

  /** May this address be asked at all? @throws {Fault} invalid */
  demand(address: string): void {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const isAllowed =
      url &&
      !url.username &&
      !url.password &&
      (isOutside(url) || (this.options.mayBeHere && isHere(url))) &&
      this.mayAsk(url);
    if (!isAllowed) throw amiss("address", { address: address.slice(0, 200) }, "invalid");
  }

  private readonly mayAsk = ({ hostname }: URL): boolean => this.options.hosts?.includes(hostname) ?? true;

  private async get(address: string, headers: Record<string, string>, timeoutMs: number, bytesMax: number) {
    this.requests += 1;
    if (this.requests > REQUESTS_MAX) throw amiss("requests", { most: REQUESTS_MAX });
    const { mayBeHere, standIns, signal } = this.options;
    const url = new URL(address);
    const stood = standIns !== undefined && this.mayAsk(url) && isMadeUp(url) ? `${standIns}/elsewhere/` : undefined;
    const isOfHost = ({ href }: URL) => href.startsWith(`${stood}${url.hostname}/`);
    return reach(
      stood === undefined ? address : `${stood}${url.hostname}${url.pathname}${url.search}`,
      {
        headers: { "User-Agent": "Hansa harvest", "Accept-Encoding": "identity", ...headers },
        ...(signal ? { signal } : {}),
      },
      {
        mayBeHere: mayBeHere || stood !== undefined,
        mayAsk: stood === undefined ? this.mayAsk : isOfHost,
        ...{ timeoutMs, bytesMax, redirectsMax: REDIRECTS_MAX },
      },
    );
  }

  /** A file, of any size, as it comes; undefined if it is still what it was. @throws {Fault} unavailable, invalid */
  async file(address: string, { etag, lastModified }: Conditions = {}): Promise<Reached | undefined> {
    const headers = {
      Accept: "text/csv, application/geo+json, application/json;q=0.9, */*;q=0.5",
      ...(etag === undefined ? {} : { "If-None-Match": etag }),
      ...(lastModified === undefined ? {} : { "If-Modified-Since": lastModified }),
    };
    const answer = await this.get(address, headers, FILE_MS, UPLOAD_MAX);
    if (answer.status === 304) {
      answer.drop();
      return undefined;
    }
    demandGood(answer);
    return answer;
  }

  /** A document as a whole. @throws {Fault} unavailable, invalid */
  async document(address: string, accept: string): Promise<{ bytes: Uint8Array; type: string; url: URL }> {
    const answer = await this.get(address, { Accept: accept }, DOCUMENT_MS, DOCUMENT_MAX);
    demandGood(answer);
    const parts: Uint8Array[] = [];
    for await (const part of answer.body) parts.push(part);
    const type = (answer.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
    return { bytes: plain(Buffer.concat(parts), answer), type, url: answer.url };
  }

  async json(address: string, accept = "application/json"): Promise<{ value: unknown; url: URL }> {
    const { bytes, url } = await this.document(address, accept);
    let text: string;
    let value: unknown;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      value = JSON.parse(text);
    } catch {
      throw amiss(isPage(bytes) ? "page" : "json.none", { where: whereOf(url) });
    }
    if (isTooDeep(text)) throw amiss("json.deep", { where: whereOf(url), most: DEPTH_MAX });
    return { value, url };
  }
}

/**
 * Where a link in a document leads; undefined if it is none that may be kept as a source's address. Many a server behind another does not know that it is
 * asked by https, and writes its own name without.
 */
export function linkedTo(href: unknown, base: URL): URL | undefined {
  if (typeof href !== "string" || !URL.canParse(href, base.href)) return undefined;
  const url = new URL(href, base);
  if (base.protocol === "https:" && url.protocol === "http:" && url.hostname === base.hostname && url.port === "")
    url.protocol = "https:";
  return Address.safeParse(url.href).success ? url : undefined;
}

function demandGood(answer: Reached): void {
  const encoding = (answer.headers.get("content-encoding") ?? "identity").toLowerCase();
  const isGood = answer.status === 200 && ["identity", "gzip", "x-gzip"].includes(encoding);
  if (isGood) return;
  answer.drop();
  const where = whereOf(answer.url);
  if (answer.status === 200) throw amiss("packed", { where, as: encoding.slice(0, 40) });
  throw amiss(codeOf(answer.status), { where, status: String(answer.status) });
}

function codeOf(status: number): "status" | "status.gone" | "status.denied" | "status.busy" {
  if (status === 404 || status === 410) return "status.gone";
  if (status === 401 || status === 403) return "status.denied";
  return status === 429 || status >= 500 ? "status.busy" : "status";
}

/** What was packed although nobody asked for it. A file may stay so: its readers unpack it, with a bound. */
function plain(bytes: Buffer, { headers, url }: Reached): Uint8Array {
  if ((headers.get("content-encoding") ?? "identity") === "identity") return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: DOCUMENT_MAX });
  } catch {
    throw amiss("unpacked", { where: whereOf(url) });
  }
}

const START = 512;
const isPage = (bytes: Uint8Array): boolean =>
  /^\uFEFF?\s*(?:<!doctype html|<html)\b/i.test(new TextDecoder().decode(bytes.subarray(0, START)));

/** The same bytes. @throws {Fault} unavailable: they begin as a page for people does */
export async function* noPage({ body, url }: Pick<Reached, "body" | "url">): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of body) {
    if (isFirst && isPage(chunk)) throw amiss("page", { where: whereOf(url) });
    isFirst = false;
    yield chunk;
  }
}
