import type { TariffPart } from "../../functions/billing/events.ts";
import type { FieldError } from "../../shared/errors.ts";
import { type Ask, asksOf } from "../contract/asks.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import { type HookPart, isHook } from "../contract/hooks.ts";
import type { Module } from "../contract/module.ts";
import type { PageTexts } from "../contract/page-texts.ts";
import type { Part } from "../contract/parts.ts";
import { PRICE_MAX } from "../contract/procedure.ts";
import { refusal } from "./refusals.ts";
import type { Install, InstallSettings, ProofTrial, TariffTrial } from "./schema.ts";
import { demandNone, mistake } from "./setting-mistakes.ts";

/** What is granted: all that its parts ask for but what the city declined. */
export const grantedOf = ({ declined }: InstallSettings, parts: readonly Part[]): Ask[] =>
  asksOf(parts).filter(({ id, isOptional }) => !(isOptional && declined.includes(id)));

/** @throws {Fault} invalid: a part, an optional thing or a setting that the module does not have */
export function set(install: Install, settings: InstallSettings, module: Module): Install {
  const known = new Set(module.parts.map(({ id }) => id));
  const optional = new Set(asksOf(module.parts).flatMap(({ id, isOptional }) => (isOptional ? [id] : [])));
  demandNone([
    ...settings.parts.flatMap((id, i) => (known.has(id) ? [] : [mistake(`#/parts/${i}`, "no_part", { id })])),
    ...settings.declined.flatMap((id, i) => (optional.has(id) ? [] : [mistake(`#/declined/${i}`, "not_optional")])),
    ...Object.entries(settings.config).flatMap(([id, values]) => configMistakes(module, id, values)),
  ]);
  const inOrder = module.parts.map(({ id }) => id).filter((id) => settings.parts.includes(id));
  return { ...install, settings: { ...settings, parts: inOrder } };
}

function configMistakes(module: Module, id: string, values: Record<string, unknown>): FieldError[] {
  const part = module.parts.find((one) => one.id === id);
  return Object.entries(values).flatMap(([name, value]) => {
    const pointer = `#/config/${id}/${name}`;
    if (part?.kind === "procedure" && part.prices.some((price) => price.name === name))
      return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= PRICE_MAX
        ? []
        : [mistake(pointer, "minor", { most: PRICE_MAX })];
    const setting = part && isHook(part) ? part.config.find((one) => one.name === name) : undefined;
    if (!setting) return [mistake(pointer, "no_setting")];
    if (typeof value !== typeof setting.value)
      return [mistake(pointer, typeof setting.value as "number" | "boolean" | "string")];
    const { minimum: least, maximum: most } = setting;
    const fits = typeof value !== "number" || (value >= (least ?? -Infinity) && value <= (most ?? Infinity));
    if (fits) return [];
    if (least === undefined) return [mistake(pointer, "at_most", { most: most! })];
    return [
      most === undefined ? mistake(pointer, "at_least", { least }) : mistake(pointer, "between", { least, most }),
    ];
  });
}

/** A part's settings as they are in this city. */
export const configOf = (part: HookPart, { config }: InstallSettings): Record<string, string | number | boolean> => ({
  ...Object.fromEntries(part.config.map(({ name, value }) => [name, value])),
  ...config[part.id],
});

export const partsInUse = (module: Module, settings: InstallSettings): Part[] =>
  module.parts.filter(({ id }) => settings.parts.includes(id));

type Tariff = Extract<Part, { kind: "tariff" }>;
export const tariffsIn = (parts: readonly Part[]): Tariff[] => parts.filter((part) => part.kind === "tariff");

export const pageTextsIn = (parts: readonly Part[]): PageTexts[] =>
  parts.filter((part) => part.kind === "texts").filter((part) => part.use === "pages");

/** What only one install at a time may do in a city: set the price of one thing, put the pages into one language. */
export const claimsOf = (parts: readonly Part[]): string[] => [
  ...new Set(tariffsIn(parts).map(({ tariff }) => `tariff#${tariff.kind}`)),
  ...pageTextsIn(parts).map(({ language }) => `pages#${language}`),
];

/** What comes into use by itself: all, but for prices in other money where the module has them in the city's too. */
export function fitting(parts: readonly Part[], currency: string): Part[] {
  const hasOwn = tariffsIn(parts).some(({ tariff }) => tariff.currency === currency);
  return parts.filter((part) => part.kind !== "tariff" || !hasOwn || part.tariff.currency === currency);
}

/**
 * @param at  where a part stands in what was sent
 * @throws {Fault} invalid: its prices cannot be this city's
 */
export function fits(parts: readonly Part[], currency: string, at = (id: string) => `#/parts/${id}`): void {
  const tariffs = tariffsIn(parts);
  for (const { id, tariff } of tariffs) {
    if (tariff.currency !== currency)
      throw refusal(
        "invalid",
        "otherMoney",
        { part: id, currency: tariff.currency, own: currency },
        { errors: [mistake(at(id), "other_money", { money: tariff.currency, own: currency })] },
      );
    if (tariffs.some((other) => other.id !== id && other.tariff.kind === tariff.kind))
      throw refusal("invalid", "severalTariffs", { kind: tariff.kind }, { errors: [mistake(at(id), "two_tariffs")] });
  }
}

/** One synthetic household's month, in Wh or litres. */
export interface Use {
  household: string;
  month: string;
  quantity: number;
}

type Price = (tariff: TariffPart, quantity: number) => number;

/**
 * Bills of the synthetic city before and after, by quarters of households from those that use least to those that use
 * most. Whole numbers only, and no clock: the same in every house.
 */
export function tryTariff(
  part: Tariff,
  before: TariffPart | undefined,
  uses: readonly Use[],
  price: Price,
  lang = "en",
): TariffTrial {
  const households = [...Map.groupBy(uses, ({ household }) => household)]
    .map(([id, months]) => ({ id, months, total: sum(months.map(({ quantity }) => quantity)) }))
    .sort((a, b) => a.total - b.total || (a.id < b.id ? -1 : 1));
  const billed = (tariff: TariffPart, group: typeof households) =>
    sum(group.flatMap(({ months }) => months.map(({ quantity }) => price(tariff, quantity))));
  const quarters = [0, 1, 2, 3].map((quarter) => {
    const group = households.filter((_, i) => Math.floor((i * 4) / households.length) === quarter);
    const months = sum(group.map((one) => one.months.length));
    return {
      households: group.length,
      meanUse: months === 0 ? 0 : Math.round(sum(group.map(({ total }) => total)) / months),
      ...(before ? { beforeMinor: billed(before, group) } : {}),
      afterMinor: billed(part.tariff, group),
    };
  });
  return {
    part: part.id,
    kind: part.tariff.kind,
    currency: part.tariff.currency,
    months: [...new Set(uses.map(({ month }) => month))].sort(),
    ...(before ? { before: before.names[lang] ?? Object.values(before.names)[0] ?? "" } : {}),
    quarters,
    ...(before ? { beforeMinor: sum(quarters.map((one) => one.beforeMinor ?? 0)) } : {}),
    afterMinor: sum(quarters.map((one) => one.afterMinor)),
  };
}

export const resultDigest = (
  packageDigest: string,
  tariffs: readonly TariffTrial[],
  proofs: readonly ProofTrial[],
): string => digestOf(canonical({ package: packageDigest, tariffs, ...(proofs.length > 0 ? { proofs } : {}) }));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
