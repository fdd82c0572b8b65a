/** A whole number of parts as a decimal of this many places, never by way of a float: 125 tenths are `12.5`. */
export function decimalOf(parts: number, places: number): string {
  const digits = String(parts).padStart(places + 1, "0");
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The other way; NaN for what is no decimal, or has more places than zeros can be. */
export function partsOf(decimal: string, places: number): number {
  const [, whole, fraction = ""] = /^([0-9]{1,9})(?:\.([0-9]{1,9}))?$/.exec(decimal) ?? [];
  const rest = fraction.replace(/0+$/, "");
  return whole === undefined || rest.length > places ? Number.NaN : Number(whole + rest.padEnd(places, "0"));
}
