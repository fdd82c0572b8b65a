import semver from "semver";
import type { Module } from "../contract/module.ts";
import { hiddenIn } from "../contract/signs.ts";
import { type Outcome, pathOf } from "./report.ts";

/** It keeps the contract, else nobody could ask, and all of it can be seen; a change should say what it changes. */
export function manifest(module: Module, older: readonly Module[]): Outcome {
  const { name, version, changes } = module.manifest;
  const hidden = hiddenIn(module).map(({ at, sign }) => ({ at: pathOf(at).slice(0, 300), what: sign }));
  if (hidden.length > 0) return { verdict: "fail", found: hidden, values: { name } };
  const isChange = older.some((one) => semver.lt(one.manifest.version, version));
  return isChange && changes === undefined
    ? { verdict: "warn", found: [{ at: "/manifest/changes", what: version }], values: { name } }
    : { verdict: "pass", values: { name } };
}

/** The contract lets in only what SPDX lists; that may still be a licence that gives nothing. */
const NO_LICENCE = /^(NONE|NOASSERTION|LicenseRef-.*)$/;

export function licence({ manifest, parts }: Module): Outcome {
  const all = [
    { at: "/manifest/licence", what: manifest.licence },
    ...parts.flatMap((part, i) =>
      part.kind === "dataset" ? [{ at: `/parts/${i}/card/licence`, what: part.card.licence }] : [],
    ),
  ];
  // Of an expression each licence is looked at: `MIT OR LicenseRef-ours`.
  const own = all.filter(({ what }) => what.split(/[\s()]+/).some((one) => NO_LICENCE.test(one)));
  return own.length > 0
    ? { verdict: "warn", found: own, values: { licence: manifest.licence } }
    : { verdict: "pass", values: { licence: manifest.licence } };
}
