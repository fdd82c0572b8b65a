import type { Sandbox } from "../../shared/ports.ts";
import { LANGS, type Lang } from "../../shared/texts.ts";
import { canonical, digestOf } from "../contract/canonical.ts";
import type { Module } from "../contract/module.ts";
import { languages } from "./languages.ts";
import { limits } from "./limits.ts";
import { licence, manifest } from "./manifest.ts";
import { pages } from "./pages.ts";
import { personal } from "./personal.ts";
import { proofsOf } from "./proofs.ts";
import { CHECKS, type CheckLine, type CheckName, type Outcome, type ProofTold, type Report, worst } from "./report.ts";
import { sbom } from "./sbom.ts";
import { scopes } from "./scopes.ts";
import { secrets } from "./secrets.ts";
import { type CheckTextKey, checkTexts } from "./texts.ts";
import { translations } from "./translations.ts";
import { upgrade } from "./upgrade.ts";

export { CheckLine, Found, Report, Verdict } from "./report.ts";

/** These hang on where it is asked: what else is published there, what is spoken, and what its own pages say. */
const ELSEWHERE: readonly CheckName[] = ["languages", "translations", "upgrade"];

export interface Beside {
  sandbox: Sandbox;
  /** Versions of the same module that are published already. */
  older?: readonly Module[];
  /** In which all that people read should be; those of the house, or of the city. */
  languages?: readonly string[];
}

/** The check of a release: the same for publisher, registry and city. It says what is there, and decides nothing. */
export async function checkRelease(
  module: Module,
  { sandbox, older = [], languages: wanted = LANGS }: Beside,
): Promise<Report> {
  const bounds = limits(module);
  // What is over its limits is not run: it could keep the house busy.
  const proofs = bounds.verdict === "fail" ? [] : await proofsOf(module.parts, sandbox);
  const outcomes: Record<CheckName, Outcome> = {
    manifest: manifest(module, older),
    licence: licence(module),
    sbom: sbom(module),
    secrets: secrets(module),
    proofs: proven(module, proofs),
    scopes: scopes(module),
    limits: bounds,
    languages: languages(module, wanted),
    translations: translations(module),
    pages: pages(module),
    upgrade: upgrade(module, older),
    personal: personal(module),
  };
  const lines = CHECKS.map((check) => lineOf(check, outcomes[check]));
  const digest = digestOf(canonical(module));
  const own = lines.filter(({ check }) => !ELSEWHERE.includes(check));
  return {
    name: module.manifest.name,
    version: module.manifest.version,
    package: digest,
    verdict: worst(lines.map(({ verdict }) => verdict)),
    lines,
    proofs,
    proofDigest: digestOf(
      canonical({
        package: digest,
        checks: own.map(({ check, verdict }) => ({ check, verdict })),
        proofs: proofs.map(({ part, name, holds }) => ({ part, name, holds })),
      }),
    ),
  };
}

const FOUND_MAX = 50;

function lineOf(check: CheckName, { verdict, found = [], values, languages: named }: Outcome): CheckLine {
  const key = `${check}_${verdict}` as CheckTextKey;
  const valuesIn = (lang: Lang) => ({
    ...(named && { languages: languagesIn(lang, named) }),
    ...values,
    n: values?.["n"] ?? found.length,
  });
  const says = Object.fromEntries(LANGS.map((lang) => [lang, checkTexts.in(lang)(key, valuesIn(lang))]));
  return { check, verdict, says: says as CheckLine["says"], found: found.slice(0, FOUND_MAX) };
}

function languagesIn(lang: Lang, tags: readonly string[]): string {
  const names = new Intl.DisplayNames([lang], { type: "language" });
  return new Intl.ListFormat(lang).format(tags.map((tag) => names.of(tag) ?? tag));
}

/** What computes should show by an example that it computes rightly. */
const COMPUTES = ["tariff", "procedure", "rule", "function"];

function proven({ parts }: Module, proofs: readonly ProofTold[]): Outcome {
  const at = (part: string) => `/parts/${parts.findIndex(({ id }) => id === part)}/proof`;
  const wrong = proofs.filter(({ holds }) => !holds);
  if (wrong.length > 0)
    return {
      verdict: "fail",
      found: wrong.map(({ part, name, reason = "" }) => ({ at: at(part), what: `${name}: ${reason}`.slice(0, 300) })),
    };
  const bare = parts.filter(({ id, kind }) => COMPUTES.includes(kind) && !proofs.some(({ part }) => part === id));
  return bare.length > 0
    ? { verdict: "warn", found: bare.map(({ id }) => ({ at: at(id), what: id })), values: { held: proofs.length } }
    : { verdict: "pass", values: { n: proofs.length } };
}
