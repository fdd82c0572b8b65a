import { canonical } from "../contract/canonical.ts";
import { type Module, PACKAGE_MAX } from "../contract/module.ts";
import type { Found, Outcome } from "./report.ts";

/** Of all examples of programs together, by the limits that they name themselves: a check must not take the house's time. */
const PROOF_MS_MAX = 3_000;
/** From here on whoever goes on should know it. */
const NEAR = 0.8;
const CODE_MAX = 64_000;
const PARTS_MAX = 50;

export function limits(module: Module): Outcome {
  const bytes = canonical(module).length;
  const programs = module.parts.flatMap((part, i) => (part.kind === "function" ? [{ ...part, i }] : []));
  const proofMs = programs.reduce((sum, { proof, timeMs }) => sum + proof.length * timeMs, 0);
  const measured: [at: string, is: number, most: number, unit: string][] = [
    ["/", bytes, PACKAGE_MAX, "bytes"],
    ["/parts", module.parts.length, PARTS_MAX, "parts"],
    ["/parts", proofMs, PROOF_MS_MAX, "ms of examples"],
    ...programs.map(({ i, code }): [string, number, number, string] => [
      `/parts/${i}/code`,
      code.length,
      CODE_MAX,
      "bytes of code",
    ]),
  ];
  const beyond = (share: number): Found[] =>
    measured
      .filter(([, is, most]) => is > most * share)
      .map(([at, is, most, unit]) => ({ at, what: `${is} of ${most} ${unit}` }));
  const values = { bytes, parts: module.parts.length };
  if (beyond(1).length > 0) return { verdict: "fail", found: beyond(1), values };
  return beyond(NEAR).length > 0 ? { verdict: "warn", found: beyond(NEAR), values } : { verdict: "pass", values };
}
