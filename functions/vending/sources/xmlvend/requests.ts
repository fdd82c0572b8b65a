import { exactParts } from "../sts/amount.ts";
import type { StsMeter, StsWanted } from "../sts/checks.ts";
import { decimalOf } from "./decimals.ts";
import { type Content, deviceContent, envelope, type MsgId, msgIdContent } from "./soap.ts";

/** Who asks: what a vending server gave the city. */
export interface Client {
  clientId: string;
  terminalId: string;
  operator: string;
  password: string;
}

/** One question: its element, its type where the element has several, and what it says of its own. */
export interface Request {
  element: "r:creditVendReq" | "r:confirmCustomerReq" | "m:meterSpecificEngReq" | "b:adviceReq";
  type?: string;
  content: Content;
}

const UNITS = { electricity: "kWh", water: "kl" } as const;
const RESOURCES = { electricity: "b:Electricity", water: "b:Water" } as const;

/** The order as requests, each of which one token or pair answers. */
export function requestsFor(meter: StsMeter, wants: StsWanted): Request[] {
  const about = { "b:resource": { "@xsi:type": RESOURCES[meter.resource] }, "b:idMethod": idMethod(meter) };
  const managing = (type: string, content: Content = {}): Request[] => [
    { element: "m:meterSpecificEngReq", type: `m:${type}`, content: { ...about, ...content } },
  ];
  switch (wants.kind) {
    case "credit":
      return exactParts(wants.tenths).map((tenths) => ({
        element: "r:creditVendReq",
        content: {
          ...about,
          "r:purchaseValue": {
            "@xsi:type": "r:PurchaseValueUnits",
            "r:units": { "@value": decimalOf(tenths, 1), "@siUnit": UNITS[meter.resource] },
          },
        },
      }));
    case "key_change":
      return managing("EngKCTReq", { "m:kctData": keysContent(meter, wants) });
    case "clear_tamper":
      return managing("ClearTamperReq");
    case "clear_credit":
      return managing("ClearCreditReq");
    case "power_limit":
      return managing("PwrLmtReq", { "m:pwrLmt": { "@value": decimalOf(wants.watts, 3), "@siUnit": "kW" } });
  }
}

export const confirmationFor = (meter: StsMeter): Request => ({
  element: "r:confirmCustomerReq",
  content: { "b:idMethod": idMethod(meter) },
});

/** What became of that request? */
export const adviceFor = (msgId: MsgId): Request => ({
  element: "b:adviceReq",
  type: "b:LastRespAdviceReq",
  content: { "b:adviceReqMsgID": msgIdContent(msgId) },
});

export function documentOf({ element, type, content }: Request, client: Client, msgId: MsgId): string {
  return envelope({
    [element]: {
      ...(type === undefined ? {} : { "@xsi:type": type }),
      "b:clientID": deviceContent(client.clientId),
      "b:terminalID": deviceContent(client.terminalId),
      "b:msgID": msgIdContent(msgId),
      "b:authCred": { "b:opName": client.operator, "b:password": client.password },
      ...content,
    },
  });
}

function idMethod({ number, key }: StsMeter): Content {
  return {
    "@xsi:type": "b:VendIDMethod",
    "b:meterIdentifier": {
      "@xsi:type": "b:MeterDetail",
      "@msno": number,
      "@sgc": key.supplyGroup,
      "@krn": String(key.keyRevision),
      "@ti": key.tariffIndex,
      // EA07, and tokens that are typed in.
      "b:meterType": { "@at": "07", "@tt": "02" },
    },
  };
}

function keysContent({ key: from }: StsMeter, { to }: Extract<StsWanted, { kind: "key_change" }>): Content {
  return {
    "@fromSGC": from.supplyGroup,
    "@fromKRN": String(from.keyRevision),
    "@fromTI": from.tariffIndex,
    "@toSGC": to.supplyGroup,
    "@toKRN": String(to.keyRevision),
    "@toTI": to.tariffIndex,
  };
}
