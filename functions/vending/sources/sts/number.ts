/** The check digit of ISO/IEC 7812 (Luhn), which ends a meter's number. */
export function checkDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

/** 11 or 13 digits with a check digit that holds, as they stand on the meter. */
export const isMeterNumber = (number: string): boolean =>
  /^([0-9]{11}|[0-9]{13})$/.test(number) && checkDigit(number.slice(0, -1)) === number.at(-1);
