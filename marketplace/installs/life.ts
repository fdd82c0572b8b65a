import type { FieldError } from "../../shared/errors.ts";
import { dayOf, dayPlus } from "../../shared/time.ts";
import { type Ask, approvalsNeeded, asksDigest } from "../contract/asks.ts";
import { isHook } from "../contract/hooks.ts";
import type { PublicKey } from "../contract/keys.ts";
import type { Part } from "../contract/parts.ts";
import { grantedOf } from "./domain.ts";
import { refusal, refused } from "./refusals.ts";
import type { Install, State } from "./schema.ts";

// The life of a module in a city: which states there are, which follow which, and what each demands.

/** Data need no shadow; what acts by itself does. `changing` goes back to what it was, or on with the other version. */
const NEXT: Record<State, readonly State[]> = {
  trial: ["proposed", "leaving"],
  proposed: ["trial", "shadow", "active", "leaving"],
  shadow: ["active", "changing", "suspended", "leaving"],
  active: ["changing", "suspended", "leaving"],
  changing: ["shadow", "active", "suspended", "leaving"],
  suspended: ["shadow", "active", "changing", "leaving"],
  leaving: ["gone"],
  gone: [],
};

export const nextStates = (state: State): readonly State[] => NEXT[state];

/** What it is, or while it is being changed was before: the version before serves until the other takes its place. */
export const servesAs = ({ state, change }: Pick<Install, "state" | "change">): State =>
  state === "changing" ? change!.from : state;
export const isActive = (install: Install): boolean => servesAs(install) === "active";
export const isServing = (install: Install): boolean => ["shadow", "active", "suspended"].includes(servesAs(install));

export const ROLLBACK_DAYS = 30;
/** What touches people is granted for so long, unless the city says otherwise. */
const GRANT_DAYS = 365;

function demandWay(from: State, to: State): void {
  if (!NEXT[from].includes(to)) throw refused("way", { from, to });
}

/** @param parts  those in use; of one that leaves none are needed  @throws {Fault} forbidden_transition */
export function move(install: Install, to: State, parts: readonly Part[], now: Date): Install {
  demandWay(install.state, to);
  const { suspendedFor: _, change: stopped, ...kept } = install;
  if (stopped) {
    if (to !== stopped.from && to !== "suspended" && to !== "leaving")
      throw refused("beingChanged", { from: stopped.from });
    return { ...kept, state: to };
  }
  if (to === "proposed" && install.trial?.version !== install.version) throw refused("tryToPropose");
  if (to === "proposed" && install.trial?.proofs.some(({ holds }) => !holds)) throw refused("example");
  const acts = parts.some(isHook);
  if (to === "shadow" && !acts) throw refused("noShadow");
  if (to === "active" && acts && install.shadow?.version !== install.version) throw refused("shadowFirst");
  if (to === "shadow" || to === "active") demandApproved(install, grantedOf(install.settings, parts));
  const at = now.toISOString();
  return {
    ...kept,
    state: to,
    ...(to === "active" ? { activeSince: at } : {}),
    ...(to === "shadow" ? { shadow: { version: install.version, since: at } } : {}),
  };
}

/** The last day of a grant that nobody has said the end of; none where nobody must approve anything. */
export const usualEnd = (asks: readonly Ask[], now: Date, timeZone: string): { until?: string } =>
  approvalsNeeded(asks) === 0 ? {} : { until: dayPlus(dayOf(now, timeZone), GRANT_DAYS) };

/** Who agreed to exactly this, for at least so long. */
export const approversOf = ({ approvals, settings }: Install, asks: readonly Ask[]): string[] => {
  const digest = asksDigest(asks);
  const isLongEnough = (until?: string) => until === undefined || (settings.until ?? "9999") <= until;
  return [...new Set(approvals.filter((one) => one.asks === digest && isLongEnough(one.until)).map(({ by }) => by))];
};

/**
 * @param errors  where in what was sent it asks for more, if anything was
 * @throws {Fault} forbidden_transition: too few persons agreed to what it asks for
 */
export function demandApproved(install: Install, asks: readonly Ask[], errors?: FieldError[]): void {
  const [needed, have] = [approvalsNeeded(asks), approversOf(install, asks).length];
  if (have < needed)
    throw refusal(
      "forbidden_transition",
      "approvals",
      { needed: String(needed), have: String(have) },
      errors && { errors },
    );
}

/** Names exactly what is agreed to: what is asked for, and for how long. */
export const agreedTo = ({ settings }: Pick<Install, "settings">, asks: readonly Ask[]): string =>
  `${asksDigest(asks)} ${settings.until ?? ""}`;

/** One person's word on what is asked for, up to the end that is set; said twice it is one. */
export function approve(
  install: Install,
  asks: readonly Ask[],
  by: string,
  now: Date,
  roles: readonly string[] = [],
): Install {
  if (install.state === "trial" && install.trial?.version !== install.version) throw refused("tryToApprove");
  if (install.state === "leaving") throw refused("leavingApproved");
  if (approversOf(install, asks).includes(by)) return install;
  const { until } = install.settings;
  const approval = {
    by,
    at: now.toISOString(),
    asks: asksDigest(asks),
    ...(until === undefined ? {} : { until }),
    ...(roles.length > 0 ? { roles: [...roles] } : {}),
  };
  return { ...install, approvals: [...install.approvals, approval].slice(-APPROVALS_KEPT) };
}
const APPROVALS_KEPT = 20;

export interface Version {
  version: string;
  digest: string;
  /** Who signed it, where that may be another key than before. */
  publisherKey?: PublicKey | undefined;
  parts: readonly Part[];
}

/**
 * What it is once another version has taken its place: at once, and one that acts by itself in shadow; the one before
 * stays at hand, with its rows.
 *
 * @param from  the parts of the present version: one that is switched off stays off, a new one comes into use
 * @throws {Fault} forbidden_transition: it was not tried, or has no say in this any more
 */
export function change(install: Install, from: readonly Part[], to: Version, now: Date): Install {
  if (install.version === to.version) return install;
  if (install.state === "leaving") throw refused("leaves");
  const serves = isServing(install);
  if (serves && install.trial?.version !== to.version) throw refused("tryToChange");
  const { change: copied, ...kept } = install;
  const { version, digest, settings, data, publisherKey } = kept;
  const state = servesAs(install);
  const off = new Set(from.map(({ id }) => id).filter((id) => !settings.parts.includes(id)));
  const since = now.toISOString();
  const until = new Date(now.getTime() + ROLLBACK_DAYS * 86_400_000).toISOString();
  const parts = to.parts.filter(({ id }) => !off.has(id));
  const next = state === "active" && parts.some(isHook) ? "shadow" : state;
  return {
    ...kept,
    version: to.version,
    digest: to.digest,
    publisherKey: to.publisherKey ?? publisherKey,
    settings: { ...settings, parts: parts.map(({ id }) => id) },
    state: serves ? next : "trial",
    ...(copied ? { data: copied.data } : {}),
    ...(serves && next === "shadow" ? { shadow: { version: to.version, since } } : {}),
    previous: serves
      ? { version, digest, publisherKey, settings, until, state, since, ...(data ? { data } : {}) }
      : undefined,
  };
}

/** Its rows are copied for another version before it flips: until then nothing of it acts, so nothing is missed. */
export function beginChange(install: Install, to: Omit<Version, "parts">, by: string, now: Date): Install {
  demandWay(install.state, "changing");
  const { version, digest, publisherKey } = to;
  // The number of a change is never given twice, so no two copies meet.
  const data = install.revision + 1;
  return {
    ...install,
    state: "changing",
    change: { version, digest, publisherKey, from: install.state, data, startedAt: now.toISOString(), by },
  };
}

/** Back to the version before, as it was set then. @throws {Fault} forbidden_transition: there is none, or too late */
export function rollBack(install: Install, now: Date): Install {
  demandWay(install.state, "changing");
  const { previous, data: _data, ...kept } = install;
  if (!previous) throw refused("noneBefore");
  if (previous.until < now.toISOString())
    throw refused("tooLate", { days: String(ROLLBACK_DAYS), until: previous.until.slice(0, 10) });
  const { until: _until, since: _since, state = install.state, ...served } = previous;
  const { version } = served;
  return {
    ...kept,
    ...served,
    // What the house or somebody suspended meanwhile does not come back into service by this.
    state: install.state === "suspended" ? "suspended" : state,
    ...(install.shadow ? { shadow: { version, since: now.toISOString() } } : {}),
    previous: undefined,
  };
}
