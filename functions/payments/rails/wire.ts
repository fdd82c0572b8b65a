import { createHash } from "node:crypto";
import { z } from "zod";
import { Fault, invalid } from "../../../shared/errors.ts";
import { Currency, exponentOf } from "../../../shared/money.ts";

// What the rails of telephones have in common on the wire: JSON over HTTP, a token that is asked for once and used
// for its hour, exact decimal amounts, and numbers of our own that a provider wants as UUIDs.

const TIMEOUT_MS = 10_000;
const ANSWER_MAX = 1_000_000;

export interface Answer {
  status: number;
  headers: Headers;
  /** What the JSON says; undefined when there was none. */
  body: unknown;
}
export interface Asking {
  method?: "GET" | "POST" | "PUT" | "PATCH";
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as a form, as OAuth wants it. */
  form?: Record<string, string>;
  /** By what it is sent: `outside` for an address that somebody entered. */
  via?: (url: string, init: RequestInit) => Promise<Response>;
  /** Statuses of 500 and above with which this provider answers all the same: its body is read then. */
  answersWith?: readonly number[];
}

export const silent = (detail = "The payment provider does not answer at the moment."): Fault =>
  new Fault("unavailable", detail, { retryAfterS: 30 });

/**
 * Asks a provider once; what stays unanswered is asked again by the poller, later. It follows no redirect, which could
 * carry the city's keys elsewhere.
 * @returns what it said with any status below 500: what a refusal means is known to the rail
 * @throws {Fault} unavailable: no answer in time, one that nobody can read, too many requests, or its own failure
 */
export async function asked(
  url: string,
  { method = "GET", headers = {}, json, form, via = fetch, answersWith = [] }: Asking = {},
): Promise<Answer> {
  let answer: Response;
  let text: string;
  try {
    answer = await via(url, {
      method,
      headers: { Accept: "application/json", ...(json ? { "Content-Type": "application/json" } : {}), ...headers },
      ...(json ? { body: JSON.stringify(json) } : form ? { body: new URLSearchParams(form) } : {}),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await answer.text();
  } catch {
    throw silent();
  }
  const { status } = answer;
  const isLater = status === 408 || status === 429 || (status >= 300 && status < 400);
  if (isLater || (status >= 500 && !answersWith.includes(status)) || text.length > ANSWER_MAX) throw silent();
  return { status, headers: answer.headers, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The body as this shape. @throws {Fault} unavailable: the provider said something that nobody can read */
export function readAs<S extends z.ZodType>(schema: S, { body }: Pick<Answer, "body">): z.infer<S> {
  const read = schema.safeParse(body);
  if (!read.success) throw silent("The payment provider's answer cannot be read.");
  return read.data;
}

/** The provider refuses the city's own keys: no payer can do anything about it. */
export const keyRefused = (): Fault =>
  new Fault("unavailable", "The payment provider does not accept this city's keys; its administrator must look.");

export interface Token {
  value: string;
  /** Seconds from now. */
  expiresInS: number;
}
const TOKENS_MAX = 500;
/** A token is left this long before its end: it must outlive the request that carries it. */
const LEFT_MS = 60_000;
const tokens = new Map<string, { expiresAt: number; value: Promise<string> }>();

/**
 * Asks with a token that is kept in this process until shortly before its end, and asked for anew when it is refused.
 * @param keys  all that the token was made from: whoever does not have these keys does not get the token
 */
export async function withToken(
  keys: readonly string[],
  { now, fetchToken }: { now: () => Date; fetchToken: () => Promise<Token> },
  ask: (token: string) => Promise<Answer>,
): Promise<Answer> {
  const name = createHash("sha256").update(JSON.stringify(keys)).digest("base64url");
  const made = async (): Promise<string> => {
    const known = tokens.get(name);
    if (known && known.expiresAt > now().getTime()) return known.value;
    const entry = { expiresAt: Number.POSITIVE_INFINITY, value: Promise.resolve("") };
    entry.value = fetchToken().then(
      ({ value, expiresInS }) => {
        entry.expiresAt = now().getTime() + expiresInS * 1_000 - LEFT_MS;
        return value;
      },
      (error: unknown) => {
        if (tokens.get(name) === entry) tokens.delete(name);
        throw error;
      },
    );
    tokens.set(name, entry);
    if (tokens.size > TOKENS_MAX) tokens.delete(tokens.keys().next().value!);
    return entry.value;
  };
  const answer = await ask(await made());
  if (answer.status !== 401) return answer;
  tokens.delete(name);
  const again = await ask(await made());
  if (again.status === 401) throw keyRefused();
  return again;
}

const Granted = z.looseObject({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });

/** Asks for a token by OAuth 2 client credentials (RFC 6749, 4.4). @throws {Fault} unavailable */
export async function clientToken(
  url: string,
  { id, secret, via }: { id: string; secret: string; via?: Asking["via"] },
): Promise<Token> {
  const answer = await asked(url, {
    method: "POST",
    headers: { Authorization: basic(id, secret) },
    form: { grant_type: "client_credentials" },
    ...(via ? { via } : {}),
  });
  return granted(answer);
}

/** The token that a provider has given. @throws {Fault} unavailable: it refuses these keys, or cannot be read */
export function granted(answer: Answer): Token {
  if (answer.status >= 400) throw keyRefused();
  const { access_token: value, expires_in: expiresInS } = readAs(Granted, answer);
  return { value, expiresInS };
}

export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

/** Which currencies a provider takes, each with the number of decimals that the provider writes. */
export type Exponents = Readonly<Record<string, number>>;

const AMOUNT_MAX = 1_000_000_000_000;

/**
 * Our minor units as the provider's decimal string: 1250 is "12.50" of EUR, "1250" of XOF.
 * @throws {Fault} invalid, when the provider cannot take exactly this amount: it is never rounded
 */
export function toDecimal(amountMinor: number, currency: string, exponents: Exponents): string {
  const exponent = Object.hasOwn(exponents, currency) ? exponents[currency] : undefined;
  if (exponent === undefined) throw invalid("#/currency", `The provider takes no ${currency}.`);
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0 || amountMinor > AMOUNT_MAX)
    throw invalid("#/amountMinor", "The provider takes no such amount.");
  const by = exponent - exponentOf(currency);
  const amount = by >= 0 ? BigInt(amountMinor) * 10n ** BigInt(by) : BigInt(amountMinor);
  const unit = by >= 0 ? 1n : 10n ** BigInt(-by);
  if (amount % unit !== 0n)
    throw invalid("#/amountMinor", `The provider cannot take exactly this amount of ${currency}.`);
  const digits = String(amount / unit).padStart(exponent + 1, "0");
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * The way back, of what a provider says in a string or a JSON number, with more zeros or fewer than it was sent.
 * @throws {Fault} unavailable: what it says is no whole number of our minor units
 */
export function fromDecimal(said: string | number, currency: string): number {
  const [, whole, fraction = ""] = /^([0-9]{1,15})(?:\.([0-9]{1,15}))?$/.exec(String(said)) ?? [];
  const unreadable = () => silent(`The payment provider names an amount of ${currency} that cannot be read.`);
  if (whole === undefined || !Currency.safeParse(currency).success) throw unreadable();
  const exponent = exponentOf(currency);
  const part = fraction.padEnd(exponent, "0");
  if (/[1-9]/.test(part.slice(exponent))) throw unreadable();
  const amountMinor = Number(whole + part.slice(0, exponent));
  if (!Number.isSafeInteger(amountMinor)) throw unreadable();
  return amountMinor;
}
/** The UUID (its form is that of version 4) that one of our ids has at a provider: always the same. */
export function uuidOf(purpose: string, id: string): string {
  const bytes = createHash("sha256").update(`${purpose} ${id}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** E.164 as telephone companies write it: without the plus sign. */
export const digitsOf = (msisdn: string): string => msisdn.replace(/^\+/, "");

/** What any telephone and any provider can show: plain letters, digits and a few signs. */
export const plain = (text: string, max: number): string =>
  text
    .normalize("NFKD")
    .replace(/[^ A-Za-z0-9.,-]+/g, "")
    .replace(/ {2,}/g, " ")
    .trim()
    .slice(0, max)
    .trim();
