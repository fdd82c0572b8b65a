import type { DatasetPart } from "./dataset.ts";
import { shapeOfFields } from "./dataset.ts";
import type { HookPart, Read, RulePart } from "./hooks.ts";
import { mistakesOf, named, type Shape, type Tree, type Type, typeOf } from "./language/index.ts";
import {
  OFFERED_EFFECTS,
  OFFERED_EVENTS,
  OFFERED_READS,
  OWN_ROWS,
  OWN_TABLES,
  offeredEffect,
  offeredEvent,
  offeredRead,
} from "./offered.ts";
import { type Fields, shapeOf } from "./offers.ts";
import type { Part } from "./parts.ts";

type At = (string | number)[];
interface Mistake {
  at: At;
  detail: string;
}

/** What a part's conditions may speak of: the event, what it reads, what the city sets, and the event's time. */
export function shapeOfHook(part: HookPart, parts: readonly Part[] = []): Shape {
  const reads = part.reads.map(({ as, scope, about }) => {
    const own = scope === OWN_TABLES ? tableOf(about, parts) : undefined;
    return [as, { type: { table: own ? shapeOfFields(own.schema.fields) : shapeOf(offeredRead(scope)?.rows ?? {}) } }];
  });
  const config = part.config.map(({ name, value, title }) => [name, { type: typeOfSetting(value), title }]);
  return {
    event: { type: { record: shapeOf(offeredEvent(part.on.event)?.data ?? {}) } },
    reads: { type: { record: Object.fromEntries(reads) as Shape } },
    config: { type: { record: Object.fromEntries(config) as Shape } },
    now: { type: "moment" },
  };
}

export const typeOfSetting = (value: string | number | boolean): "number" | "text" | "truth" =>
  typeof value === "number" ? "number" : typeof value === "boolean" ? "truth" : "text";

const tableOf = (id: string, parts: readonly Part[]) =>
  parts.find((part): part is DatasetPart => part.kind === "dataset" && part.id === id);

/** The columns of an effect's fields: a room's, or those of a table of the module's own. */
export const fieldsOfEffect = (
  scope: string,
  table: string | undefined,
  parts: readonly Part[],
): Fields | undefined => {
  if (scope !== OWN_ROWS) return offeredEffect(scope)?.fields;
  const dataset = table === undefined ? undefined : tableOf(table, parts);
  if (!dataset) return undefined;
  const shape = shapeOfFields(dataset.schema.fields);
  return Object.fromEntries(
    dataset.schema.fields.map(({ name, title, constraints }) => [
      name,
      { type: shape[name]!.type, title: title ?? { en: name }, isOptional: constraints?.required !== true },
    ]),
  );
};

/** What is wrong with a rule or function beyond its schema. `at` is a path below the part. */
export function hookMistakes(part: HookPart, parts: readonly Part[]): Mistake[] {
  const event = offeredEvent(part.on.event);
  if (!event)
    return [
      { at: ["on", "event"], detail: `No city tells this: ${OFFERED_EVENTS.map((one) => one.event.type).join(", ")}.` },
    ];
  const shape = shapeOfHook(part, parts);
  return [
    ...checked(part.on.when, { event: shape["event"]! }, "truth", ["on", "when"]),
    ...twice(
      part.reads.map(({ as }) => as),
      (i) => ["reads", i, "as"],
    ),
    ...twice(
      part.effects.map(({ scope }) => scope),
      (i) => ["effects", i, "scope"],
    ),
    ...twice(
      part.config.map(({ name }) => name),
      (i) => ["config", i, "name"],
    ),
    ...part.reads.flatMap((read, i) => readMistakes(read, event.data, shape, parts).map(below(["reads", i]))),
    ...part.effects.flatMap(({ scope }, i) =>
      scope === OWN_ROWS || offeredEffect(scope)
        ? []
        : [
            {
              at: ["effects", i, "scope"],
              detail: `Nothing offers this: ${[OWN_ROWS, ...OFFERED_EFFECTS.map((one) => one.scope)].join(", ")}.`,
            },
          ],
    ),
    ...part.config.flatMap(({ value, minimum = value, maximum = value }, i) =>
      typeof value === "number" && (value < Number(minimum) || value > Number(maximum))
        ? [{ at: ["config", i, "value"], detail: "It is outside its own bounds." }]
        : [],
    ),
    ...(part.kind === "rule" ? ruleMistakes(part, parts, shape) : []),
  ];
}

const below =
  (before: At) =>
  ({ at, detail }: Mistake): Mistake => ({ at: [...before, ...at], detail });

function checked(tree: Tree | undefined, shape: Shape, type: "truth", at: At): Mistake[] {
  return tree === undefined ? [] : mistakesOf(tree, shape, type).map(below(at));
}

const twice = (names: readonly string[], at: (i: number) => At): Mistake[] =>
  names.flatMap((name, i) => (names.indexOf(name) < i ? [{ at: at(i), detail: `${name} is there twice.` }] : []));

function readMistakes(read: Read, event: Fields, shape: Shape, parts: readonly Part[]): Mistake[] {
  if (read.scope === OWN_TABLES)
    return [
      ...(tableOf(read.about, parts) ? [] : [{ at: ["about"], detail: "It names a dataset part of this module." }]),
      ...(["where", "grain", "days", "until"] as const).flatMap((name) =>
        read[name] === undefined ? [] : [{ at: [name], detail: "A table of the module's own is read as it is." }],
      ),
    ];
  const offered = offeredRead(read.scope);
  if (!offered)
    return [
      {
        at: ["scope"],
        detail: `Nothing offers this: ${[...OFFERED_READS.map((one) => one.scope), OWN_TABLES].join(", ")}.`,
      },
    ];
  const wrong = (isWrong: boolean, at: string, detail: string) => (isWrong ? [{ at: [at], detail }] : []);
  const { grains = [], daysMax = 0 } = offered;
  return [
    ...wrong(
      event[read.about]?.id !== offered.about,
      "about",
      `It names a field of the event that holds a ${offered.about}.`,
    ),
    ...wrong(
      read.until !== undefined && event[read.until]?.type !== "moment",
      "until",
      "It names an instant of the event.",
    ),
    ...wrong(
      grains.length > 0 ? !grains.includes(read.grain ?? "") : read.grain !== undefined,
      "grain",
      grains.length > 0 ? `One of ${grains.join(", ")}.` : "It has no grain.",
    ),
    ...wrong(
      daysMax > 0 ? (read.days ?? 0) < 1 || read.days! > daysMax : read.days !== undefined,
      "days",
      daysMax > 0 ? `1 to ${daysMax}.` : "It reads what is there now.",
    ),
    ...checked(
      read.where,
      { event: shape["event"]!, now: shape["now"]!, row: { type: { record: shapeOf(offered.rows) } } },
      "truth",
      ["where"],
    ),
  ];
}

function ruleMistakes(part: RulePart, parts: readonly Part[], shape: Shape): Mistake[] {
  return [
    ...checked(part.when, shape, "truth", ["when"]),
    ...part.does.flatMap((effect, i) => {
      const at: At = ["does", i];
      if (!part.effects.some(({ scope }) => scope === effect.scope))
        return [{ at: [...at, "scope"], detail: "It is not among the effects that this part asks for." }];
      const table = typeof effect.about === "string" ? effect.about : undefined;
      const fields = fieldsOfEffect(effect.scope, table, parts);
      if (!fields) return [{ at: [...at, "about"], detail: "It names a dataset part of this module." }];
      return [
        ...(effect.about === undefined ? [] : mistakesOf(effect.about, shape, "text").map(below([...at, "about"]))),
        ...effectMistakes(effect.scope, effect.fields, fields, parts).map(below([...at, "fields"])),
        ...Object.entries(effect.fields).flatMap(([name, tree]) =>
          fields[name] ? ofType(tree, shape, fields[name].type).map(below([...at, "fields", name])) : [],
        ),
      ];
    }),
  ];
}

/** Fields that there are not, that are missing, and a text that is none of the module's. */
function effectMistakes(
  scope: string,
  given: Record<string, unknown>,
  fields: Fields,
  parts: readonly Part[],
): Mistake[] {
  const text = scope === OWN_ROWS ? undefined : offeredEffect(scope)?.text;
  return [
    ...Object.keys(given).flatMap((name) =>
      fields[name] ? [] : [{ at: [name], detail: `It has ${Object.keys(fields).join(", ")}.` }],
    ),
    ...Object.entries(fields).flatMap(([name, { isOptional }]) =>
      isOptional || given[name] !== undefined ? [] : [{ at: [name], detail: "It is missing." }],
    ),
    ...(text !== undefined && typeof given[text] === "string" && !parts.some((one) => isMessage(one, given[text]))
      ? [{ at: [text], detail: "It names a texts part of this module whose use is message." }]
      : []),
  ];
}

export const isMessage = (part: Part, id: unknown): boolean =>
  part.kind === "texts" && part.use === "message" && part.id === id;

function ofType(tree: Tree, shape: Shape, wanted: Type): Mistake[] {
  const { type, mistakes } = typeOf(tree, shape);
  // A day can be written as a text.
  const fits = type === wanted || type === "none" || (wanted === "moment" && type === "text");
  return mistakes.length > 0 || fits
    ? mistakes
    : [{ at: [], detail: `This is ${named(type!)}, where ${named(wanted)} is needed.` }];
}
