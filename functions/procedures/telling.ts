import { filled, inLang } from "../../marketplace/contract/words.ts";
import { does, planned } from "../../shared/tasks.ts";
import { TellAll, TellOne } from "./events.ts";
import { linkOf } from "./messages.ts";
import { procedureStore } from "./store.ts";

/** So many cases are looked at in one turn. */
const CASES_AT_ONCE = 50;

/**
 * Plans a message for each case that is meant. Only those whose turn is the applicant's are: a case at rest is over, and
 * whoever waits for the city is told by the case itself.
 */
export const tellingAll = does(TellAll, async (here, id, all) => {
  const { procedure, state, question, answers, cursor, title, body, ...values } = all;
  const page = await procedureStore(here).waiting("applicant", { limit: CASES_AT_ONCE, cursor });
  const meant = page.cases.filter(
    (kase) => kase.procedure === procedure && kase.state === state && answers.includes(String(kase.answers[question])),
  );
  const now = here.clock.now();
  return {
    writes: meant.map(({ id: caseId, lang }) => {
      const text = filled(inLang(body, lang), values, lang);
      return planned(TellOne, `${id}/${caseId}`, now, { caseId, state, title: inLang(title, lang), text });
    }),
    ...(page.next === undefined ? {} : { again: { at: now, data: { ...all, cursor: page.next } } }),
  };
});

/** With the address by which the case is ended: what comes again and again can be stopped. */
export const tellingOne = does(TellOne, async (here, _id, { caseId, state, title, text: said }) => {
  const kase = await procedureStore(here).find(caseId);
  if (!kase?.contact || kase.state !== state) return {};
  const { lang, contact: to } = kase;
  const subject = `${here.city.name}: ${title}`;
  const text = `${subject}\n${said}\n${linkOf(here, kase)}`;
  await here.messages.send({ to, text, lang, ...(to.includes("@") ? { subject } : {}) });
  return {};
});
