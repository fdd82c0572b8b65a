// ISO 11649, the structured creditor reference: `RF`, two check digits by ISO 7064 mod 97-10 (as in an IBAN), and at
// most 21 letters and digits of the creditor's own.

/** Letters count from 10 (A) to 35 (Z). */
const remainder = (signs: string): number =>
  [...signs].reduce((rest, sign) => {
    const value = Number.parseInt(sign, 36);
    return (rest * (value > 9 ? 100 : 10) + value) % 97;
  }, 0);

/**
 * The reference that carries these signs: `K7M29QXR4` becomes `RF..K7M29QXR4`.
 * @param own  1 to 21 letters and digits; hyphens and spaces are left out
 * @throws {RangeError} when nothing, too much or something else is left: a bug in the caller
 */
export function creditorReference(own: string): string {
  const signs = own.toUpperCase().replace(/[\s-]/g, "");
  if (!/^[A-Z0-9]{1,21}$/.test(signs)) throw new RangeError(`${own} cannot be a creditor reference`);
  return `RF${String(98 - remainder(`${signs}RF00`)).padStart(2, "0")}${signs}`;
}

/** What a creditor reference carries, or undefined where its check digits do not fit. Spaces may group it. */
export function readCreditorReference(typed: string): string | undefined {
  const signs = typed.toUpperCase().replace(/\s/g, "");
  const found = /^RF([0-9]{2})([A-Z0-9]{1,21})$/.exec(signs);
  if (!found || remainder(`${found[2]}RF${found[1]}`) !== 1) return undefined;
  return found[2];
}
