import semver from "semver";
import { becomes, converts, sourceOf, typeOfField } from "../contract/converting.ts";
import type { DatasetField, DatasetPart } from "../contract/dataset.ts";
import { isHook, type Setting } from "../contract/hooks.ts";
import type { Module } from "../contract/module.ts";
import type { Found, Outcome } from "./report.ts";

// A city that uses an older version takes this one, and can go back for 30 days. So what it has written must be readable
// by both, or become what the newer one says, and what it has set must hold in both. Versions of another major number may break that, and must say so.

export function upgrade(module: Module, older: readonly Module[]): Outcome {
  const { version } = module.manifest;
  const before = older.filter((one) => semver.lt(one.manifest.version, version));
  const [breaks, told]: [Found[], Found[]] = [[], []];
  for (const one of before) {
    const found = [...tableBreaks(one, module), ...settingBreaks(one, module)].map(({ at, what }) => ({
      at,
      what: `${one.manifest.version}: ${what}`,
    }));
    (semver.major(one.manifest.version) === semver.major(version) && semver.major(version) > 0 ? breaks : told).push(
      ...found,
    );
  }
  const values = { n: before.length };
  if (breaks.length > 0) return { verdict: "fail", found: breaks, values };
  return told.length > 0 ? { verdict: "warn", found: told, values } : { verdict: "pass", values };
}

const tables = ({ parts }: Module) => parts.filter((part): part is DatasetPart => part.kind === "dataset");

function* tableBreaks(older: Module, module: Module): Generator<Found> {
  for (const was of tables(older)) {
    const is = tables(module).find(({ id }) => id === was.id);
    if (!is) {
      yield { at: "/parts", what: `the table ${was.id} is gone` };
      continue;
    }
    const at = `/parts/${module.parts.indexOf(is)}/schema`;
    const field = (of: DatasetPart, name: string) => of.schema.fields.find((one) => one.name === name);
    const sources = new Map(is.schema.fields.map((now) => [now.name, sourceOf(is, was, now)]));
    const isCarriedOn = (old: DatasetField) => [...sources.values()].includes(old);
    for (const old of was.schema.fields) {
      const now = field(is, old.name);
      if (!now) {
        if (!isCarriedOn(old)) yield { at, what: `the column ${was.id}.${old.name} is gone` };
      } else if (now.type !== old.type) {
        if (!isCarriedOn(old)) yield { at, what: `${was.id}.${old.name} was ${old.type}, is ${now.type}` };
      }
      // On the way back: what was left out since cannot be read where it is required.
      else if (isRequired(old) && !isRequired(now)) yield { at, what: `${was.id}.${old.name} was required` };
    }
    for (const now of is.schema.fields) {
      const source = sources.get(now.name);
      if (source && becomes(typeOfField(source), typeOfField(now)) === "never")
        yield { at, what: `${was.id}.${source.name} is a ${source.type}, and none becomes a ${now.type}` };
      if (!isRequired(now) || converts(is, now)?.otherwise !== undefined) continue;
      const isNew = !source && !field(was, now.name);
      if (isNew) yield { at, what: `${was.id}.${now.name} is new and required` };
      else if (source && !isRequired(source)) yield { at, what: `${was.id}.${now.name} is required now` };
    }
    const keyBefore = is.schema.primaryKey?.map((name) => sources.get(name)?.name ?? name);
    if (String(was.schema.primaryKey) !== String(keyBefore))
      yield { at: `${at}/primaryKey`, what: `the key of ${was.id} has changed` };
  }
}

const isRequired = ({ constraints }: DatasetField): boolean => constraints?.required === true;

/** A city keeps what it has set; where it has set nothing, what the module gives. Both must be possible before and after. */
function* settingBreaks(older: Module, module: Module): Generator<Found> {
  for (const was of older.parts.filter(isHook)) {
    const is = module.parts.find(({ id }) => id === was.id);
    if (!is || !isHook(is)) continue;
    for (const old of was.config) {
      const at = `/parts/${module.parts.indexOf(is)}/config`;
      const now = is.config.find(({ name }) => name === old.name);
      if (!now) yield { at, what: `the setting ${was.id}.${old.name} is gone` };
      else if (typeof now.value !== typeof old.value)
        yield { at, what: `${was.id}.${old.name} was a ${typeof old.value}, is a ${typeof now.value}` };
      else if (isNarrower(now, old)) yield { at, what: `${was.id}.${old.name} has narrower bounds` };
    }
  }
}

const isNarrower = (now: Setting, old: Setting): boolean =>
  (now.minimum ?? -Infinity) > (old.minimum ?? -Infinity) || (now.maximum ?? Infinity) < (old.maximum ?? Infinity);
