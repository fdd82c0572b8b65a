import { type Answer, answer, type CityApp, type CityRoom } from "../../../shared/room.ts";
import { does } from "../../../shared/tasks.ts";
import { CorrectionById, CorrectionsSince } from "../events.ts";
import { checkApi } from "./api.ts";
import { Checking, check } from "./checking.ts";
import { correctionPages } from "./correction-pages.tsx";
import { findingPages } from "./finding-pages.tsx";
import { findingItems, findingList } from "./findings.ts";
import { rulePages } from "./rule-pages.tsx";
import { ruleItems } from "./rules.ts";
import { correctionById, correctionsSince } from "./store.ts";
import { checkTexts } from "./texts.ts";

export { checkingReactions } from "./checking.ts";

// What validation, estimation and editing offer to the room.

/** The console looks at the latest. */
const LATEST = 20;

export const checkRoutes = (app: CityApp): void => {
  for (const routes of [checkApi, findingPages, correctionPages, rulePages]) routes(app);
};
export const checkTasks = [does(Checking, check)];
export const checkAnswers: readonly Answer[] = [
  answer(CorrectionById, (here, { meterId, correctionId }) => correctionById(here, meterId, correctionId)),
  answer(CorrectionsSince, correctionsSince),
];
/** Corrections lie with their meter, and go along with it. */
export const checkCollections: CityRoom["collections"] = {
  reading_rules: ruleItems,
  reading_findings: findingItems,
};
export const checkWaits: NonNullable<CityRoom["waits"]> = {
  roles: ["agent", "administrator"],
  run: async (here, lang) => {
    const { findings } = await findingList(here, "open", { limit: LATEST });
    const label = checkTexts.in(lang)("findings");
    return findings.length === 0 ? [] : [{ path: "/staff/meters/findings", label, count: findings.length }];
  },
};
