import { touchesPeople } from "../contract/asks.ts";
import type { DatasetPart } from "../contract/dataset.ts";
import { type HookPart, isHook, type RunPart, runsHere } from "../contract/hooks.ts";
import type { Tree } from "../contract/language/index.ts";
import type { Module } from "../contract/module.ts";
import { OWN_ROWS, offeredEvent, offeredRead } from "../contract/offered.ts";
import type { Fields } from "../contract/offers.ts";
import { type Found, type Outcome, pathOf } from "./report.ts";

// Which rows of the module's own hold something about people: what the city must reach when a resident asks to be
// forgotten, and what goes with the module when it leaves.

/** What such columns are called, in the languages in which people name columns. */
const NAMED =
  /(^|_)(name|surname|firstname|lastname|phone|mobile|email|mail|address|birth|birthday|national_id|passport|iban|household|resident|account|nom|prenom|telephone|adresse|naissance|courriel)(_|$)/;

export function personal(module: Module): Outcome {
  const { parts } = module;
  const found: Found[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.kind === "procedure") found.push({ at: pathOf(["parts", i]), what: `${part.id}: answers` });
    if (part.kind !== "dataset") continue;
    const filled = filledWithIds(module, part);
    for (const [n, { name }] of part.schema.fields.entries())
      if (filled.has(name) || NAMED.test(name))
        found.push({ at: pathOf(["parts", i, "schema", "fields", n]), what: `${part.id}.${name}` });
  }
  const own = new Set(parts.filter(isHook).flatMap((part) => tablesWritten(part, module))).size;
  return found.length > 0
    ? { verdict: "warn", found, values: { own, n: found.length } }
    : { verdict: "pass", values: { n: own } };
}

/** Columns into which a rule or program puts the id of a household's account, meter or bill. */
function filledWithIds({ parts }: Module, table: DatasetPart): Set<string> {
  const columns = new Set<string>();
  for (const part of parts.filter(isHook)) {
    // What a vendor's own service writes nobody here can see beforehand.
    if (!runsHere(part)) {
      if (writesRows(part)) for (const { name } of table.schema.fields) columns.add(name);
      continue;
    }
    if (part.kind === "rule")
      for (const { scope, about, fields } of part.does) {
        if (scope !== OWN_ROWS || about !== table.id) continue;
        for (const [name, tree] of Object.entries(fields)) if (speaksOfIds(tree, part)) columns.add(name);
      }
    // Of a program only its examples are known: which of its values are ids that it was given.
    for (const { event, reads, effects } of part.proof) {
      const ids = new Set([
        ...idsIn(offeredEvent(part.on.event)?.data, event),
        ...part.reads.flatMap(({ as, scope }) =>
          (reads[as] ?? []).flatMap((row) => idsIn(offeredRead(scope)?.rows, row)),
        ),
      ]);
      for (const { scope, about, fields } of effects)
        if (scope === OWN_ROWS && about === table.id)
          for (const [name, value] of Object.entries(fields)) if (ids.has(value)) columns.add(name);
    }
  }
  return columns;
}

const idsIn = (fields: Fields | undefined, record: Record<string, unknown>): unknown[] =>
  Object.entries(fields ?? {}).flatMap(([name, { id }]) => (id === undefined ? [] : [record[name]].flat()));

function speaksOfIds(tree: Tree, part: RunPart): boolean {
  if (tree === null || typeof tree !== "object") return false;
  const [operator, ...given] = tree;
  if (operator !== "field") return given.some((one) => speaksOfIds(one, part));
  if (given[0] !== "event") return false;
  const event = offeredEvent(part.on.event);
  return touchesPeople(event?.class ?? "public") || event?.data[String(given[1])]?.id !== undefined;
}

const writesRows = (part: HookPart): boolean => part.effects.some(({ scope }) => scope === OWN_ROWS);

function tablesWritten(part: HookPart, { parts }: Module): string[] {
  if (!writesRows(part)) return [];
  if (!runsHere(part)) return parts.filter((one) => one.kind === "dataset").map(({ id }) => id);
  return [
    ...(part.kind === "rule" ? part.does.flatMap(({ about }) => (typeof about === "string" ? [about] : [])) : []),
    ...part.proof.flatMap(({ effects }) =>
      effects.flatMap(({ scope, about }) => (scope === OWN_ROWS && about ? [about] : [])),
    ),
  ];
}
