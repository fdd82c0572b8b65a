import { createHash } from "node:crypto";
import type { Context } from "hono";
import { Fault, invalid } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { mistakeOf } from "../../shared/ledger/transfers.ts";
import type { Transfer } from "../../shared/ledger.ts";
import { exponentOf } from "../../shared/money.ts";
import type { CityEnv } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { NewTransfers } from "./schema.ts";

const BODY_MAX = 1_000_000;
const FIELDS: ReadonlySet<string> = new Set(["debit", "credit", "amountMinor", "currency", "code", "memo"]);
const KEYS: ReadonlySet<string> = new Set(["transfers", "effectiveOn", "mayNotGoBelow"]);
const TransfersLess = NewTransfers.omit({ transfers: true });

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
  const order = transfersOf(c.req.header("content-type"), await c.req.text());
  const name = createHash("sha256")
    .update(`${whoId(c.var.who)}\n${sent}`)
    .digest("base64url");
  const id = `api:${name}`;
  try {
    const { seq, isRepeated } = await c.var.here.ledger.post({ id, ...order });
    if (isRepeated) c.header("Idempotency-Replayed", "true");
    return c.json({ id, seq, transfers: order.transfers.length }, 201);
  } catch (error) {
    // The one conflict that is about the key: something else was posted under it.
    if (error instanceof Fault && error.kind === "conflict" && (await c.var.here.ledger.entriesOf(id)))
      throw new Fault("idempotency_mismatch", "This Idempotency-Key was used with another body.");
    throw error;
  }
}

/** The body, checked field by field without a schema: it is read for each of a million transfers. */
function transfersOf(type: string | undefined, text: string): NewTransfers {
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
  const transfers = body["transfers"] as Transfer[];
  for (const [i, one] of transfers.entries()) {
    if (one === null || typeof one !== "object") throw invalid(`#/transfers/${i}`, "A transfer is an object.");
    for (const name in one)
      if (!FIELDS.has(name)) throw invalid(`#/transfers/${i}/${name}`, "This field is not known here.");
  }
  const mistake = mistakeOf(transfers);
  if (mistake) throw invalid(`#/transfers${mistake.at}`, mistake.detail);
  for (const [i, { currency }] of transfers.entries())
    if (!isCurrency(currency)) throw invalid(`#/transfers/${i}/currency`, "An ISO 4217 currency code.");
  const { transfers: _, ...rest } = body;
  const { effectiveOn, mayNotGoBelow } = parsed(TransfersLess, rest);
  return {
    transfers,
    ...(effectiveOn === undefined ? {} : { effectiveOn }),
    ...(mayNotGoBelow === undefined ? {} : { mayNotGoBelow }),
  };
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
