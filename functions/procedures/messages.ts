import { stateOf } from "../../marketplace/contract/procedure-engine.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { BillById } from "../billing/events.ts";
import { type Opened, opened } from "./filling.ts";
import type { Case } from "./schema.ts";
import { procedureStore } from "./store.ts";
import { procedureTexts } from "./texts.ts";

/** The applicant's own address of a case: whoever has it, is let in. */
export const linkOf = (here: Here, { link, origin }: Pick<Case, "link" | "origin">): string =>
  new URL(here.url(`/procedures/c/${link}`), here.settings.HANSA_ORIGIN ?? origin).href;

interface Told {
  caseId: string;
  state: string;
  transition?: string | undefined;
  reason?: string | undefined;
  note?: string | undefined;
}

/** Tells the applicant where the case is now; of a move that was followed by another, what it was. */
export async function toldOf(here: Here, { caseId, state, transition, reason, note }: Told): Promise<void> {
  const kase = await procedureStore(here).get(caseId);
  const { contact: to, lang } = kase;
  if (to === undefined || kase.erasedAt !== undefined) return;
  const { definition } = await opened(here, kase);
  const now = stateOf(definition.part, state)!;
  const t = procedureTexts.in(lang);
  const why = definition.part.transitions
    .find(({ id }) => id === transition)
    ?.reasons.find(({ id }) => id === reason)?.title;
  const pays = now.waits === "payment" && kase.waits === "payment" ? await paying(here, kase, lang) : undefined;
  const lines = [
    `${inLang(definition.part.title, lang)} ${kase.reference}: ${inLang(now.title, lang)}.`,
    inLang(now.says, lang),
    ...(why ? [inLang(why, lang)] : []),
    ...(note ? [note] : []),
    ...(pays ? [pays] : []),
    t("codeIs", { code: kase.code ?? "" }),
    linkOf(here, kase),
  ];
  const subject = to.includes("@") ? { subject: t("subject", { reference: kase.reference ?? "" }) } : {};
  await here.messages.send({ to, text: `${here.city.name}: ${lines.join(" ")}`, lang, ...subject });
}

async function paying(here: Here, { fee }: Case, lang: Lang): Promise<string | undefined> {
  if (fee?.billId === undefined) return undefined;
  const { dueMinor } = await here.ask(BillById, { billId: fee.billId });
  const sum = formatMoney(dueMinor, fee.currency, lang);
  return procedureTexts.in(lang)("payBy", { sum, reference: fee.billReference ?? "" });
}

/** Sends the address under which somebody goes on later. */
export async function linkSent(here: Here, { kase, definition }: Opened, to: string, lang: Lang): Promise<void> {
  const t = procedureTexts.in(lang);
  const title = inLang(definition.part.title, lang);
  const text = t("linkSays", { city: here.city.name, title, url: linkOf(here, kase) });
  await here.messages.send({ to, text, lang, ...(to.includes("@") ? { subject: title } : {}) });
}

const SCREEN = { latin: 160, other: 70 };

/** Where a case stands, in as many signs as a telephone's menu shows at once. */
export function statusScreen({ kase, definition }: Opened, lang: Lang): string {
  const state = stateOf(definition.part, kase.state!)!;
  const said = [
    `${kase.reference}: ${inLang(state.title, lang)}.`,
    ...(kase.waits === "payment" && kase.fee?.billReference
      ? [procedureTexts.in(lang)("payShort", { reference: kase.fee.billReference })]
      : []),
    ...(kase.dueOn ? [procedureTexts.in(lang)("byDay", { day: kase.dueOn })] : []),
  ].join(" ");
  const max = lang === "ar" ? SCREEN.other : SCREEN.latin;
  return said.length <= max ? said : `${said.slice(0, max - 1)}…`;
}
