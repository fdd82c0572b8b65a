// Signs that nobody sees and that change what is read: NUL and other controls, halves of signs, and those that turn the
// direction of what stands after them (Unicode UAX #9: embeddings, overrides, isolates). Lines and tabs are none of them,
// nor are the marks by which Arabic and Latin are written beside each other.
const HIDDEN = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\u202A-\u202E\u2066-\u2069]/gu;

interface Text {
  at: (string | number)[];
  text: string;
}

/** All texts in a value, and the names of its fields. */
function* textsIn(value: unknown, at: Text["at"] = []): Generator<Text> {
  if (typeof value === "string") yield { at, text: value };
  else if (Array.isArray(value)) for (const [i, one] of value.entries()) yield* textsIn(one, [...at, i]);
  else if (typeof value === "object" && value !== null)
    for (const [name, one] of Object.entries(value)) {
      const own = [...at, visible(name)];
      yield { at: own, text: name };
      yield* textsIn(one, own);
    }
}

export interface HiddenSign {
  at: Text["at"];
  /** As Unicode writes it: `U+202E`. */
  sign: string;
}

/** Where there are any, the first of each text. */
export const hiddenIn = (value: unknown): HiddenSign[] =>
  [...textsIn(value)].flatMap(({ at, text }) => {
    const [sign] = text.match(HIDDEN) ?? [];
    return sign ? [{ at, sign: `U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}` }] : [];
  });

/** Where a text holds half a sign, which cannot be written in UTF-8. */
export const tornIn = (value: unknown): Text["at"][] =>
  [...textsIn(value)].filter(({ text }) => !text.isWellFormed()).map(({ at }) => at);

/** A text without them, as it is shown: what was signed before they were refused may hold some. */
export const visible = (text: string): string => text.replace(HIDDEN, "");

/** The same of every text in a value that is only shown. */
export function visibleIn<T>(value: T): T {
  if (typeof value === "string") return visible(value) as T;
  if (Array.isArray(value)) return value.map(visibleIn) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, visibleIn(one)])) as T;
}
