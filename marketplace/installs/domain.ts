import type { TariffPart } from "../../functions/billing/events.ts";
import { Fault } from "../../shared/errors.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import type { Module } from "../contract/module.ts";
import type { Part } from "../contract/parts.ts";
import type { Install, InstallSettings, State, TariffTrial } from "./schema.ts";

// `shadow`, `changing` and `leaving` come with parts that run: data need no shadow, and change and leave at once.
const NEXT: Record<State, readonly State[]> = {
  trial: ["proposed", "gone"],
  proposed: ["active", "gone"],
  active: ["suspended", "gone"],
  suspended: ["active", "gone"],
  gone: [],
};

export const nextStates = (state: State): readonly State[] => NEXT[state];

export const ROLLBACK_DAYS = 30;

/** @throws {Fault} forbidden_transition */
export function move(install: Install, to: State, now: Date): Install {
  if (!NEXT[install.state].includes(to))
    throw new Fault("forbidden_transition", `A module that is ${install.state} cannot become ${to}.`);
  if (to === "proposed" && install.trial?.version !== install.version)
    throw new Fault("forbidden_transition", "Try this version on the synthetic city before you propose it.");
  return { ...install, state: to, ...(to === "active" ? { activeSince: now.toISOString() } : {}) };
}

/**
 * Another version takes its place at once; the one before stays at hand for 30 days.
 *
 * @param from  the parts of the present version: one that is switched off stays off, a new one comes into use
 */
export function change(
  install: Install,
  from: readonly Part[],
  to: { version: string; digest: string; parts: readonly Part[] },
  now: Date,
): Install {
  if (install.version === to.version) return install;
  const isServing = install.state === "active" || install.state === "suspended";
  if (isServing && install.trial?.version !== to.version)
    throw new Fault(
      "forbidden_transition",
      "Try this version on the synthetic city before it takes the place of the present one.",
    );
  const { version, digest, settings } = install;
  const off = new Set(from.map(({ id }) => id).filter((id) => !settings.parts.includes(id)));
  const until = new Date(now.getTime() + ROLLBACK_DAYS * 86_400_000).toISOString();
  return {
    ...install,
    version: to.version,
    digest: to.digest,
    settings: { parts: to.parts.map(({ id }) => id).filter((id) => !off.has(id)) },
    state: isServing ? install.state : "trial",
    previous: isServing ? { version, digest, settings, until } : undefined,
  };
}

/** Back to the version before, as it was set then. @throws {Fault} forbidden_transition: there is none, or too late */
export function rollBack(install: Install, now: Date): Install {
  const { previous } = install;
  if (!previous) throw new Fault("forbidden_transition", "There is no version before this one to go back to.");
  if (previous.until < now.toISOString())
    throw new Fault(
      "forbidden_transition",
      `The ${ROLLBACK_DAYS} days for going back ended on ${previous.until.slice(0, 10)}.`,
    );
  const { until: _, ...served } = previous;
  return { ...install, ...served, previous: undefined };
}

/** @throws {Fault} invalid: a part that the module does not have */
export function set(install: Install, settings: InstallSettings, module: Module): Install {
  const known = new Set(module.parts.map(({ id }) => id));
  const errors = settings.parts.flatMap((id, i) =>
    known.has(id) ? [] : [{ pointer: `#/parts/${i}`, detail: `This module has no part ${id}.` }],
  );
  if (errors.length) throw new Fault("invalid", "The module has no such part.", { errors });
  return {
    ...install,
    settings: { parts: module.parts.map(({ id }) => id).filter((id) => settings.parts.includes(id)) },
  };
}

export const partsInUse = (module: Module, settings: InstallSettings): Part[] =>
  module.parts.filter(({ id }) => settings.parts.includes(id));

type Tariff = Extract<Part, { kind: "tariff" }>;
export const tariffsIn = (parts: readonly Part[]): Tariff[] => parts.filter((part) => part.kind === "tariff");

/** What only one install at a time may do in a city: set the price of one thing. */
export const claimsOf = (parts: readonly Part[]): string[] => [
  ...new Set(tariffsIn(parts).map(({ tariff }) => `tariff#${tariff.kind}`)),
];

/** What comes into use by itself: all, but for prices in other money where the module has them in the city's too. */
export function fitting(parts: readonly Part[], currency: string): Part[] {
  const hasOwn = tariffsIn(parts).some(({ tariff }) => tariff.currency === currency);
  return parts.filter((part) => part.kind !== "tariff" || !hasOwn || part.tariff.currency === currency);
}

/** @throws {Fault} invalid: its prices cannot be this city's */
export function fits(parts: readonly Part[], currency: string): void {
  const tariffs = tariffsIn(parts);
  for (const { id, tariff } of tariffs) {
    if (tariff.currency !== currency)
      throw new Fault("invalid", `Its tariff ${id} is in ${tariff.currency}; this city bills in ${currency}.`, {
        errors: [{ pointer: `#/parts/${id}`, detail: `It is in ${tariff.currency}.` }],
      });
    if (tariffs.some((other) => other.id !== id && other.tariff.kind === tariff.kind))
      throw new Fault("invalid", `It holds several tariffs for ${tariff.kind}; choose one of them in its settings.`, {
        errors: [{ pointer: "#/parts", detail: `Several tariffs for ${tariff.kind}.` }],
      });
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

export const resultDigest = (packageDigest: string, tariffs: readonly TariffTrial[]): string =>
  digestOf(canonical({ package: packageDigest, tariffs }));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
