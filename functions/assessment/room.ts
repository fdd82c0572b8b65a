import type { Here } from "../../shared/here.ts";
import { cityRoom } from "../../shared/room.ts";
import type { Item } from "../../shared/table.ts";
import { adjustmentItems, reviewing, settling } from "./adjusting.ts";
import { dueApi } from "./api-dues.ts";
import { rollApi } from "./api-rolls.ts";
import { runApi } from "./api-runs.ts";
import { assessmentStore } from "./assessments.ts";
import { claimItems } from "./claims.ts";
import { dueItems, feeItems, lapsing } from "./dues.ts";
import { discarding, takingIn } from "./importing.ts";
import { rules } from "./rules.ts";
import { goingOn, runItems } from "./runs.ts";
import { rollStore } from "./store.ts";

async function* ruleItems(here: Here): AsyncIterable<Item> {
  for (const { code } of await rollStore(here.table).rolls()) yield* rules.items(here, code);
}
async function* assessmentItems({ table }: Here): AsyncIterable<Item> {
  for (const { code } of await rollStore(table).rolls())
    for await (const { id } of rollStore(table).all(code)) yield* assessmentStore(table).itemsOf(id);
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
  },
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
});
