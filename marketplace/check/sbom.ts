import type { Module } from "../contract/module.ts";
import { codeDigest } from "../contract/sbom.ts";
import { type Found, type Outcome, pathOf } from "./report.ts";

/** Each program stands in the document by the digest of its code, and each library with its version and licence. */
export function sbom({ parts, sbom: document }: Module): Outcome {
  const programs = parts.flatMap((part, i) => (part.kind === "function" ? [{ ...part, i }] : []));
  if (programs.length === 0) return { verdict: "pass", values: { n: document?.components.length ?? 0 } };
  const components = document?.components ?? [];
  const listed = new Set(
    components.flatMap(({ hashes = [] }) =>
      hashes.filter(({ alg }) => alg === "SHA-256").map(({ content }) => content.toLowerCase()),
    ),
  );
  const missing: Found[] = programs
    .filter(({ code }) => !listed.has(codeDigest(code)))
    .map(({ i, id }) => ({ at: pathOf(["parts", i, "code"]), what: id }));
  if (missing.length > 0) return { verdict: "fail", found: missing };
  const vague = components.flatMap(({ type, name, version, licenses }, i) =>
    type !== "library" || (version && licenses?.length) ? [] : [{ at: pathOf(["sbom", "components", i]), what: name }],
  );
  return vague.length > 0 ? { verdict: "warn", found: vague } : { verdict: "pass", values: { n: components.length } };
}
