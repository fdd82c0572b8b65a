import { createHash } from "node:crypto";
import { Fault } from "../../../../shared/errors.ts";
import { textAt } from "../../../../shared/xml.ts";
import { type BaseYear, type KeyRef, MeterFacts, Wanted } from "../../token-source.ts";
import { amountBits } from "../sts/amount.ts";
import { checkSts, type StsMeter, type StsWanted } from "../sts/checks.ts";
import { IDENTIFIERS, nextIdentifier } from "../sts/identifier.ts";
import { decoderKey, testVendingKey } from "../sts/key.ts";
import {
  clearCreditToken,
  clearTamperToken,
  creditToken,
  keyChangeTokens,
  powerLimitToken,
  type Stamp,
} from "../sts/tokens.ts";
import { partsOf } from "./decimals.ts";
import { type Content, instantOf, type MsgId, typeOf } from "./soap.ts";

/** A refusal of the stand-in, by the schema's own name for it. */
export class Refused extends Error {
  constructor(
    readonly reason: string,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** An answer without its head. */
export interface Made {
  element: string;
  /** As `lastResponse` of an advice names it. */
  type: string;
  content: Content;
}

interface Circumstances {
  msgId: MsgId;
  /** `1993`, or `1993,2014` for a change. */
  baseDates: string | undefined;
  receiptNo: string;
}

/** The meters of one client: which key each has, and the last identifier it was given. */
export function testTokens() {
  const keys = new Map<string, KeyRef>();
  const identifiers = new Map<string, number>();

  // Minute and chance are the request's own: asked again after its memory was lost, it is the same token.
  function stampFor({ number, key }: StsMeter, msgId: MsgId): Stamp {
    const of = `${number} ${key.baseYear}`;
    const identifier = nextIdentifier(key.baseYear, instantOf(msgId), identifiers.get(of));
    if (identifier >= IDENTIFIERS) throw new Refused("STSDataEx", "This base date has no identifier left.");
    identifiers.set(of, identifier);
    const random = createHash("sha256").update(`${msgId.dateTime} ${msgId.uniqueNumber}`).digest()[0]! % 16;
    return { random, identifier };
  }

  function digitsFor(meter: StsMeter, wants: StsWanted, msgId: MsgId): string[] {
    const key = keyOf(meter.number, meter.key);
    switch (wants.kind) {
      case "credit": {
        const bits = amountBits(wants.tenths);
        // Rounding up in the customer's favour is what the standard says; this house asks for what fits.
        if (bits === undefined) throw new Refused("STSDataEx", "One token does not hold this amount exactly.");
        return [creditToken(key, meter.resource, stampFor(meter, msgId), bits)];
      }
      case "power_limit":
        return [powerLimitToken(key, stampFor(meter, msgId), amountBits(wants.watts)!)];
      case "clear_credit":
        return [clearCreditToken(key, meter.resource, stampFor(meter, msgId))];
      case "clear_tamper":
        return [clearTamperToken(key, stampFor(meter, msgId))];
      case "key_change": {
        const { to } = wants;
        const next = { ...to, key: keyOf(meter.number, to), isRollOver: to.baseYear !== meter.key.baseYear };
        return keyChangeTokens(key, next);
      }
    }
  }

  function vended(content: unknown, circumstances: Circumstances): Made {
    const { meter, wants } = orderIn("credit", content, circumstances);
    const { receiptNo } = circumstances;
    const [cipher] = digitsFor(meter, wants, circumstances.msgId);
    keys.set(meter.number, meter.key);
    const units = {
      "@value": textAt(content, "purchaseValue", "units", "@value"),
      "@siUnit": textAt(content, "purchaseValue", "units", "@siUnit"),
    };
    const issue = { "@xsi:type": "b:SaleCredTokenIssue", ...issued(meter, oneToken(cipher!)), "b:units": units };
    const tx = { "@xsi:type": "r:CreditVendTx", "@receiptNo": receiptNo, "r:creditTokenIssue": issue };
    return {
      element: "r:creditVendResp",
      type: "r:CreditVendResp",
      content: { "r:creditVendReceipt": { "@receiptNo": receiptNo, "r:transactions": { "r:tx": [tx] } } },
    };
  }

  function managed(content: unknown, circumstances: Circumstances): Made {
    const kind = KINDS[typeOf(content)];
    if (kind === undefined) throw new Refused("UseCaseSupportEx", "There is no such request here.");
    const { meter, wants } = orderIn(kind, content, circumstances);
    const digits = digitsFor(meter, wants, circumstances.msgId);
    keys.set(meter.number, wants.kind === "key_change" ? wants.to : meter.key);
    const [element, type] = RESPONSES[kind];
    const token = wants.kind === "key_change" ? keyToken(digits) : oneToken(digits[0]!);
    const about = wants.kind === "key_change" ? { "b:kctData": nextKeyContent(wants.to) } : {};
    return {
      element: "m:meterSpecificEngResp",
      type: `m:${type}`,
      content: { "@xsi:type": `m:${type}`, [element]: { ...issued(meter, token), ...about } },
    };
  }

  function confirmed(content: unknown): Made {
    const number = textAt(content, "idMethod", "meterIdentifier", "@msno");
    const key = keys.get(number);
    if (!key) throw new Refused("UnknownMeterEx", "This meter is not known here.");
    const result = {
      "b:custVendDetail": { "@name": "TEST", "@accNo": number },
      "b:meterDetail": meterContent(number, key),
    };
    return {
      element: "r:confirmCustomerResp",
      type: "r:ConfirmCustomerResp",
      content: { "r:confirmCustResult": result },
    };
  }

  return {
    /** @throws {Refused} */
    answer(name: string, content: unknown, circumstances: Circumstances): Made {
      if (name === "creditVendReq") return vended(content, circumstances);
      if (name === "meterSpecificEngReq") return managed(content, circumstances);
      if (name === "confirmCustomerReq") return confirmed(content);
      throw new Refused("UseCaseSupportEx", "There is no such request here.");
    },
  };
}

const KINDS: Record<string, Exclude<StsWanted["kind"], "credit">> = {
  EngKCTReq: "key_change",
  ClearTamperReq: "clear_tamper",
  ClearCreditReq: "clear_credit",
  PwrLmtReq: "power_limit",
};
const RESPONSES = {
  key_change: ["m:engKCToken", "EngKCTResp"],
  clear_tamper: ["m:clearTamper", "ClearTamperResp"],
  clear_credit: ["m:clearCredit", "ClearCreditResp"],
  power_limit: ["m:pwrLmtToken", "PwrLmtResp"],
} as const;

/** A request as an order. @throws {Refused} */
function orderIn(kind: StsWanted["kind"], content: unknown, { msgId, baseDates }: Circumstances) {
  const [base, nextBase] = (baseDates ?? "2014").split(",").map(Number) as [BaseYear, BaseYear | undefined];
  const text = (...path: string[]) => textAt(content, ...path);
  const of = (...path: string[]) => text("idMethod", "meterIdentifier", ...path);
  const key = { supplyGroup: of("@sgc"), keyRevision: Number(of("@krn")), tariffIndex: of("@ti"), baseYear: base };
  const resource = typeOf(content, "resource").toLowerCase();
  const to = {
    supplyGroup: text("kctData", "@toSGC"),
    keyRevision: Number(text("kctData", "@toKRN")),
    tariffIndex: text("kctData", "@toTI"),
    baseYear: nextBase,
  };
  const wanted = {
    credit: { kind, tenths: partsOf(text("purchaseValue", "units", "@value"), 1) },
    power_limit: { kind, watts: partsOf(text("pwrLmt", "@value"), 3) },
    key_change: { kind, to },
    clear_tamper: { kind },
    clear_credit: { kind },
  }[kind];
  const meter = MeterFacts.safeParse({ source: "sts", number: of("@msno"), resource, key });
  const wants = Wanted.safeParse(wanted);
  if (!meter.success || meter.data.source !== "sts")
    throw new Refused("STSDataEx", "The meter's data are not complete.");
  if (!wants.success) throw new Refused("XMLVendSchemaEx", "What is wanted is not complete.");
  try {
    return { meter: meter.data, wants: checkSts(meter.data, wants.data, instantOf(msgId)) };
  } catch (error) {
    if (error instanceof Fault) throw new Refused("STSDataEx", error.message);
    throw error;
  }
}

const keyOf = (number: string, key: KeyRef): bigint => decoderKey(testVendingKey(key), number, key);

const issued = ({ number, key }: StsMeter, token: Content): Content => ({
  "b:desc": "TEST token: made with test keys, for no meter in use",
  "b:meterDetail": meterContent(number, key),
  "b:token": token,
});
const meterContent = (number: string, key: KeyRef): Content => ({
  "@msno": number,
  "@sgc": key.supplyGroup,
  "@krn": String(key.keyRevision),
  "@ti": key.tariffIndex,
  "b:meterType": { "@at": "07", "@tt": "02" },
});
const nextKeyContent = (key: KeyRef): Content => ({
  "@toSGC": key.supplyGroup,
  "@toKRN": String(key.keyRevision),
  "@toTI": key.tariffIndex,
});
const oneToken = (cipher: string): Content => ({ "@xsi:type": "b:STS1Token", "b:stsCipher": cipher });
const keyToken = ([first, second]: string[]): Content => ({
  "@xsi:type": "b:KCToken",
  "b:set1stMeterKey": oneToken(first!),
  "b:set2ndMeterKey": oneToken(second!),
});
