import { latinDigits, minorOf } from "../../shared/amounts.ts";
import { Field, Form, fieldOf } from "../../shared/components.tsx";
import { Fault, type FieldError } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { decimalOf } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { askSays, asksOf } from "../contract/asks.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import { isHook, type Setting } from "../contract/hooks.ts";
import type { Module } from "../contract/module.ts";
import type { ProcedurePart } from "../contract/procedure.ts";
import { titleOf } from "../contract/says.ts";
import { inLang } from "../contract/words.ts";
import { firstOf, hindrances, shownAgain, type Typed } from "../typed.ts";
import { configOf } from "./domain.ts";
import { refusalIn } from "./refusals.ts";
import { type Install, InstallSettings } from "./schema.ts";
import { demandNone, mistake, saidIn } from "./setting-mistakes.ts";
import { installTexts } from "./texts.ts";
import { action, type Deciding } from "./views.tsx";

// How a city sets a module on its page: the form, what was typed into it, and the same form with what is wrong with it.

/** Names exactly the settings that a page shows, and of which version: whoever saves it changes these and no others. */
export const settingsShown = ({ digest, settings }: Pick<Install, "digest" | "settings">): string =>
  digestOf(canonical({ digest, settings }));

const fieldName = (part: string, setting: string) => `config/${part}/${setting}`;
const TEXT_MAX = 80;

/**
 * What was typed, as settings: what is optional and not granted is declined, and what is not said is as the module has it.
 * @throws {Fault} invalid, with a pointer to each mistake
 */
export function settingsIn(typed: Typed, module: Module, currency: string): InstallSettings {
  const mistakes: FieldError[] = [];
  const config: InstallSettings["config"] = {};
  const keep = (part: string, name: string, usual: unknown, read: () => string | number | boolean) => {
    try {
      const value = read();
      if (value !== usual) config[part] = { ...config[part], [name]: value };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      mistakes.push(...(error.members.errors ?? []));
    }
  };
  for (const part of module.parts.filter(isHook))
    for (const { name, value } of part.config) {
      const said = firstOf(typed, fieldName(part.id, name));
      if (typeof value === "boolean") keep(part.id, name, value, () => said === "yes");
      else if (said !== undefined)
        keep(part.id, name, value, () => readAs(value, said, `#/${fieldName(part.id, name)}`));
    }
  for (const part of module.parts.filter((one) => one.kind === "procedure"))
    for (const { name, amounts } of part.prices) {
      const said = firstOf(typed, fieldName(part.id, name));
      if (said !== undefined)
        keep(part.id, name, amounts[currency], () => amountIn(said, currency, fieldName(part.id, name)));
    }
  const until = firstOf(typed, "until");
  if (until !== undefined && !InstallSettings.shape.until.safeParse(until).success)
    mistakes.push(mistake("#/until", "day", { example: "2027-12-31" }));
  demandNone(mistakes);
  const yes = [typed["granted"] ?? []].flat();
  const optional = asksOf(module.parts).filter(({ isOptional, id }) => isOptional && !yes.includes(id));
  return parsed(InstallSettings, {
    parts: [typed["parts"] ?? []].flat(),
    declined: optional.map(({ id }) => id),
    config,
    ...(until === undefined ? {} : { until }),
  });
}

/** @throws {Fault} invalid */
function readAs(usual: string | number, said: string, pointer: string): string | number {
  if (typeof usual === "string") {
    if (said.length > TEXT_MAX) demandNone([mistake(pointer, "long", { most: TEXT_MAX })]);
    return said;
  }
  const read = Number(latinDigits(said).replace(/[,\u066b]/, "."));
  if (!Number.isFinite(read)) demandNone([mistake(pointer, "number")]);
  return read;
}

/** @throws {Fault} invalid */
function amountIn(said: string, currency: string, field: string): number {
  try {
    return minorOf(said, currency, field);
  } catch {
    demandNone([mistake(`#/${field}`, "amount", { example: decimalOf(1_250, currency) })]);
    throw new Error("unreachable");
  }
}

export interface RefusedSettings {
  typed: Typed;
  errors: readonly { field: string; detail: string }[];
}

/** Why they are not kept, by field of the form. */
export function settingsRefused(fault: Fault, typed: Typed, lang: Lang): RefusedSettings {
  const errors = (fault.members.errors ?? []).map((one) => ({
    field: fieldAt(one.pointer),
    detail: saidIn(lang, one),
  }));
  return { typed, errors: hindrances({ message: refusalIn(lang, fault), errors }) };
}

/** The boxes of a list are one field. */
function fieldAt(pointer: string): string {
  const path = pointer.replace(/^#\//, "");
  const [first = ""] = path.split("/");
  return first === "declined" ? "granted" : first === "config" ? path : first;
}

interface Props extends Deciding {
  refused: RefusedSettings | undefined;
}

export function SettingsForm({ shown, name, install, parts, refused }: Props) {
  const { lang } = shown;
  const t = installTexts.in(lang);
  const { currency } = shown.here.city;
  const hooks = parts.filter(isHook);
  const optional = asksOf(parts).filter(({ isOptional }) => isOptional);
  const { settings } = install;
  const procedures = parts.filter((part) => part.kind === "procedure");
  if (parts.length < 2 && hooks.length === 0 && procedures.length === 0) return null;
  // Once something was typed, that stands there again: a box that was left empty stays so.
  const again = fieldOf(refused ? shownAgain(refused.typed) : {}, refused?.errors ?? []);
  const field = (of: string, kept: string | undefined) => ({ ...again(of), ...(refused ? {} : { value: kept }) });
  return (
    <Form action={action(shown, name, "settings")} csrf={shown.csrf} submit={t("save")}>
      <input type="hidden" name="seen" value={settingsShown(install)} />
      <Field
        {...field("parts", settings.parts.join(","))}
        label={t("settings")}
        type="checkbox"
        options={parts.map((part) => [
          part.id,
          part.kind === "tariff" ? `${titleOf(part, lang)} (${part.tariff.currency})` : titleOf(part, lang),
        ])}
      />
      {optional.length > 0 && (
        <Field
          {...field("granted", optional.flatMap(({ id }) => (settings.declined.includes(id) ? [] : [id])).join(","))}
          label={t("granted")}
          type="checkbox"
          options={optional.map((ask) => [ask.id, askSays(ask, hooks.find(({ id }) => id === ask.part)!, lang)])}
        />
      )}
      {hooks.flatMap((part) =>
        part.config.map((setting) => {
          const now = configOf(part, settings)[setting.name];
          return <SettingField {...{ setting, lang }} {...field(fieldName(part.id, setting.name), typedAs(now))} />;
        }),
      )}
      {procedures.flatMap((part) =>
        part.prices.map((price) => (
          <Field
            {...field(
              fieldName(part.id, price.name),
              amountOf(price, settings.config[part.id]?.[price.name], currency),
            )}
            label={`${inLang(price.title, lang)} (${currency})`}
            inputmode="decimal"
          />
        )),
      )}
      {hooks.length > 0 && (
        <Field {...field("until", settings.until)} label={t("until")} hint={t("untilHint")} type="date" />
      )}
    </Form>
  );
}

const typedAs = (value: string | number | boolean | undefined): string =>
  typeof value === "boolean" ? (value ? "yes" : "") : String(value);

function amountOf({ amounts }: ProcedurePart["prices"][number], set: unknown, currency: string): string | undefined {
  const minor = set ?? amounts[currency];
  return minor === undefined ? undefined : decimalOf(Number(minor), currency);
}

interface SettingProps {
  setting: Setting;
  lang: Lang;
  name: string;
  value: string | undefined;
  error: string | undefined;
}

function SettingField({ setting: { title, value: usual }, lang, ...field }: SettingProps) {
  const label = inLang(title, lang);
  if (typeof usual === "boolean")
    return <Field {...{ ...field, label }} type="checkbox" options={[["yes", installTexts.in(lang)("yes")]]} />;
  return <Field {...{ ...field, label }} inputmode={typeof usual === "number" ? "decimal" : "text"} />;
}
