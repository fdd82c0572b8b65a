import { randomBytes } from "node:crypto";
import type { Question } from "../../marketplace/contract/procedure.ts";
import { failedChecks, feeOf, type Terms, walk, wrongOf } from "../../marketplace/contract/procedure-engine.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { payable } from "../../shared/payable.ts";
import { rounded } from "../../shared/rounding.ts";
import { planned } from "../../shared/tasks.ts";
import type { Lang } from "../../shared/texts.ts";
import { dayOf } from "../../shared/time.ts";
import { Discard } from "./events.ts";
import type { Offered } from "./offered.ts";
import { type Answer, fileName, formatOf, NotAnAnswer } from "./reading.ts";
import type { Case, Definition } from "./schema.ts";
import { fileKey, procedureStore } from "./store.ts";
import { procedureTexts } from "./texts.ts";

// What an applicant does before the city has a say: begin, answer question by question, change, come back.

const DRAFT_DAYS = 30;
const ANSWERS_MAX = 100_000;
const KEPT_MS = DRAFT_DAYS * 86_400_000;

/** A case with the procedure that it goes by. */
export interface Opened {
  kase: Case;
  definition: Definition;
}

export const termsOf = (here: Here, { prices }: Definition): Terms => ({
  prices,
  today: dayOf(here.clock.now(), here.city.timeZone),
});

export async function opened(here: Here, kase: Case): Promise<Opened> {
  return { kase, definition: await procedureStore(here).definition(kase.digest) };
}

const LINK = /^[A-Za-z0-9_-]{32}$/;
/** By the secret part of its address. @throws {Fault} absent */
export async function openedBy(here: Here, link: string): Promise<Opened> {
  if (!LINK.test(link)) throw absent();
  return opened(here, await procedureStore(here).by("LINK", link));
}

/** Begins a case by the procedure as it is now; it keeps to that whatever becomes of the procedure. */
export async function begin(
  here: Here,
  { definition, digest }: Offered,
  who: { lang: Lang; origin: string; personId?: string; contact?: string },
): Promise<Case> {
  const now = here.clock.now();
  const kase: Case = {
    ...{ id: newId("pcs", now), procedure: definition.key, digest, startedAt: now.toISOString() },
    ...{ link: randomBytes(24).toString("base64url"), ...who, isContactAsked: false },
    ...{ answers: {}, papers: [], revision: 1 },
  };
  const store = procedureStore(here);
  await store.commit([
    store.definitionWrite(digest, definition),
    ...store.caseWrites(undefined, kase),
    store.pointerWrite("LINK", kase.link, kase.id),
    ...(kase.personId === undefined ? [] : [store.mineWrite(kase.personId, kase.id)]),
    planned(Discard, kase.id, new Date(now.getTime() + KEPT_MS), {}),
  ]);
  return kase;
}

/** As long as it is the applicant's turn. */
export const mayEdit = ({ state, waits }: Case): boolean => state === undefined || waits === "applicant";

/**
 * The question that somebody wants to see or answer.
 * @throws {Fault} absent: there is none; forbidden_transition: it is not asked, earlier ones have no answer yet, or the
 * case has been handed in
 */
export function demandAsked(here: Here, { kase, definition }: Opened, id: string): Question {
  if (!definition.part.questions.some((question) => question.id === id)) throw absent();
  if (!mayEdit(kase)) throw new Fault("forbidden_transition", "These answers have been handed in.");
  const { asked, open } = walk(definition.part, kase.answers, termsOf(here, definition));
  const question = asked.find((one) => one.id === id);
  if (!question) throw new Fault("forbidden_transition", "With the answers before it this is not asked.");
  if (open && asked.indexOf(question) > asked.indexOf(open))
    throw new Fault("forbidden_transition", "Questions before this one have no answer yet.");
  return question;
}

/** @throws {NotAnAnswer} one of the question's checks fails; Fault conflict */
export async function keepAnswer(
  here: Here,
  { kase, definition }: Opened,
  question: Question,
  answer: Answer,
  lang: Lang,
): Promise<Case> {
  const answers = { ...kase.answers, [question.id]: answer };
  const terms = termsOf(here, definition);
  const { known } = walk(definition.part, answers, terms);
  const [failed] = failedChecks(question, known, terms);
  if (failed) throw new NotAnAnswer(inLang(failed.says, lang));
  if (JSON.stringify(answers).length > ANSWERS_MAX) throw new NotAnAnswer(procedureTexts.in(lang)("tooMuch"));
  const changed = kase.state === undefined ? {} : { changed: [...new Set([...(kase.changed ?? []), question.id])] };
  const after = await kept(here, kase, { answers, lang, ...changed });
  const before = kase.answers[question.id];
  if (isFile(before) && !(isFile(answer) && answer.file === before.file))
    await here.blobs.delete(fileKey(kase.id, before.file));
  return after;
}

/** Keeps a file as an answer; one that was there before goes. @throws {NotAnAnswer} */
export async function keepFile(
  here: Here,
  of: Opened,
  question: Extract<Question, { kind: "paper" }>,
  given: File,
  lang: Lang,
): Promise<Case> {
  const t = procedureTexts.in(lang);
  if (given.size > question.bytesMax)
    throw new NotAnAnswer(
      t("fileTooLarge", {
        megabytes: new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(question.bytesMax / 1e6),
      }),
    );
  const bytes = new Uint8Array(await given.arrayBuffer());
  const format = formatOf(bytes);
  if (!format || !question.formats.includes(format))
    throw new NotAnAnswer(t("fileWrongKind", { kinds: question.formats.join(", ").toUpperCase() }));
  const file = newId("fil", here.clock.now());
  await here.blobs.put(fileKey(of.kase.id, file), bytes);
  const answer = { file, name: fileName(given.name, format), format, bytes: bytes.length };
  try {
    return await keepAnswer(here, of, question, answer, lang);
  } catch (error) {
    await here.blobs.delete(fileKey(of.kase.id, file));
    throw error;
  }
}
export const isFile = (answer: Answer | undefined): answer is Extract<Answer, { file: string }> =>
  typeof answer === "object" && answer !== null && "file" in answer;

export const keepContact = (here: Here, kase: Case, contact: string | undefined, lang: Lang): Promise<Case> => {
  const { contact: _, ...rest } = kase;
  return kept(here, rest, { isContactAsked: true, lang, ...(contact === undefined ? {} : { contact }) });
};

/** What changed is kept for its time anew, as long as it was not handed in. */
async function kept(here: Here, before: Case, more: Partial<Case>): Promise<Case> {
  const store = procedureStore(here);
  const after: Case = { ...before, ...more, revision: before.revision + 1 };
  const until = new Date(here.clock.now().getTime() + KEPT_MS);
  await store.commit([
    ...store.caseWrites(before, after),
    ...(before.state === undefined ? [planned(Discard, before.id, until, {})] : []),
  ]);
  return after;
}

export interface Reckoned {
  netMinor: number;
  vatMinor: number;
  /** What of the net is rounding. */
  roundingMinor?: number | undefined;
  totalMinor: number;
  currency: string;
}
/** What it comes to before it is rounded to what can be paid. */
export const exactly = ({ totalMinor, roundingMinor = 0 }: Pick<Reckoned, "totalMinor" | "roundingMinor">): number =>
  totalMinor - roundingMinor;

/** What the case costs by its answers. @throws {Fault} conflict: the formula gives nothing that can be asked for */
export function reckon(here: Here, { kase, definition }: Opened): Reckoned {
  const terms = termsOf(here, definition);
  const netMinor = feeOf(definition.part, walk(definition.part, kase.answers, terms).known, terms);
  if (netMinor === undefined)
    throw new Fault("conflict", "The fee cannot be reckoned from these answers. Ask the city.");
  const vat = BigInt(definition.part.fee?.vatBasisPoints ?? 0);
  const vatMinor = Number(rounded(BigInt(netMinor) * vat, 10_000n, "half_up"));
  const { currency } = here.city;
  const sum = payable({ netMinor, vatMinor }, currency);
  return { ...sum, totalMinor: sum.netMinor + sum.vatMinor, currency };
}

/** Where the applicant goes on: the first question without an answer, or with one that cannot be any more. */
export function nextOf(here: Here, { kase, definition }: Opened): string {
  const terms = termsOf(here, definition);
  const { open } = walk(definition.part, kase.answers, terms);
  const next = open ?? wrongOf(definition.part, kase.answers, terms)[0];
  if (next) return `/q/${next.id}`;
  return kase.isContactAsked ? "/check" : "/contact";
}
