import { XMLBuilder } from "fast-xml-parser";
import { at, readXml, textAt } from "../../../../shared/xml.ts";

// XMLVend 2.1 (NRS 009-6-10): its name spaces, and what every request and answer has in common. Of an element with a
// type (`xsi:type`) the schema's own prefix does not matter: it is read without.
const NAMESPACES = {
  "@xmlns:soap": "http://schemas.xmlsoap.org/soap/envelope/",
  "@xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
  "@xmlns:b": "http://www.nrs.eskom.co.za/xmlvend/base/2.1/schema",
  "@xmlns:r": "http://www.nrs.eskom.co.za/xmlvend/revenue/2.1/schema",
  "@xmlns:m": "http://www.nrs.eskom.co.za/xmlvend/meter/2.1/schema",
};

/** Names by their prefixes above; attributes begin with `@`. */
export type Content = Record<string, unknown>;

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@", suppressEmptyNode: true });

export const envelope = (body: Content): string =>
  builder.build({
    "?xml": { "@version": "1.0", "@encoding": "UTF-8" },
    "soap:Envelope": { ...NAMESPACES, "soap:Body": body },
  });

/** The one element in the body, by its name without prefix. @throws {Fault} malformed, too_large */
export function readEnvelope(bytes: Uint8Array): { name: string; content: unknown } {
  const { root } = readXml(bytes, new Set(["tx"]));
  const body = at(root, "Envelope", "Body");
  const [found] = Object.entries(typeof body === "object" && body !== null ? body : {}).filter(
    ([name]) => !name.startsWith("@"),
  );
  return { name: found?.[0] ?? "", content: found?.[1] };
}

/** The type of an element (`xsi:type`), without prefix. */
export const typeOf = (content: unknown, ...path: string[]): string =>
  textAt(content, ...path, "@type")
    .split(":")
    .at(-1)!;

/** Names a request for ever: the server gives the same answer to the same one. */
export interface MsgId {
  /** yyyyMMddHHmmss, UTC. */
  dateTime: string;
  /** Of six digits. */
  uniqueNumber: string;
}

export const msgIdContent = ({ dateTime, uniqueNumber }: MsgId): Content => ({
  "@dateTime": dateTime,
  "@uniqueNumber": uniqueNumber,
});

export const msgIdAt = (content: unknown, name: string): MsgId => ({
  dateTime: textAt(content, name, "@dateTime"),
  uniqueNumber: textAt(content, name, "@uniqueNumber"),
});

export const dateTimeOf = (at: Date): string => at.toISOString().replace(/\D/g, "").slice(0, 14);
/** The other way; an invalid date of what is no instant. */
export const instantOf = ({ dateTime }: MsgId): Date =>
  new Date(dateTime.replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6Z"));

/**
 * Base dates have no place in XMLVend: a server has them with its vending keys. The stand-in, which has none, is told
 * the order's own in this header: the meter's, then the one that it moves to.
 */
export const BASE_DATES = "hansa-base-dates";

/** A device by its 13 digits (EAN), or by any other name. */
export const deviceContent = (id: string): Content =>
  /^[0-9]{13}$/.test(id)
    ? { "@xsi:type": "b:EANDeviceID", "@ean": id }
    : { "@xsi:type": "b:GenericDeviceID", "@id": id };

export const deviceAt = (content: unknown, name: string): string =>
  textAt(content, name, "@ean") || textAt(content, name, "@id");
