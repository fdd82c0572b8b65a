import type { Lang } from "../../shared/texts.ts";
import { asksTexts } from "./asks-texts.ts";
import { canonical, digestOf } from "./canonical.ts";
import { shapeOfHook } from "./hook-mistakes.ts";
import { type HookPart, isHook, type Read, remoteHost } from "./hooks.ts";
import { type Shape, sentenceOf, type Tree } from "./language/index.ts";
import { OWN_ROWS, OWN_TABLES, offeredEffect, offeredEvent, offeredRead } from "./offered.ts";
import { type DataClass, shapeOf } from "./offers.ts";
import type { Part } from "./parts.ts";
import type { ProcedurePart } from "./procedure.ts";
import { inLang, type Words } from "./words.ts";

/** What a module asks of a city: one scope, with its filter, grain and purpose. Granted, it is the city's grant. */
export interface Ask {
  /** Within the module: `watch/nights`. */
  id: string;
  part: string;
  /** A procedure collects what people answer in it. */
  does: "hear" | "read" | "effect" | "collect";
  /** Of an event its type. */
  scope: string;
  class: DataClass;
  isOptional: boolean;
  where?: Tree | undefined;
  grain?: string | undefined;
  days?: number | undefined;
  purpose: Words;
  /** The hosts to which it leaves the city: to others is another question. */
  to?: readonly string[] | undefined;
  /** What it asks people, in its own words: other questions need another yes. */
  questions?: readonly Words[] | undefined;
}

/** The scope that opens what people answered. */
export const CASES = "procedures.cases";

/** Where people's data is touched, one person does not decide alone. */
const TOUCHES_PEOPLE: readonly DataClass[] = ["household", "identity", "money"];
export const touchesPeople = (of: DataClass): boolean => TOUCHES_PEOPLE.includes(of);
export const approvalsNeeded = (asks: readonly Ask[]): number =>
  asks.some((ask) => touchesPeople(ask.class) || ask.to !== undefined) ? 2 : 0;

/** What was agreed to: another version that asks for the same needs no new word. */
export const asksDigest = (asks: readonly Ask[]): string => digestOf(canonical(asks));

export const asksOf = (parts: readonly Part[]): Ask[] =>
  parts.flatMap((part) => (isHook(part) ? asksOfPart(part) : part.kind === "procedure" ? asksOfProcedure(part) : []));

/** What people write in an application is theirs: it has names, contacts and papers in it. */
const asksOfProcedure = ({ id, summary, questions }: ProcedurePart): Ask[] => [
  {
    ...{ id: `${id}/answers`, part: id, does: "collect", scope: CASES, class: "identity", isOptional: false },
    purpose: summary,
    questions: questions.map(({ title }) => title),
  },
];

function asksOfPart(part: HookPart): Ask[] {
  const leaves = part.kind === "remote" ? { to: [remoteHost(part)] } : {};
  const ask = (
    name: string,
    does: Ask["does"],
    scope: string,
    more: Pick<Ask, "class" | "isOptional" | "purpose">,
  ) => ({
    id: `${part.id}/${name}`,
    part: part.id,
    ...{ does, scope, ...more },
  });
  return [
    {
      ...ask("event", "hear", part.on.event, {
        class: offeredEvent(part.on.event)!.class,
        isOptional: false,
        purpose: part.on.purpose,
      }),
      ...leaves,
      ...(part.on.when === undefined ? {} : { where: part.on.when }),
    },
    ...part.reads.map(({ as, scope, where, grain, days, purpose, optional }) => ({
      ...ask(as, "read", scope, { class: offeredRead(scope)?.class ?? "public", isOptional: optional, purpose }),
      ...leaves,
      ...(where === undefined ? {} : { where }),
      ...(grain === undefined ? {} : { grain }),
      ...(days === undefined ? {} : { days }),
    })),
    ...part.effects.map(({ scope, purpose, optional }) =>
      ask(scope, "effect", scope, {
        class: scope === OWN_ROWS ? "operational" : offeredEffect(scope)!.class,
        isOptional: optional,
        purpose,
      }),
    ),
  ];
}

/** “It may read what these meters counted, hour by hour, of 7 days, only where …. For what: to find leaks.” */
export function askSays(ask: Ask, part: HookPart, lang: Lang): string {
  const t = asksTexts.in(lang);
  const purpose = inLang(ask.purpose, lang);
  const where =
    ask.where === undefined ? "" : t("where", { where: sentenceOf(ask.where, shapeOfAsk(ask, part), lang) });
  const hosts = ask.to && new Intl.ListFormat(lang).format(ask.to);
  if (ask.does === "hear") {
    const what = `${offeredEvent(ask.scope)!.says[lang]}${where}`;
    return hosts ? t("hearTo", { what, hosts, purpose }) : t("hear", { what, purpose });
  }
  if (ask.does === "effect")
    return t(ask.isOptional ? "mayIfWanted" : "may", {
      what: ask.scope === OWN_ROWS ? t("ownRows") : offeredEffect(ask.scope)!.says[lang],
      purpose,
    });
  const grain = ask.grain === "hour" || ask.grain === "day" ? t(ask.grain) : "";
  const days = ask.days === undefined ? "" : t("ofDays", { days: ask.days });
  const what =
    ask.scope === OWN_TABLES ? t("ownTables") : `${offeredRead(ask.scope)!.says[lang]}${grain}${days}${where}`;
  if (hosts) return t(ask.isOptional ? "readToIfWanted" : "readTo", { what, hosts, purpose });
  return t(ask.isOptional ? "readIfWanted" : "read", { what, purpose });
}

/** What a scope opens, without a filter or a purpose: “read what these meters counted”. */
export function scopeSays(scope: string, lang: Lang): string {
  const t = asksTexts.in(lang);
  if (scope === OWN_TABLES) return t("readScope", { what: t("ownTables") });
  if (scope === OWN_ROWS) return t("ownRows");
  if (scope === CASES) return t("readScope", { what: t("cases") });
  const [event, read] = [offeredEvent(scope), offeredRead(scope)];
  if (event) return t("hearScope", { what: event.says[lang] });
  if (read) return t("readScope", { what: read.says[lang] });
  return offeredEffect(scope)?.says[lang] ?? scope;
}

function shapeOfAsk(ask: Ask, part: HookPart): Shape {
  const rows = ask.does === "read" ? offeredRead(ask.scope)!.rows : {};
  return { ...shapeOfHook(part), row: { type: { record: shapeOf(rows) } } };
}

export const askOfRead = (part: HookPart, { as }: Read): string => `${part.id}/${as}`;
export const askOfEffect = (part: HookPart, scope: string): string => `${part.id}/${scope}`;
