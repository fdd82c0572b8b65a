// What fits one SMS or one screen of a telephone's menu (GSM 03.38): 160 signs of its own alphabet, of others 70.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** These take the room of two. */
const EXTENDED = new Set("^{}\\[~]|€");
const GSM_MAX = 160;
const OTHER_MAX = 70;

const AS: Record<string, string> = { "’": "'", "‘": "'", "–": "-", "—": "-", œ: "oe", Œ: "OE", "·": "-" };
/** Marks that steer the direction of a text: a small screen shows them as boxes, or pays for them. */
const STEERING = /[\u200e\u200f\u061c\u2066-\u2069\u202a-\u202e]/g;

/** With signs of the alphabet where there is one that reads the same: `coût` becomes `cout`, a narrow space a space. */
export const plain = (text: string): string =>
  [...text.replace(STEERING, "").normalize("NFC")]
    .map((sign) => {
      if (BASIC.has(sign) || EXTENDED.has(sign)) return sign;
      const base = AS[sign] ?? sign.normalize("NFKD").replace(/\p{M}/gu, "");
      // A mark alone, as a vowel of many scripts, has nothing to stand for it.
      return base !== "" && [...base].every((each) => BASIC.has(each)) ? base : sign;
    })
    .join("");

export function fits(text: string): boolean {
  const signs = [...text];
  if (!signs.every((sign) => BASIC.has(sign) || EXTENDED.has(sign))) return text.length <= OTHER_MAX;
  return signs.length + signs.filter((sign) => EXTENDED.has(sign)).length <= GSM_MAX;
}

/** A line that is too long for a screen of its own ends where that does. */
function cut(line: string): string {
  let short = line;
  while (!fits(short)) short = [...short].slice(0, -1).join("");
  return short;
}

/** Lines on as few screens as hold them, none of them broken in two. */
export function screensOf(lines: readonly string[]): string[] {
  const screens: string[] = [];
  for (const line of lines.map((each) => cut(plain(each)))) {
    const joined = screens.length > 0 ? `${screens.at(-1)}\n${line}` : undefined;
    if (joined !== undefined && fits(joined)) screens[screens.length - 1] = joined;
    else screens.push(line);
  }
  return screens;
}

/** One SMS: the lines that fit it, the most important first. */
export function smsOf(lines: readonly string[]): string {
  let text = "";
  for (const line of lines.map(plain)) {
    const longer = text === "" ? cut(line) : `${text}. ${line}`;
    if (fits(longer)) text = longer;
  }
  return text;
}
