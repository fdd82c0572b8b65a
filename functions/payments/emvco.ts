import { code } from "currency-codes";
import { decimalOf } from "../../shared/money.ts";

// EMV QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1: fields of id, length and value, a
// checksum at the end. The bill's amount and number are in it, so that a wallet asks for nothing but a yes.

export interface BillQr {
  /** The bill's, as the payer knows it. */
  reference: string;
  kind: string;
  /** What is due; 0 or less: the wallet asks how much. */
  amountMinor: number;
  currency: string;
  city: { slug: string; name: string; country: string };
}

/** Names this house's bills among all that stand in such codes (a UUID without hyphens, as the specification has it). */
export const SCHEME = "6f1d0a3e5c7b4e2a9d84c0b7f5a1e392";
const NAME_MAX = 25;
const CITY_MAX = 15;
const AMOUNT_MAX = 13;

/** ISO 18245 merchant categories: utilities, taxes, fines, and other government services. */
const CATEGORY: Record<string, string> = {
  electricity: "4900",
  water: "4900",
  gas: "4900",
  waste: "4900",
  prepaid_electricity: "4900",
  prepaid_water: "4900",
  property_tax: "9311",
  fine: "9222",
};

function field(id: string, value: string): string {
  if (value.length === 0 || value.length > 99) throw new RangeError(`the field ${id} has ${value.length} signs`);
  return id + String(value.length).padStart(2, "0") + value;
}

/** The signs that every reader has: accents are dropped; a name in another script gives way to the city's address. */
function plain(text: string, max: number, instead: string): string {
  const latin = text.normalize("NFD").replace(/\p{M}+/gu, "");
  const kept = /[A-Za-z]/.test(latin) ? latin.replace(/[^\x20-\x7e]/g, "").trim() : instead;
  return (kept === "" ? instead : kept).slice(0, max).trim();
}

/** CRC-16/CCITT with polynomial 1021 and initial value FFFF, as four hexadecimal digits. */
export function checksum(text: string): string {
  let crc = 0xffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, "0");
}

/**
 * What the QR code of a bill says. It is static: printed once, it can be scanned until the bill is paid.
 * @throws {RangeError} a currency that ISO 4217 does not list: a bug in the caller
 */
export function billQr({ reference, kind, amountMinor, currency, city }: BillQr): string {
  const number = code(currency)?.number;
  if (!number) throw new RangeError(`No ISO 4217 currency: ${currency}`);
  const amount = amountMinor > 0 ? decimalOf(amountMinor, currency) : "";
  const text = [
    field("00", "01"),
    field("01", "11"),
    field("26", field("00", SCHEME) + field("01", city.slug)),
    field("52", CATEGORY[kind] ?? "9399"),
    field("53", number),
    amount !== "" && amount.length <= AMOUNT_MAX ? field("54", amount) : "",
    field("58", city.country),
    field("59", plain(city.name, NAME_MAX, city.slug)),
    field("60", plain(city.name, CITY_MAX, city.slug)),
    field("62", field("01", reference)),
  ].join("");
  return `${text}6304${checksum(`${text}6304`)}`;
}
