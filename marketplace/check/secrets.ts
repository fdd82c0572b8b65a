import type { Module } from "../contract/module.ts";
import { type Found, type Outcome, pathOf } from "./report.ts";

/** What keys look like to whoever uses them; a package is public for ever, and so would they be. */
const SECRETS: readonly [what: string, looks: RegExp][] = [
  ["private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ["private key (JWK)", /"?\bkty"?\s*:\s*"[A-Za-z]+"[^{}]{0,2000}"?\bd"?\s*:\s*"[A-Za-z0-9_-]{20,}"/],
  ["private key (JWK)", /"?\bd"?\s*:\s*"[A-Za-z0-9_-]{40,}"[^{}]{0,2000}"?\bkty"?\s*:\s*"/],
  ["AWS key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})/],
  ["GitLab token", /\bglpat-[A-Za-z0-9_-]{20,}/],
  ["Slack token", /\bxox[abeprs]-[A-Za-z0-9-]{10,}/],
  ["Google key", /\bAIza[A-Za-z0-9_-]{35}/],
  ["npm token", /\bnpm_[A-Za-z0-9]{36}\b/],
  // A city's key of this house begins as Stripe's do.
  ["secret key", /\b[rs]k_(?:live|test)_[A-Za-z0-9_-]{16,}/],
  ["webhook secret", /\bwhsec_[A-Za-z0-9+/=_-]{16,}/],
  ["token (JWT)", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
  ["password in an address", /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/:@]{3,100}@/i],
  ["bearer token", /\b[Bb]earer\s+[A-Za-z0-9._~+/-]{24,}/],
  [
    "password or key",
    /\b(?:pass(?:word|wd)|secret|api[_-]?key|access[_-]?key|auth[_-]?token)["']?\s*[:=]\s*["'][^"'\s]{12,200}["']/i,
  ],
];

/** Keys, tokens and private keys in any text or code. It says where and what kind, and never repeats it. */
export function secrets(module: Module): Outcome {
  const found: Found[] = [];
  const look = (value: unknown, at: (string | number)[]): void => {
    if (typeof value === "string") {
      const kinds = SECRETS.filter(([, looks]) => looks.test(value)).map(([what]) => what);
      for (const what of new Set(kinds)) found.push({ at: pathOf(at), what });
    } else if (Array.isArray(value)) for (const [i, one] of value.entries()) look(one, [...at, i]);
    else if (typeof value === "object" && value !== null) {
      // A key kept as JSON is in no single text.
      const { kty, d } = value as Record<string, unknown>;
      if (typeof kty === "string" && typeof d === "string") found.push({ at: pathOf(at), what: "private key (JWK)" });
      for (const [name, one] of Object.entries(value)) look(one, [...at, name]);
    }
  };
  look(module, []);
  return found.length > 0 ? { verdict: "fail", found } : { verdict: "pass" };
}
