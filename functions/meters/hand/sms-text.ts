import { z } from "zod";
import { invalid } from "../../../shared/errors.ts";
import { parsed } from "../../../shared/http.ts";
import type { Lang } from "../../../shared/texts.ts";
import { DialValue, Sms } from "./schema.ts";

/** Words that people put around a meter's number and its value; whoever uses them shows their language. */
const WORDS: Record<Lang, readonly string[]> = {
  en: ["meter", "reading", "register", "value", "number", "no", "is"],
  fr: ["compteur", "index", "relevé", "releve", "numéro", "numero", "valeur", "est"],
  ar: ["عداد", "العداد", "قراءة", "القراءة", "مؤشر", "المؤشر", "رقم", "هو"],
};
const LANG_OF = new Map(Object.entries(WORDS).flatMap(([lang, words]) => words.map((word) => [word, lang as Lang])));
/** Both of Arabic's digits and marks; a tatweel and vowels say nothing. */
const NOT_SAID = /[\u0640\u064B-\u0652\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** What a message says: `METER 12345 67890`, `compteur 12345 index 67890`, `عداد ١٢٣٤٥ قراءة ٦٧٨٩٠`. */
export interface SaidBySms {
  lang?: Lang;
  /** Missing where somebody with one meter sends its value alone. */
  number?: string;
  value: string;
}

/** @returns undefined where the last word is no value */
export function saidIn(text: string): SaidBySms | { lang?: Lang } {
  const words = text
    .replace(NOT_SAID, "")
    .replace(/[\u0660-\u0669\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .split(/[\s:=#;،؛]+/)
    .filter(Boolean);
  const langs = words.map((word) => LANG_OF.get(word.toLowerCase())).filter((lang) => lang !== undefined);
  const lang = langs[0] ?? (/\p{Script=Arabic}/u.test(text) ? ("ar" as const) : undefined);
  const rest = words.filter((word) => !LANG_OF.has(word.toLowerCase()));
  const value = DialValue.safeParse(rest.at(-1));
  const known = lang === undefined ? {} : { lang };
  if (!value.success) return known;
  const number = rest.slice(0, -1).join(" ");
  return { ...known, value: value.data, ...(number === "" ? {} : { number }) };
}

/** AWS End User Messaging's two-way SMS: what it publishes, and the envelope of an SNS subscription around it. */
const TwoWay = z.object({ originationNumber: z.string(), messageBody: z.string(), inboundMessageId: z.string() });
const Notification = z.object({ Type: z.literal("Notification"), Message: z.string(), Timestamp: z.string() });
const Confirmation = z.object({ Type: z.literal("SubscriptionConfirmation"), SubscribeURL: z.string().max(2_000) });

/**
 * A gateway's message, of whatever shape: our own, AWS's bare, or AWS's within SNS.
 *
 * @returns the address to open, where SNS asks whether it is wanted
 * @throws {Fault} invalid
 */
export function smsIn(body: unknown): Sms | { confirmAt: string } {
  const confirmation = Confirmation.safeParse(body);
  if (confirmation.success) return { confirmAt: confirmation.data.SubscribeURL };
  const notification = Notification.safeParse(body);
  const bare = TwoWay.safeParse(notification.success ? inner(notification.data.Message) : body);
  if (!bare.success) {
    if (notification.success) throw invalid("#/Message", "This is no two-way SMS.");
    return parsed(Sms, body);
  }
  const { originationNumber: from, messageBody: text, inboundMessageId: id } = bare.data;
  return parsed(Sms, { from, text, id, ...(notification.success ? { at: notification.data.Timestamp } : {}) });
}

function inner(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("#/Message", "This is not JSON.");
  }
}
