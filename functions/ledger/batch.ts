import { isAscii } from "node:buffer";
import type { Context } from "hono";
import type { z } from "zod";
import { Fault, invalid } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { type Columns, FIELDS, type Field, transfersIn } from "../../shared/ledger/columns.ts";
import { BeyondExact } from "../../shared/ledger/state.ts";
import { BadTransfers } from "../../shared/ledger/transfers.ts";
import type { Entry, Ledger, Transfer, With } from "../../shared/ledger.ts";
import { isCurrency } from "../../shared/money.ts";
import type { CityEnv } from "../../shared/room.ts";
import { dayOf } from "../../shared/time.ts";
import { whoId } from "../../shared/who.ts";
import { postIdOf } from "./post-ids.ts";
import { BatchOptions, type PostedTransfers } from "./schema.ts";

const BODY_MAX = 1_000_000;
const FIELD_NAMES: ReadonlySet<string> = new Set(FIELDS);
const KEYS: ReadonlySet<string> = new Set(["transfers", "common", "effectiveOn", "mayNotGoBelow", ...FIELDS]);

/** What was sent: its transfers one by one, or as columns. */
type Order = ({ transfers: readonly Transfer[] } | { columns: Columns }) & Pick<With, "effectiveOn" | "mayNotGoBelow">;

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
  const type = c.req.header("content-type");
  const id = postIdOf(whoId(c.get("who")), sent);
  const { ledger, city } = c.get("here");
  const { posted, transfers } = begun(ledger, id, orderOf(type, await textOf(c)));
  try {
    const { seq, isRepeated } = await posted;
    return answer(c, { id, seq, transfers }, isRepeated);
  } catch (error) {
    const order = orderOf(type, await textOf(c));
    if (error instanceof BadTransfers) throw invalid(pointerTo(error, order), error.message);
    // The one conflict that is about the key: something was posted under it before, in another form or other.
    const before = error instanceof Fault && error.kind === "conflict" && (await ledger.entriesOf(id));
    if (before && isSame(order, before, city.timeZone)) return answer(c, { id, seq: before[0]!.seq, transfers }, true);
    if (before) throw new Fault("idempotency_mismatch", "This Idempotency-Key was used with another body.");
    if (error instanceof BeyondExact)
      throw new Fault("conflict", "A balance would grow beyond the numbers that are exact.");
    throw error;
  }
}

function answer(c: Context<CityEnv>, posted: z.infer<typeof PostedTransfers>, isRepeated: boolean): Response {
  if (isRepeated) c.header("Idempotency-Replayed", "true");
  const text = JSON.stringify(posted);
  // With its length said, it is sent as it is: one that may be compressed is made anew for that.
  return c.body(text, 201, { "Content-Type": "application/json", "Content-Length": String(text.length) });
}

/** Of the order nothing is kept, and it is read again where something is wrong with it: of the many that wait for a commit, each would hold hundreds of small things. */
const begun = (ledger: Ledger, id: string, order: Order) => ({
  posted: ledger.post({ id, ...order }),
  transfers:
    "transfers" in order
      ? order.transfers.length
      : Math.max(...FIELDS.map((field) => order.columns[field]?.length ?? 0)),
});

/** Plain signs are a third of the work of UTF-8, and a batch hardly ever has others. */
async function textOf(c: Context<CityEnv>): Promise<string> {
  const bytes = Buffer.from(await c.req.arrayBuffer());
  return isAscii(bytes) ? bytes.toString("latin1") : new TextDecoder().decode(bytes);
}

/** The body, checked without a schema: it is read for each of a million transfers. What is in them the ledger checks. */
function orderOf(type: string | undefined, text: string): Order {
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type ?? ""))
    throw new Fault("unsupported_media", "Send JSON, with Content-Type: application/json.");
  if (text.length > BODY_MAX) throw new Fault("too_large", `A JSON body has at most ${BODY_MAX} bytes.`);
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Fault("malformed", "The body is not JSON.");
  }
  if (body === null || typeof body !== "object" || Array.isArray(body))
    throw invalid("#/transfers", "A list of transfers.");
  for (const name in body) if (!KEYS.has(name)) throw unknownAt(`#/${name}`);
  const { transfers, common: all, effectiveOn, mayNotGoBelow } = body;
  const common = all === undefined ? {} : fieldsOf(all, "#/common");
  const columns = transfers === undefined ? columnsOf(body, common) : undefined;
  const order = columns ? { columns } : { transfers: rowsOf(body, common) };
  demandCurrencies(order);
  if (effectiveOn === undefined && mayNotGoBelow === undefined) return order;
  const options = parsed(BatchOptions, { effectiveOn, mayNotGoBelow });
  return {
    ...order,
    ...(options.effectiveOn === undefined ? {} : { effectiveOn: options.effectiveOn }),
    ...(options.mayNotGoBelow === undefined ? {} : { mayNotGoBelow: options.mayNotGoBelow }),
  };
}

const unknownAt = (pointer: string) => invalid(pointer, "This field is not known here.");

function fieldsOf(one: unknown, pointer: string): Partial<Transfer> {
  if (one === null || typeof one !== "object" || Array.isArray(one)) throw invalid(pointer, "A transfer is an object.");
  for (const name in one) if (!FIELD_NAMES.has(name)) throw unknownAt(`${pointer}/${name}`);
  return one;
}

function rowsOf(body: Record<string, unknown>, common: Partial<Transfer>): Transfer[] {
  const both = FIELDS.find((field) => body[field] !== undefined);
  if (both) throw invalid(`#/${both}`, "Transfers are sent one by one or as columns, not as both.");
  if (!Array.isArray(body["transfers"])) throw invalid("#/transfers", "A list of transfers.");
  return body["transfers"].map((one, i) => {
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
}

function columnsOf(body: Record<string, unknown>, common: Partial<Transfer>): Columns {
  const columns: Record<string, unknown> = { common };
  for (const field of FIELDS) {
    const column = body[field];
    if (column === undefined) continue;
    if (!Array.isArray(column)) throw invalid(`#/${field}`, "A list with a value for each transfer.");
    columns[field] = column;
  }
  // Nothing that there is one of for each transfer.
  if (Object.keys(columns).length === 1) throw invalid("#/transfers", "A list of transfers.");
  return columns as Columns;
}

/** A text that is no currency's code; what is no text the ledger refuses, as it does with all other fields. */
function demandCurrencies(order: Order): void {
  const demand = (currency: unknown, pointer: string) => {
    if (typeof currency === "string" && !isCurrency(currency)) throw invalid(pointer, "An ISO 4217 currency code.");
  };
  if ("transfers" in order) {
    let last: unknown;
    for (const [i, { currency }] of order.transfers.entries()) {
      if (currency !== last) demand(currency, `#/transfers/${i}/currency`);
      last = currency;
    }
  } else if (order.columns.currency) {
    for (const [i, currency] of order.columns.currency.entries()) demand(currency, `#/currency/${i}`);
  } else demand(order.columns.common.currency, "#/common/currency");
}

/** Where in the body it is. */
function pointerTo({ at }: BadTransfers, order: Order): string {
  if ("transfers" in order) return at ? `#/transfers/${at.index}/${at.field}` : "#/transfers";
  const { columns } = order;
  const field = at?.field ?? FIELDS.find((one) => columns[one])!;
  if (columns[field] === undefined) return `#/common/${field}`;
  return at?.index === undefined ? `#/${field}` : `#/${field}/${at.index}`;
}

const transfersOf = (order: Order) => ("transfers" in order ? order.transfers : transfersIn(order.columns));

/** However it was written: one by one or as columns, with something in common or not. */
function isSame(order: Order, kept: readonly Entry[], timeZone: string): boolean {
  const transfers = transfersOf(order);
  const on = order.effectiveOn ?? dayOf(new Date(kept[0]!.at), timeZone);
  const same = (one: Transfer, other: Transfer) => FIELDS.every((field: Field) => one[field] === other[field]);
  return kept.length === transfers.length && kept.every((one, i) => one.on === on && same(one.transfer, transfers[i]!));
}
