import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { cityRoom, type Hit, type Waiting } from "../../shared/room.ts";
import type { Item } from "../../shared/table.ts";
import { type Lang, labelled } from "../../shared/texts.ts";
import { STAFF } from "./access.ts";
import { adjustmentItems, adjustmentList, reviewing, settling } from "./adjusting.ts";
import { adjustmentPages } from "./adjustment-pages.tsx";
import { dueApi } from "./api-dues.ts";
import { rollApi } from "./api-rolls.ts";
import { runApi } from "./api-runs.ts";
import { assessmentStore } from "./assessments.ts";
import { claimPages } from "./claim-pages.tsx";
import { claimItems, claimList } from "./claims.ts";
import { deskTexts } from "./desk-texts.ts";
import { duePages } from "./due-pages.tsx";
import { catalogue, dueItems, dueList, dueOf, dueReactions, feeItems, lapsing } from "./dues.ts";
import { entryPages } from "./entry-pages.tsx";
import { discarding, takingIn } from "./importing.ts";
import { ownPages } from "./own-pages.tsx";
import "./refusal-texts.ts";
import { rollPages } from "./roll-pages.tsx";
import { rulePages } from "./rule-pages.tsx";
import { rules } from "./rules.ts";
import { runPages } from "./run-pages.tsx";
import { goingOn, runItems, runList } from "./runs.ts";
import { EntryNumber } from "./schema.ts";
import { entryIdOf, rollStore } from "./store.ts";
import { assessmentTexts, rollKindName } from "./texts.ts";

async function* ruleItems(here: Here): AsyncIterable<Item> {
  for (const { code } of await rollStore(here.table).rolls()) yield* rules.items(here, code);
}
async function* assessmentItems({ table }: Here): AsyncIterable<Item> {
  for (const { code } of await rollStore(table).rolls())
    for await (const { id } of rollStore(table).all(code)) yield* assessmentStore(table).itemsOf(id);
}

/** What a typed number names: a due by its id, an entry of any roll. */
async function findEntries(here: Here, typed: string, lang: Lang): Promise<Hit[]> {
  if (typed.startsWith("due_")) {
    const due = await dueOf(here, typed).catch(absentIsNone);
    return due ? [{ path: `/staff/assessment/dues/${due.id}`, title: due.fee }] : [];
  }
  const number = EntryNumber.safeParse(typed);
  if (!number.success) return [];
  const rolls = await rollStore(here.table).rolls();
  const found = await rollStore(here.table).many(rolls.map(({ code }) => entryIdOf(code, number.data)));
  return [...found.values()].map(({ id, kind, number: title }) => ({
    path: `/staff/assessment/entries/${id}`,
    title,
    facts: rollKindName(kind, lang),
  }));
}

/** So many are looked at for the console, at most. */
const LOOKED_AT = 20;

async function waiting(here: Here, lang: Lang): Promise<Waiting[]> {
  const t = deskTexts.in(lang);
  const at = { limit: LOOKED_AT };
  const [{ adjustments }, { claims }, { dues }, runs, all] = await Promise.all([
    adjustmentList(here, at),
    claimList(here, at),
    dueList(here, { ...at, isAsked: true }),
    runList(here, LOOKED_AT),
    catalogue(here),
  ]);
  const rolls = await rollStore(here.table).rolls();
  const open = await Promise.all(rolls.map(async ({ code }) => ({ code, rules: await rules.list(here, code) })));
  const proposed = all.filter(({ state }) => state === "proposed");
  const ready = runs.filter(({ state }) => state === "ready");
  const base = "/staff/assessment";
  return [
    { path: `${base}/adjustments`, label: t("corrections"), count: adjustments.length },
    { path: `${base}/claims`, label: t("claims"), count: claims.length },
    { path: `${base}/dues?asked=yes`, label: t("cancel_asked"), count: dues.length },
    { path: `${base}/runs`, label: t("runs"), count: ready.length },
    ...open.map(({ code, rules: found }) => ({
      path: `${base}/rolls/${code}/rules`,
      label: labelled(lang, t("rules"), code),
      count: found.filter(({ state }) => state === "proposed").length,
    })),
    { path: `${base}/fees`, label: t("fees"), count: proposed.length },
  ].filter(({ count }) => count > 0);
}

/** What is due beyond meters: taxes and fees from rolls, by rules that two people agreed on, and single dues. */
export const assessment = cityRoom("assessment", {
  scopes: {
    "assessment.rolls:read": {
      class: "household",
      says: {
        en: "See the rolls of parcels, stalls, dwellings and spaces",
        fr: "Voir les rôles des parcelles, étals, logements et emplacements",
        ar: "رؤية سجلات القطع والأكشاك والمساكن والمواقف",
      },
    },
    "assessment.rolls:write": {
      class: "household",
      says: {
        en: "Put entries on rolls and change them",
        fr: "Inscrire et modifier des éléments des rôles",
        ar: "قيد العناصر في السجلات وتعديلها",
      },
    },
    "assessment.assessments:read": {
      class: "household",
      says: {
        en: "See what was assessed, and how",
        fr: "Voir ce qui a été imposé, et comment",
        ar: "رؤية ما فُرض وكيفية حسابه",
      },
    },
    "assessment.dues:write": {
      class: "money",
      says: {
        en: "Raise fines and fees of the catalogue",
        fr: "Émettre des amendes et redevances du catalogue",
        ar: "إصدار الغرامات والرسوم الواردة في الدليل",
      },
    },
  },
  routes: (app) => {
    rollApi(app);
    runApi(app);
    dueApi(app);
    rollPages(app);
    entryPages(app);
    rulePages(app);
    runPages(app);
    adjustmentPages(app);
    duePages(app);
    claimPages(app);
    ownPages(app);
  },
  reactions: dueReactions,
  tasks: [takingIn, discarding, goingOn, reviewing, settling, lapsing],
  collections: {
    rolls: (here) => rollStore(here.table).items(),
    rules: ruleItems,
    runs: runItems,
    assessments: assessmentItems,
    adjustments: adjustmentItems,
    claims: claimItems,
    fees: feeItems,
    dues: dueItems,
  },
  find: { roles: STAFF, run: findEntries },
  waits: { roles: STAFF, run: waiting },
  nav: [
    { path: "/assessments", label: (lang) => assessmentTexts.in(lang)("mine"), roles: ["resident"] },
    { path: "/staff/assessment", label: (lang) => deskTexts.in(lang)("title"), roles: STAFF },
  ],
});
