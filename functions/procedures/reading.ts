import type { PAPER_FORMATS, Question } from "../../marketplace/contract/procedure.ts";
import { latinDigits, minorOf } from "../../shared/amounts.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import type { Case } from "./schema.ts";
import type { procedureTexts } from "./texts.ts";

type T = ReturnType<typeof procedureTexts.in>;
export type Answer = Case["answers"][string];
/** What a form brought: its fields by name, several of one name in order. */
export type Sent = Record<string, string[]> & { file?: never };

/** What is wrong with what was typed, in the reader's language; it belongs to the one question of the page. */
export class NotAnAnswer extends Error {
  override name = "NotAnAnswer";
}
const wrong = (says: string): never => {
  throw new NotAnAnswer(says);
};

const one = (sent: Sent, name = "answer"): string => (sent[name]?.[0] ?? "").trim();

/**
 * An answer as it was typed, in its one spelling; `null` where it was left out and may be.
 * @throws {NotAnAnswer}
 */
export function readAnswer(question: Exclude<Question, { kind: "paper" }>, sent: Sent, here: Here, t: T): Answer {
  const typed = one(sent);
  if (question.kind === "several") {
    const chosen = [...new Set(sent["answer"] ?? [])];
    if (chosen.length === 0) return question.optional ? null : wrong(t("chooseSome"));
    return chosen.every((id) => question.options.some((option) => option.id === id)) ? chosen : wrong(t("chooseSome"));
  }
  if (question.kind === "place") {
    const [latitude, longitude] = [one(sent, "latitude"), one(sent, "longitude")].map(coordinate);
    if (one(sent, "latitude") === "" && one(sent, "longitude") === "" && question.optional) return null;
    if (latitude === undefined || longitude === undefined || Math.abs(latitude) > 90 || Math.abs(longitude) > 180)
      return wrong(t("notAPlace"));
    return `${latitude},${longitude}`;
  }
  if (typed === "") return question.optional ? null : wrong(t(isChosen(question) ? "chooseOne" : "answerThis"));
  if (!typed.isWellFormed()) return wrong(t("answerThis"));
  switch (question.kind) {
    case "text":
    case "address":
    case "long_text": {
      const max = question.kind === "address" ? ADDRESS_MAX : question.lengthMax;
      return [...typed].length > max ? wrong(t("tooLong", { max })) : typed.replaceAll("\r\n", "\n");
    }
    case "number":
      return numberOf(question, typed, t);
    case "money":
      return refusedAs(t("notAnAmount"), () => minorOf(typed, here.city.currency, "answer"));
    case "date":
      return isDay(typed) ? typed : wrong(t("notADay"));
    case "choice":
      return question.options.some(({ id }) => id === typed) ? typed : wrong(t("chooseOne"));
    case "yes_no":
      return typed === "yes" ? true : typed === "no" ? false : wrong(t("chooseOne"));
    case "telephone":
      return refusedAs(t("notATelephone"), () =>
        typed.includes("@") ? wrong(t("notATelephone")) : readContact(typed, here.city.country),
      );
    case "email":
      return refusedAs(t("notAnEmail"), () =>
        typed.includes("@") ? readContact(typed, here.city.country) : wrong(t("notAnEmail")),
      );
  }
}
export const ADDRESS_MAX = 300;

const isChosen = ({ kind }: Question): boolean => kind === "choice" || kind === "yes_no";
const isDay = (typed: string): boolean =>
  /^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$/.test(typed) && new Date(`${typed}T00:00Z`).toJSON()?.slice(0, 10) === typed;

function coordinate(typed: string): number | undefined {
  const plain = latinDigits(typed).replace(/[,\u066b]/, ".");
  return /^-?\d{1,3}(\.\d{1,8})?$/.test(plain) ? Number(plain) + 0 : undefined;
}

function numberOf(question: Extract<Question, { kind: "number" }>, typed: string, t: T): number {
  const { decimals, minimum, maximum } = question;
  const plain = latinDigits(typed)
    .replace(/[\s\u00a0\u202f]/g, "")
    .replace(/[,\u066b]/, ".");
  const [, fraction = ""] = /^-?\d{1,10}(?:\.(\d{1,9}))?$/.exec(plain) ?? [undefined, "no number"];
  if (fraction.length > decimals) return wrong(t(decimals === 0 ? "notWhole" : "notANumber", { decimals }));
  const value = Number(plain) + 0;
  return value >= minimum && value <= maximum ? value : wrong(t("outside", { minimum, maximum }));
}

function refusedAs<T>(says: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) return wrong(says);
    throw error;
  }
}

type Format = (typeof PAPER_FORMATS)[number];
const MAGIC: Record<Format, readonly number[]> = {
  pdf: [0x25, 0x50, 0x44, 0x46, 0x2d],
  jpeg: [0xff, 0xd8, 0xff],
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
};
export const MEDIA: Record<Format, string> = { pdf: "application/pdf", jpeg: "image/jpeg", png: "image/png" };

/** What a file is by its own first bytes: its name and what a browser says of it may be anything. */
export const formatOf = (bytes: Uint8Array): Format | undefined =>
  (Object.keys(MAGIC) as Format[]).find((format) => MAGIC[format].every((byte, i) => bytes[i] === byte));

/** A file's name as it is shown and given back: no folder, no sign that a screen or a header would obey. */
export function fileName(given: string, format: Format): string {
  const last = given.split(/[/\\]/).at(-1) ?? "";
  const plain = last
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}"<>:|?*;]/gu, "")
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/^[.\s]+|[.\s]+$/g, "");
  return `${[...plain].slice(0, 80).join("") || "file"}.${format === "jpeg" ? "jpg" : format}`;
}
