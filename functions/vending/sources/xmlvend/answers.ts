import { Fault } from "../../../../shared/errors.ts";
import { listAt, textAt } from "../../../../shared/xml.ts";
import { exactParts } from "../sts/amount.ts";
import type { StsMeter, StsWanted } from "../sts/checks.ts";
import { decimalOf, partsOf } from "./decimals.ts";
import { type MsgId, msgIdAt, readEnvelope, typeOf } from "./soap.ts";

/** What a vending server said to one request. */
export type Answer =
  | { isRefusal: false; content: unknown }
  /** Its own name for the reason (`UnknownMeterEx`), and its sentence. */
  | { isRefusal: true; reason: string; sentence: string };

/**
 * The answer to the request of this id.
 * @throws {Fault} unavailable: not to be read, or the answer to something else, so that nothing is known
 */
export function answerTo(msgId: MsgId, bytes: Uint8Array): Answer {
  let read: ReturnType<typeof readEnvelope>;
  try {
    read = readEnvelope(bytes);
  } catch (error) {
    if (error instanceof Fault) throw unclear("The vending server's answer cannot be read.");
    throw error;
  }
  const { name, content } = read;
  if (name === "Fault") return refusalOf(content);
  const of = msgIdAt(content, "reqMsgID");
  if (of.dateTime !== msgId.dateTime || Number(of.uniqueNumber) !== Number(msgId.uniqueNumber))
    throw unclear("The vending server's answer is to another request.");
  return { isRefusal: false, content };
}

const isFault = (name: string): boolean => /^xmlvendfaultresp$/i.test(name);

function refusalOf(content: unknown): Answer {
  const detail = (listAt(content, "detail")[0] ?? {}) as Record<string, unknown>;
  const [, inner] = Object.entries(detail).find(([name]) => isFault(name)) ?? [];
  return refusalIn(inner, textAt(content, "faultstring"));
}

function refusalIn(fault: unknown, otherwise: string): Answer {
  const said = [textAt(fault, "fault", "desc"), textAt(fault, "operatorMsg"), otherwise];
  const sentence = (said.find(Boolean) ?? "no reason given").slice(0, 200);
  return { isRefusal: true, reason: typeOf(fault, "fault") || "Fault", sentence };
}

/** What the server kept as its answer to the request that was asked about, in an answer of its own. */
export function lastAnswerIn(content: unknown, of: MsgId): Answer {
  const last = listAt(content, "lastResponse")[0];
  const about = msgIdAt(last, "reqMsgID");
  if (about.dateTime !== of.dateTime || Number(about.uniqueNumber) !== Number(of.uniqueNumber))
    throw unclear("The vending server recalls another request.");
  return isFault(typeOf(last)) ? refusalIn(last, "") : { isRefusal: false, content: last };
}

/** Tokens in the order in which they are entered, and the server's own number. */
export interface Issued {
  digits: string[];
  receipt?: string;
}

/**
 * The tokens in an answer, when they are what was ordered: this meter, this credit, this key.
 * @throws {Fault} conflict
 */
export function tokensIn(content: unknown, part: number, meter: StsMeter, wants: StsWanted): Issued {
  const [path, issue] = wants.kind === "credit" ? saleIn(content) : [content, managementIn(content, wants.kind)];
  const receipt = textAt(path, "@receiptNo").slice(0, 60);
  const digits = ciphersIn(listAt(issue, "token")[0]);
  const wanted = wants.kind === "key_change" ? 2 : 1;
  const doubt = (detail: string) =>
    new Fault("conflict", `The vending server's answer is not what was ordered: ${detail}`);
  if (digits.length !== wanted || digits.some((cipher) => !/^[0-9]{20}$/.test(cipher)))
    throw doubt(`${wanted} token${wanted === 1 ? "" : "s"} of 20 digits were expected.`);
  if (textAt(issue, "meterDetail", "@msno") !== meter.number) throw doubt("it is for another meter.");
  if (wants.kind === "credit") {
    const tenths = exactParts(wants.tenths)[part]!;
    if (partsOf(textAt(issue, "units", "@value"), 1) !== tenths)
      throw doubt(`it is not of ${decimalOf(tenths, 1)} units.`);
  }
  if (wants.kind === "key_change") {
    const key = (name: string) => textAt(issue, "kctData", `@${name}`);
    const { to } = wants;
    const isKey =
      key("toSGC") === to.supplyGroup &&
      Number(key("toKRN")) === to.keyRevision &&
      Number(key("toTI")) === Number(to.tariffIndex);
    if (!isKey) throw doubt("it is another key.");
  }
  return { digits, ...(receipt === "" ? {} : { receipt }) };
}

/** The one sale in a receipt; charges beside it carry no token. */
function saleIn(content: unknown): [receipt: unknown, issue: unknown] {
  const receipt = listAt(content, "creditVendReceipt")[0];
  const sales = listAt(receipt, "transactions", "tx").filter((tx) => typeOf(tx) === "CreditVendTx");
  return [receipt, sales.length === 1 ? listAt(sales[0], "creditTokenIssue")[0] : undefined];
}

const ISSUES = {
  key_change: "engKCToken",
  clear_tamper: "clearTamper",
  clear_credit: "clearCredit",
  power_limit: "pwrLmtToken",
} as const;
const managementIn = (content: unknown, kind: keyof typeof ISSUES): unknown => listAt(content, ISSUES[kind])[0];

const ciphersIn = (token: unknown): string[] =>
  [
    textAt(token, "stsCipher"),
    textAt(token, "set1stMeterKey", "stsCipher"),
    textAt(token, "set2ndMeterKey", "stsCipher"),
  ].filter(Boolean);

/** Nothing is known: it is asked again. */
export const unclear = (sentence: string): Fault => new Fault("unavailable", sentence, { retryAfterS: 30 });
