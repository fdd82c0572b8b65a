import type { TariffPart } from "../../functions/billing/events.ts";
import { Fault } from "../../shared/errors.ts";
import { type Ask, approvalsNeeded, asksDigest, asksOf } from "../contract/asks.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import { type HookPart, isHook } from "../contract/hooks.ts";
import type { Module } from "../contract/module.ts";
import type { Part } from "../contract/parts.ts";
import { PRICE_MAX } from "../contract/procedure.ts";
import type { Install, InstallSettings, ProofTrial, State, TariffTrial } from "./schema.ts";

// Data need no shadow; what acts by itself does. A change and a leaving are one transaction each, so they are no states.
const NEXT: Record<State, readonly State[]> = {
  trial: ["proposed", "gone"],
  proposed: ["shadow", "active", "gone"],
  shadow: ["active", "suspended", "gone"],
  active: ["suspended", "gone"],
  suspended: ["shadow", "active", "gone"],
  gone: [],
};

export const nextStates = (state: State): readonly State[] => NEXT[state];
export const isServing = ({ state }: Install): boolean => ["shadow", "active", "suspended"].includes(state);

export const ROLLBACK_DAYS = 30;

/** @param parts  those in use; of one that leaves none are needed  @throws {Fault} forbidden_transition */
export function move(install: Install, to: State, parts: readonly Part[], now: Date): Install {
  const refused = (why: string) => new Fault("forbidden_transition", why);
  if (!NEXT[install.state].includes(to)) throw refused(`A module that is ${install.state} cannot become ${to}.`);
  if (to === "proposed" && install.trial?.version !== install.version)
    throw refused("Try this version on the synthetic city before you propose it.");
  if (to === "proposed" && install.trial?.proofs.some(({ holds }) => !holds))
    throw refused("One of its own examples does not give what it says: it cannot be proposed.");
  const acts = parts.some(isHook);
  if (to === "shadow" && !acts) throw refused("Nothing of it acts by itself, so there is nothing to watch in shadow.");
  if (to === "active" && acts && install.shadow?.version !== install.version)
    throw refused("Let this version run in shadow first: what it would do is written down and not done.");
  if (to === "shadow" || to === "active") demandApproved(install, grantedOf(install.settings, parts));
  const { suspendedFor: _, ...kept } = install;
  const at = now.toISOString();
  return {
    ...kept,
    state: to,
    ...(to === "active" ? { activeSince: at } : {}),
    ...(to === "shadow" ? { shadow: { version: install.version, since: at } } : {}),
  };
}

/** What is granted: all that its parts ask for but what the city declined. */
export const grantedOf = ({ declined }: InstallSettings, parts: readonly Part[]): Ask[] =>
  asksOf(parts).filter(({ id, isOptional }) => !(isOptional && declined.includes(id)));

/** Who agreed to exactly this. */
export const approversOf = ({ approvals }: Install, asks: readonly Ask[]): string[] => {
  const digest = asksDigest(asks);
  return [...new Set(approvals.filter((one) => one.asks === digest).map(({ by }) => by))];
};

/** @throws {Fault} forbidden_transition: too few persons agreed to what it asks for */
export function demandApproved(install: Install, asks: readonly Ask[]): void {
  const [needed, have] = [approvalsNeeded(asks), approversOf(install, asks).length];
  if (have < needed)
    throw new Fault("forbidden_transition", `${needed} persons must approve what it asks for; so far ${have} did.`);
}

/** One person's word on what is asked for; said twice it is one. */
export function approve(
  install: Install,
  asks: readonly Ask[],
  by: string,
  now: Date,
  roles: readonly string[] = [],
): Install {
  if (install.state === "trial" && install.trial?.version !== install.version)
    throw new Fault("forbidden_transition", "Try this version on the synthetic city before you approve it.");
  if (approversOf(install, asks).includes(by)) return install;
  const approval = {
    by,
    at: now.toISOString(),
    asks: asksDigest(asks),
    ...(roles.length > 0 ? { roles: [...roles] } : {}),
  };
  return { ...install, approvals: [...install.approvals, approval].slice(-APPROVALS_KEPT) };
}
const APPROVALS_KEPT = 20;

/**
 * Another version takes its place at once, and one that acts by itself in shadow; the one before stays at hand.
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
  const serves = isServing(install);
  if (serves && install.trial?.version !== to.version)
    throw new Fault(
      "forbidden_transition",
      "Try this version on the synthetic city before it takes the place of the present one.",
    );
  const { version, digest, settings, state } = install;
  const off = new Set(from.map(({ id }) => id).filter((id) => !settings.parts.includes(id)));
  const until = new Date(now.getTime() + ROLLBACK_DAYS * 86_400_000).toISOString();
  const parts = to.parts.filter(({ id }) => !off.has(id));
  const next = state === "active" && parts.some(isHook) ? "shadow" : state;
  return {
    ...install,
    version: to.version,
    digest: to.digest,
    settings: { ...settings, parts: parts.map(({ id }) => id) },
    state: serves ? next : "trial",
    ...(serves && next === "shadow" ? { shadow: { version: to.version, since: now.toISOString() } } : {}),
    previous: serves ? { version, digest, settings, until, state } : undefined,
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
  const { until: _, state = install.state, ...served } = previous;
  const { version } = served;
  const at = now.toISOString();
  return {
    ...install,
    ...served,
    // What the house or somebody suspended meanwhile does not come back into service by this.
    state: install.state === "suspended" ? "suspended" : state,
    ...(install.shadow ? { shadow: { version, since: at } } : {}),
    previous: undefined,
  };
}

/** @throws {Fault} invalid: a part, an optional thing or a setting that the module does not have */
export function set(install: Install, settings: InstallSettings, module: Module): Install {
  const known = new Set(module.parts.map(({ id }) => id));
  const optional = new Set(asksOf(module.parts).flatMap(({ id, isOptional }) => (isOptional ? [id] : [])));
  const errors = [
    ...settings.parts.flatMap((id, i) =>
      known.has(id) ? [] : [{ pointer: `#/parts/${i}`, detail: `This module has no part ${id}.` }],
    ),
    ...settings.declined.flatMap((id, i) =>
      optional.has(id) ? [] : [{ pointer: `#/declined/${i}`, detail: "It does not ask for this, or not optionally." }],
    ),
    ...Object.entries(settings.config).flatMap(([id, values]) => configErrors(module, id, values)),
  ];
  if (errors.length) throw new Fault("invalid", errors[0]!.detail, { errors });
  const inOrder = module.parts.map(({ id }) => id).filter((id) => settings.parts.includes(id));
  return { ...install, settings: { ...settings, parts: inOrder } };
}

function configErrors(module: Module, id: string, values: Record<string, unknown>) {
  const part = module.parts.find((one) => one.id === id);
  return Object.entries(values).flatMap(([name, value]) => {
    const pointer = `#/config/${id}/${name}`;
    if (part?.kind === "procedure" && part.prices.some((price) => price.name === name))
      return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= PRICE_MAX
        ? []
        : [{ pointer, detail: `A whole number of minor units, at most ${PRICE_MAX}.` }];
    const setting = part && isHook(part) ? part.config.find((one) => one.name === name) : undefined;
    if (!setting) return [{ pointer, detail: "This module has no such setting." }];
    if (typeof value !== typeof setting.value) return [{ pointer, detail: `It is a ${typeof setting.value}.` }];
    const { minimum = -Infinity, maximum = Infinity } = setting;
    const fits = typeof value !== "number" || (value >= minimum && value <= maximum);
    return fits ? [] : [{ pointer, detail: `It is between ${minimum} and ${maximum}.` }];
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

export const resultDigest = (
  packageDigest: string,
  tariffs: readonly TariffTrial[],
  proofs: readonly ProofTrial[],
): string => digestOf(canonical({ package: packageDigest, tariffs, ...(proofs.length > 0 ? { proofs } : {}) }));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
