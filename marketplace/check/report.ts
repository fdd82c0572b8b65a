import { z } from "zod";
import { Digest } from "../contract/canonical.ts";
import { Version } from "../contract/manifest.ts";

/** In the order in which they are told. */
export const CHECKS = [
  ...(["manifest", "licence", "sbom", "secrets", "proofs", "scopes", "limits"] as const),
  ...(["languages", "translations", "pages", "upgrade", "personal"] as const),
] as const;
export type CheckName = (typeof CHECKS)[number];

/** `warn`: whoever decides should know it. With a `fail` no house publishes it and no city takes it. */
export const Verdict = z.enum(["pass", "warn", "fail"]);
export type Verdict = z.infer<typeof Verdict>;

/** Where, as a path into the module, and what: a scope, a field, a language. Never the secret itself. */
export const Found = z.object({ at: z.string().max(300), what: z.string().max(300) });
export type Found = z.infer<typeof Found>;

export const CheckLine = z
  .object({
    check: z.enum(CHECKS),
    verdict: Verdict,
    says: z.object({ en: z.string(), fr: z.string(), ar: z.string() }),
    found: z.array(Found).max(50).default([]),
  })
  .meta({ id: "CheckLine" });
export type CheckLine = z.infer<typeof CheckLine>;

export const ProofTold = z.object({
  part: z.string(),
  name: z.string(),
  holds: z.boolean(),
  reason: z.string().optional(),
});
export type ProofTold = z.infer<typeof ProofTold>;

/** What the check found. Publisher, registry and city run the same code over the same bytes. */
export const Report = z
  .object({
    name: z.string(),
    version: Version,
    package: Digest,
    verdict: Verdict,
    lines: z.array(CheckLine),
    proofs: z.array(ProofTold),
    /** Of all that follows from the package alone: the same in every house, whenever it is run. */
    proofDigest: Digest,
  })
  .meta({ id: "CheckReport" });
export type Report = z.infer<typeof Report>;

/** What one check answers; the sentence is made of it. */
export interface Outcome {
  verdict: Verdict;
  found?: readonly Found[];
  /** For its sentence. */
  values?: Record<string, string | number>;
  /** Those that it names, by their tags: each reader is told them in words. */
  languages?: readonly string[];
}

export const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes("fail") ? "fail" : verdicts.includes("warn") ? "warn" : "pass";

export const pathOf = (at: readonly (string | number)[]): string => at.map((step) => `/${step}`).join("") || "/";
