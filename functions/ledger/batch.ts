import { isAscii } from "node:buffer";
import { hash } from "node:crypto";
import type { Context } from "hono";
import { Fault, invalid } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { BeyondExact } from "../../shared/ledger/state.ts";
import { mistakeOf } from "../../shared/ledger/transfers.ts";
import type { Posting, Transfer } from "../../shared/ledger.ts";
import { exponentOf } from "../../shared/money.ts";
import type { CityEnv } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { NewTransfers } from "./schema.ts";

const BODY_MAX = 1_000_000;
const FIELDS: ReadonlySet<string> = new Set(["debit", "credit", "amountMinor", "currency", "code", "memo"]);
const KEYS: ReadonlySet<string> = new Set(["transfers", "common", "effectiveOn", "mayNotGoBelow"]);
const TransfersLess = NewTransfers.omit({ transfers: true, common: true });

/**
 * Posts up to a thousand transfers as one: all or none. The Idempotency-Key names the post, so the journal itself
 * keeps the answer, for ever: the same key with the same transfers gets it again, with others
 * `idempotency_mismatch`.
 */
export async function postTransfers(c: Context<CityEnv>) {
  const sent = c.req.header("idempotency-key");
  if (!sent || sent.length > 200)
    throw new Fault("invalid", "Send an Idempotency-Key header of at most 200 signs, a new one for each intent.", {
      errors: [{ pointer: "header/Idempotency-Key", detail: "It is missing or too long." }],
    });
  const order = transfersOf(c.req.header("content-type"), await textOf(c));
  const name = hash("sha256", `${whoId(c.var.who)}\n${sent}`, "base64url");
  const id = `api:${name}`;
  try {
    const { seq, isRepeated } = await c.var.here.ledger.post({ id, ...order });
    if (isRepeated) c.header("Idempotency-Replayed", "true");
    return c.json({ id, seq, transfers: order.transfers.length }, 201);
  } catch (error) {
    // The one conflict that is about the key: something else was posted under it.
    if (error instanceof Fault && error.kind === "conflict" && (await c.var.here.ledger.entriesOf(id)))
      throw new Fault("idempotency_mismatch", "This Idempotency-Key was used with another body.");
    if (error instanceof BeyondExact)
      throw new Fault("conflict", "A balance would grow beyond the numbers that are exact.");
    throw error;
  }
}

/** Plain signs are a third of the work of UTF-8, and a batch hardly ever has others. */
async function textOf(c: Context<CityEnv>): Promise<string> {
  const bytes = Buffer.from(await c.req.arrayBuffer());
  return isAscii(bytes) ? bytes.toString("latin1") : new TextDecoder().decode(bytes);
}

/** The body, checked field by field without a schema: it is read for each of a million transfers. */
function transfersOf(type: string | undefined, text: string): Posting {
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type ?? ""))
    throw new Fault("unsupported_media", "Send JSON, with Content-Type: application/json.");
  if (text.length > BODY_MAX) throw new Fault("too_large", `A JSON body has at most ${BODY_MAX} bytes.`);
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Fault("malformed", "The body is not JSON.");
  }
  if (body === null || typeof body !== "object" || !Array.isArray(body["transfers"]))
    throw invalid("#/transfers", "A list of transfers.");
  for (const name in body) if (!KEYS.has(name)) throw invalid(`#/${name}`, "This field is not known here.");
  const common = body["common"] === undefined ? {} : fieldsOf(body["common"], "#/common");
  const transfers = (body["transfers"] as unknown[]).map((one, i) => {
    const own = fieldsOf(one, `#/transfers/${i}`);
    return {
      debit: own.debit === undefined ? common.debit : own.debit,
      credit: own.credit === undefined ? common.credit : own.credit,
      amountMinor: own.amountMinor === undefined ? common.amountMinor : own.amountMinor,
      currency: own.currency === undefined ? common.currency : own.currency,
      code: own.code === undefined ? common.code : own.code,
      memo: own.memo === undefined ? common.memo : own.memo,
    } as Transfer;
  });
  const mistake = mistakeOf(transfers);
  if (mistake) throw invalid(`#/transfers${mistake.at}`, mistake.detail);
  for (const [i, { currency }] of transfers.entries())
    if (!isCurrency(currency)) throw invalid(`#/transfers/${i}/currency`, "An ISO 4217 currency code.");
  const { transfers: _, common: _common, ...rest } = body;
  const { effectiveOn, mayNotGoBelow } = parsed(TransfersLess, rest);
  return {
    transfers,
    ...(effectiveOn === undefined ? {} : { effectiveOn }),
    ...(mayNotGoBelow === undefined ? {} : { mayNotGoBelow }),
  };
}

function fieldsOf(one: unknown, pointer: string): Partial<Transfer> {
  if (one === null || typeof one !== "object" || Array.isArray(one)) throw invalid(pointer, "A transfer is an object.");
  for (const name in one) if (!FIELDS.has(name)) throw invalid(`${pointer}/${name}`, "This field is not known here.");
  return one;
}

const known = new Map<string, boolean>();
function isCurrency(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  let is = true;
  try {
    exponentOf(name);
  } catch {
    is = false;
  }
  // Three letters have at most 17,576 forms: it cannot grow beyond them.
  known.set(name, is);
  return is;
}
