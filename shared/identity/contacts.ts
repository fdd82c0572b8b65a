import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/min";
import { invalid } from "../errors.ts";

const EMAIL = /^[^\s@"(),:;<>[\\\]]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\.[a-z][a-z0-9-]{1,62}$/;

/**
 * A telephone number as E.164, or an e-mail address in small letters.
 *
 * @param given    as somebody typed it: `07 07 12 34 56`, `Awa@Example.org`
 * @param country  ISO 3166-1 alpha-2, for numbers without their country's code
 * @throws {Fault} invalid
 */
export function readContact(given: string, country: string | undefined, pointer = "#/contact"): string {
  const text = given.trim();
  if (text.includes("@")) {
    const email = text.toLowerCase();
    if (EMAIL.test(email)) return email;
    throw invalid(pointer, "This is not an e-mail address such as awa@example.org.");
  }
  const phone = parsePhoneNumberFromString(text, country as CountryCode | undefined);
  // Possible is enough: numbering plans change faster than lists of them, and a code that nobody gets opens nothing.
  if (phone?.isPossible()) return phone.number;
  throw invalid(pointer, "This is neither a telephone number nor an e-mail address.");
}
