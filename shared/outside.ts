import { type LookupAddress, lookup } from "node:dns";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Fault } from "./errors.ts";

// Addresses that are nobody's on the public internet, by IANA's special-purpose registries: a city's setting must not
// make the house speak to its own network, to a cloud's metadata, or to itself.
const NOT_PUBLIC = new BlockList();
for (const [net, bits] of [
  ...([
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    // Of Azure's own machines alone, though the registries do not say so.
    ["168.63.129.16", 32],
    ["169.254.0.0", 16],
  ] as const),
  ...([
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["192.168.0.0", 16],
  ] as const),
  ...([
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 4],
    ["240.0.0.0", 4],
  ] as const),
] as const)
  NOT_PUBLIC.addSubnet(net, bits, "ipv4");
/** All that is given out on IPv6, and what of it leads elsewhere: documentation, Teredo, 6to4. */
const PUBLIC_6 = new BlockList();
PUBLIC_6.addSubnet("2000::", 3, "ipv6");
const NOT_PUBLIC_6 = new BlockList();
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  NOT_PUBLIC_6.addSubnet(net, bits, "ipv6");

/** Is it an address that anyone on the internet may have? */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !NOT_PUBLIC.check(address, "ipv4");
  return isIP(address) === 6 && PUBLIC_6.check(address, "ipv6") && !NOT_PUBLIC_6.check(address, "ipv6");
}

/** Why an address was not reached, or its answer not taken: a sentence for everybody, and what a page says it by. */
export class NotReached extends Fault {
  constructor(
    readonly why:
      | "unknown"
      | "silent"
      | "refused"
      | "slow"
      | "cut"
      | "expired"
      | "othername"
      | "untrusted"
      | "long"
      | "around"
      | "nowhere"
      | "inside"
      | "password"
      | "notasked",
    readonly values: Record<string, string | number>,
    message: string,
    kind: "unavailable" | "invalid" = "unavailable",
  ) {
    super(kind, message, kind === "unavailable" && why !== "long" ? { retryAfterS: 30 } : {});
  }
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

/** Below 1024 every port but its own is another service's: mail, shells, directories. */
const isPortOfHttps = ({ port }: URL): boolean => port === "" || Number(port) >= 1024;

/** Https, and no address that is not public. What a name stands for is seen when it is asked. */
export const isOutside = (url: URL): boolean =>
  url.protocol === "https:" && isPortOfHttps(url) && (isIP(hostOf(url)) === 0 || isPublicAddress(hostOf(url)));

export interface OutsideOptions {
  /** Also this machine by plain http: for trying things out in a synthetic city, never elsewhere. */
  mayBeHere?: boolean;
  timeoutMs?: number;
  bytesMax?: number;
  /** What this side shows a server that asks who calls (mutual TLS), both in PEM. */
  identity?: { certificate: string; privateKey: string };
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
export const isHere = (url: URL): boolean => url.protocol === "http:" && LOOPBACK.has(url.hostname);

/** What came back from outside, its body still to be read: whoever does not read it to its end drops it. */
export interface Reached {
  /** Where it came from in the end. */
  url: URL;
  status: number;
  headers: Headers;
  /** @throws {Fault} unavailable: cut off, too slow, or longer than was agreed */
  body: AsyncIterable<Uint8Array>;
  drop(): void;
}

export interface ReachOptions extends OutsideOptions {
  /** So many redirects are followed, each looked at as the first address was. */
  redirectsMax?: number;
  /** Where else it may not go. */
  mayAsk?: (url: URL) => boolean;
}

const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Asks an address that somebody entered: https to public addresses alone, looked up once and connected to as looked up
 * (a name that changes its mind between the check and the call gains nothing), bounded in time and size. The body comes
 * piece by piece. Redirects are followed only where that was asked for, and never from outside to this machine.
 *
 * @throws {Fault} invalid: not an address that may be asked; unavailable: no answer in time
 */
export async function reach(
  address: string | URL,
  init: RequestInit = {},
  {
    mayBeHere = false,
    timeoutMs = 10_000,
    bytesMax = 1_000_000,
    identity,
    redirectsMax = 0,
    mayAsk,
  }: ReachOptions = {},
): Promise<Reached> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])]);
  let url = new URL(address);
  const beganHere = mayBeHere && isHere(url);
  for (let redirects = 0; ; redirects++) {
    const answer = await sent(url, init, { mayBeHere: beganHere, identity, signal, mayAsk });
    const status = answer.statusCode ?? 502;
    const host = hostOf(url);
    const next = answer.headers.location;
    if (redirectsMax === 0 || !REDIRECTS.includes(status) || next === undefined)
      return {
        url,
        status,
        headers: headersOf(answer),
        body: bounded(answer, host, bytesMax),
        drop: () => answer.destroy(),
      };
    answer.destroy();
    if (redirects === redirectsMax)
      throw new NotReached("around", { host, most: redirectsMax }, `${host} sends on more than ${redirectsMax} times.`);
    if (!URL.canParse(next, url.href)) throw new NotReached("nowhere", { host }, `${host} sends on to no address.`);
    url = new URL(next, url);
  }
}

async function sent(
  url: URL,
  init: RequestInit,
  {
    mayBeHere,
    identity,
    signal,
    mayAsk,
  }: Pick<ReachOptions, "mayBeHere" | "identity" | "mayAsk"> & { signal: AbortSignal },
): Promise<IncomingMessage> {
  const here = mayBeHere && isHere(url);
  const host = hostOf(url);
  if (!here && !isOutside(url)) throw refused(host || url.protocol);
  if (url.username || url.password)
    throw new NotReached("password", {}, "An address here carries no name and password.", "invalid");
  if (mayAsk && !mayAsk(url))
    throw new NotReached("notasked", { host }, `${host} is not among the hosts that may be asked here.`, "invalid");
  // A `Request` makes bytes and content type of whatever fetch takes as a body.
  const asked = new Request(url, init);
  const body = Buffer.from(await asked.arrayBuffer());
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = (here ? plainRequest : secureRequest)(
      url,
      {
        method: asked.method,
        headers: {
          ...Object.fromEntries(asked.headers),
          ...(body.length > 0 || asked.method !== "GET" ? { "content-length": body.length } : {}),
        },
        lookup: here ? undefined : publicLookup,
        agent: false,
        signal,
        ...(identity ? { cert: identity.certificate, key: identity.privateKey } : {}),
      },
      resolve,
    );
    // An answer that nobody has begun to read may still break off.
    request.on("response", (answer) => answer.on("error", () => undefined));
    request.on("error", reject).end(body);
  }).catch((error) => away(error, host));
}

async function* bounded(answer: IncomingMessage, host: string, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const part of answer) {
      bytes += (part as Buffer).length;
      if (bytes > bytesMax)
        throw new NotReached(
          "long",
          { host, most: bytesMax },
          `The answer of ${host} is longer than ${bytesMax} bytes.`,
        );
      yield part as Buffer;
    }
  } catch (error) {
    away(error, host, "cut");
  } finally {
    answer.destroy();
  }
}

/** What went wrong, by Node's and OpenSSL's own names of it. */
const REASONS: Record<string, NotReached["why"]> = {
  ENOTFOUND: "unknown",
  EAI_AGAIN: "unknown",
  ECONNREFUSED: "refused",
  CERT_HAS_EXPIRED: "expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "othername",
  DEPTH_ZERO_SELF_SIGNED_CERT: "untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "untrusted",
  CERT_UNTRUSTED: "untrusted",
};

function away(error: unknown, host: string, otherwise: NotReached["why"] = "silent"): never {
  if (error instanceof Fault) throw error;
  throw new NotReached(reasonOf(error) ?? otherwise, { host }, `${host} does not answer.`);
}

/** Why a request or its answer broke off, where that is known. */
export function reasonOf(error: unknown): NotReached["why"] | undefined {
  const { code, cause } = error as { code?: string; cause?: { name?: string } };
  return cause?.name === "TimeoutError" ? "slow" : REASONS[String(code)];
}

function headersOf(answer: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headersDistinct))
    for (const one of value ?? []) headers.append(name, one);
  return headers;
}

/**
 * A `fetch` for such addresses: the whole body at once, no redirect followed.
 * @throws {Fault} invalid: not an address that may be asked; unavailable: no answer in time, or too long a one
 */
export function outside(options: OutsideOptions = {}) {
  return async (address: string | URL, init: RequestInit = {}): Promise<Response> => {
    const { status, headers, body } = await reach(address, init, options);
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    // What no server may say (RFC 9110 ends at 599), `Response` does not take.
    if (status < 200 || status > 599)
      throw new NotReached("silent", { host: new URL(address).host }, `${new URL(address).host} does not answer.`);
    const isBare = [204, 205, 304].includes(status);
    return new Response(isBare ? null : Buffer.concat(parts), { status, headers });
  };
}

const refused = (host: string) => new NotReached("inside", { host }, `${host} is no public https address.`, "invalid");

/** Node's own look-up, but one address that is not public refuses the name. */
const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error) return done(error, "", 0);
    if (found.length === 0 || found.some(({ address }) => !isPublicAddress(address)))
      return done(refused(hostname) as unknown as NodeJS.ErrnoException, "", 0);
    if (options.all) return done(null, found);
    done(null, found[0]!.address, found[0]!.family);
  });
};
