/** A text for searching: accents, Arabic vowel signs and letter variants, and capitals do not count. */
export const folded = (text: string): string => (PLAIN.test(text) ? text : bared(text)).toLowerCase();

/** Most of what a city writes in numbers and codes has nothing to fold but its capitals. */
const PLAIN = /^[ -~]*$/;
const bared = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/[\p{M}\u0640]/gu, "")
    .replaceAll(/[أإآٱ]/g, "ا")
    .replaceAll("ى", "ي")
    .replaceAll("ة", "ه");
