/** The values of a table as they were read from its bytes: line after line, an interval each. */
export class Grid {
  constructor(
    /** Of each value, in `10^-decimals`; NaN where there is none. */
    readonly digits: number[],
    readonly width: number,
    /** 3 where any value has decimals. */
    readonly decimals: 0 | 3,
    readonly isFull: boolean,
  ) {}

  get height(): number {
    return this.digits.length / this.width;
  }

  /** As JSON has them. The quotient of two exact numbers is the same float that their decimal is read as. */
  lines(): (number | null)[][] {
    const { digits, width, height, decimals } = this;
    return Array.from({ length: height }, (_, i) =>
      digits.slice(i * width, (i + 1) * width).map((one) => (Number.isNaN(one) ? null : one / 10 ** decimals)),
    );
  }
}

const [OPEN, CLOSE, COMMA, DOT, MINUS, ZERO, SPACE] = [0x5b, 0x5d, 0x2c, 0x2e, 0x2d, 0x30, 0x20];
const NULL = Buffer.from("null");
const WHOLE_MAX = 12;
const THOUSANDS = [1_000, 100, 10, 1];

const BLANKS = [SPACE, 0x09, 0x0a, 0x0d];

export function pastBlanks(body: Uint8Array, from: number): number {
  let at = from;
  // Mostly there are none, and nothing that JSON has lies below them.
  while (body[at]! <= SPACE && BLANKS.includes(body[at]!)) at++;
  return at;
}

/**
 * Reads `[[1,2.5,null],[…]]` as JSON does, several times as fast: numbers of up to twelve digits and three decimals.
 *
 * @param from  where its first bracket stands
 * @param most  values
 * @returns undefined for all else, right or wrong: then JSON has the word
 */
export function gridAt(body: Uint8Array, from: number, most: number): { grid: Grid; to: number } | undefined {
  // An array of its own size is cheaper to make and to clear away than bytes beside it.
  const digits = new Array<number>(Math.min(most, (body.length - from) >> 1));
  let count = 0;
  let width = 0;
  let decimals: 0 | 3 = 0;
  let isFull = true;
  let at = from;
  do {
    at = pastBlanks(body, at + 1);
    if (body[at] !== OPEN) return undefined;
    const first = count;
    do {
      at = pastBlanks(body, at + 1);
      if (count === digits.length) return undefined;
      const isBelow = body[at] === MINUS;
      if (isBelow) at++;
      const start = at;
      let digit = body[at]! - ZERO;
      let value = 0;
      if (digit >= 0 && digit <= 9) {
        value = digit;
        at++;
        // Nothing follows a zero in front.
        if (digit > 0)
          for (digit = body[at]! - ZERO; digit >= 0 && digit <= 9; digit = body[++at]! - ZERO)
            value = value * 10 + digit;
        if (at - start > WHOLE_MAX) return undefined;
        let places = 0;
        if (body[at] === DOT) {
          for (digit = body[++at]! - ZERO; digit >= 0 && digit <= 9 && places < 4; digit = body[++at]! - ZERO) {
            value = value * 10 + digit;
            places++;
          }
          if (places === 0 || places > 3) return undefined;
          if (decimals === 0) {
            decimals = 3;
            for (let i = 0; i < count; i++) digits[i]! *= 1_000;
          }
        }
        if (decimals === 3) value *= THOUSANDS[places]!;
      } else if (!isBelow && NULL.every((code, i) => body[start + i] === code)) {
        value = Number.NaN;
        isFull = false;
        at += NULL.length;
      } else return undefined;
      digits[count++] = isBelow ? 0 - value : value;
      at = pastBlanks(body, at);
    } while (body[at] === COMMA);
    if (body[at] !== CLOSE) return undefined;
    if (first === 0) width = count;
    else if (count - first !== width) return undefined;
    at = pastBlanks(body, at + 1);
  } while (body[at] === COMMA);
  if (body[at] !== CLOSE) return undefined;
  digits.length = count;
  return { grid: new Grid(digits, width, decimals, isFull), to: at + 1 };
}
