import { z } from "zod";
import { Fault } from "../../../../shared/errors.ts";
import { isCurrency } from "../../../../shared/money.ts";
import { outside } from "../../../../shared/outside.ts";
import { type ReadLine, readFiled } from "../../filed/reading.ts";
import type { AskedFor, RailHome, Word } from "../../rail.ts";
import { PaymentId, Refund } from "../../schema.ts";
import { type Answer, readAs, silent } from "../wire.ts";

// pawaPay makes a file of each wallet, which takes a while: it is asked for, looked for again, and then fetched from an
// address that needs no token. Which columns it has may change, so they are found by their names.

const MOST = { bytes: 32 * 1024 * 1024, lines: 200_000 };
const TIMEOUT_MS = 30_000;

const Balances = z.looseObject({
  balances: z.array(z.looseObject({ country: z.string(), currency: z.string(), provider: z.string().nullish() })),
});
const Initiated = z.looseObject({
  status: z.enum(["ACCEPTED", "REJECTED"]),
  statementId: z.uuid().nullish(),
  failureReason: z.looseObject({ failureCode: z.string().default("") }).nullish(),
});
const Found = z.looseObject({
  status: z.enum(["FOUND", "NOT_FOUND"]),
  data: z.looseObject({ status: z.string(), downloadUrl: z.url().nullish() }).nullish(),
});
interface Wallet {
  country: string;
  currency: string;
  provider?: string;
}
interface At {
  call(path: string, json?: object): Promise<Answer>;
  home: RailHome;
}

/** @returns undefined: pawaPay is making the file of a wallet */
export async function statementMade(
  at: At,
  range: { from: Date; to: Date },
  asked: AskedFor,
): Promise<Word[] | undefined> {
  const { balances } = readAs(Balances, await at.call("/v2/wallet-balances"));
  const names: Record<string, string> = {};
  const files: { wallet: Wallet; url: string }[] = [];
  const wallets = balances.filter(({ currency }) => isCurrency(currency));
  for (const { country, currency, provider } of wallets) {
    const wallet = { country, currency, ...(provider ? { provider } : {}) };
    const name = Object.values(wallet).join(" ");
    const id = asked.names[name] ?? (await ordered(at, wallet, range));
    const { status, data } = readAs(Found, await at.call(`/v2/statements/${id}`));
    if (data?.status === "COMPLETED" && data.downloadUrl) files.push({ wallet, url: data.downloadUrl });
    // One that failed, or is not known any more, is asked for anew.
    if (status === "FOUND" && data?.status !== "FAILED") names[name] = id;
  }
  await asked.keep(names);
  if (files.length < wallets.length) return undefined;
  const words: Word[] = [];
  for (const { wallet, url } of files) words.push(...wordsIn(await fetched(at, url), wallet.currency, at.home.now()));
  return words;
}

async function ordered({ call, home }: At, wallet: Wallet, { from, to }: { from: Date; to: Date }): Promise<string> {
  // In UTC, as pawaPay counts; of what is not yet there is no statement.
  const end = new Date(Math.min(to.getTime(), home.now().getTime()));
  const [startDate, endDate] = [from, end].map((one) => one.toISOString().slice(0, 19));
  const json = { wallet, callbackUrl: home.callbackUrl, startDate, endDate, compressed: false };
  const { status, statementId, failureReason } = readAs(Initiated, await call("/v2/statements", json));
  if (status === "ACCEPTED" && statementId) return statementId;
  throw new Fault("conflict", `The provider refuses its statement: ${failureReason?.failureCode || "no reason given"}`);
}

async function fetched({ home }: At, url: string): Promise<Uint8Array> {
  const isStandIn = home.standIn !== undefined && url.startsWith(`${home.standIn}/`);
  const ask = isStandIn ? fetch : outside({ timeoutMs: TIMEOUT_MS, bytesMax: MOST.bytes });
  const answer = await ask(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {
    throw silent("The payment provider's statement cannot be fetched.");
  });
  if (!answer.ok) throw silent("The payment provider's statement cannot be fetched.");
  return new Uint8Array(await answer.arrayBuffer());
}

/** @throws {Fault} malformed: somebody must look, as pawaPay has changed its file */
function wordsIn(file: Uint8Array, currency: string, now: Date): Word[] {
  if (file.length === 0) return [];
  try {
    const lines = readFiled(file, { currency, zone: "UTC", now, most: MOST });
    return lines.map((line) => wordOf(line, currency)).filter((word) => word !== undefined);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault("malformed", `The provider's statement cannot be read: ${error.message}`);
  }
}

/** What goes to the bank, tops a wallet up or adjusts it moves nothing of a payment's. */
function wordOf({ number, at, amountMinor, feeMinor, reference, type }: ReadLine, currency: string): Word | undefined {
  const about = /\bdeposit\b/.test(type) ? "payment" : /\brefund\b/.test(type) ? "refund" : undefined;
  if (about === undefined) return undefined;
  const name = about === "payment" ? "paymentId" : "refundId";
  const ours = about === "payment" ? PaymentId : Refund.shape.id;
  return {
    ...{ about, says: "paid", sessionId: number, providerRef: number, currency, at },
    amountMinor: Math.abs(amountMinor),
    ...(feeMinor > 0 ? { feeMinor } : {}),
    ...(ours.safeParse(reference).success ? { [name]: reference } : {}),
  };
}
