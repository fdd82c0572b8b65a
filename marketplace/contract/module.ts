import { z } from "zod";
import { canonical, digestOf } from "./canonical.ts";
import { datasetMistakes } from "./dataset.ts";
import { type Envelope, NotGenuine, open, seal } from "./dsse.ts";
import { hookMistakes } from "./hook-mistakes.ts";
import { isHook } from "./hooks.ts";
import { indicatorMistakes } from "./indicator.ts";
import type { PrivateKey, PublicKey } from "./keys.ts";
import { Manifest } from "./manifest.ts";
import { pageMistakes } from "./page.ts";
import { Part } from "./parts.ts";
import { procedureMistakes } from "./procedure-mistakes.ts";
import { type Library, Sbom, sbomOf } from "./sbom.ts";
import { readJson } from "./signed.ts";
import { tornIn } from "./signs.ts";

/** A module's whole content. Its canonical JSON is the package; the package's digest is the module's name for ever. */
export const Module = z
  .strictObject({
    manifest: Manifest,
    parts: z.array(Part).min(1).max(50),
    /** Of what its programs are made. `defineModule` and `hansa` write it. */
    sbom: Sbom.optional(),
  })
  .superRefine((module, context) => {
    for (const { path, message } of partMistakes(module.parts)) context.addIssue({ code: "custom", path, message });
  })
  .meta({ id: "Module" });
export type Module = z.infer<typeof Module>;
/** As its author writes it: what has a default may be left out. */
export type ModuleInput = z.input<typeof Module>;

export const PACKAGE_TYPE = "application/vnd.hansa.module.v1+json";
/** Bytes of a package; a city keeps every version that it uses. */
export const PACKAGE_MAX = 256_000;

/** Gives a manifest in TypeScript its types, and its mistakes an early end. @throws {z.ZodError} */
export const defineModule = (module: ModuleInput): Module => withSbom(Module.parse(module));

/** With the document that says of what its programs are made, as they are now. */
export function withSbom(module: Module, libraries?: readonly Library[]): Module {
  const sbom = sbomOf(module, libraries);
  return sbom === undefined ? module : { ...module, sbom };
}

/** The contract as JSON Schema 2020-12, made from the same objects that check a module; for editors. */
export const moduleSchema = (): object => ({
  $id: "https://hansa.example/contract/1/module.schema.json",
  title: "Hansa module, contract 1",
  ...(z.toJSONSchema(Module, { io: "input", unrepresentable: "any" }) as object),
});

export interface Mistake {
  /** Path into the module: `/parts/0/bands`. */
  at: string;
  detail: string;
}

/** All mistakes of what somebody wants to be a module, or the module. The same check runs at publisher, house and city. */
export function checkModule(
  value: unknown,
): { module: Module; mistakes: [] } | { module?: undefined; mistakes: Mistake[] } {
  const result = Module.safeParse(value);
  if (!result.success)
    return {
      mistakes: result.error.issues
        .slice(0, 100)
        .flatMap(nearest)
        .flatMap((issue) => {
          const at = issue.path.map((step) => `/${String(step)}`).join("");
          return issue.code === "unrecognized_keys"
            ? issue.keys.map((key) => ({ at: `${at}/${key}`, detail: "This field is not known." }))
            : [{ at: at || "/", detail: issue.message }];
        }),
    };
  const torn = tornIn(result.data).map((at) => ({ at: `/${at.join("/")}`, detail: "It holds half a sign." }));
  if (torn.length > 0) return { mistakes: torn.slice(0, 100) };
  const size = canonical(result.data).length;
  if (size > PACKAGE_MAX)
    return { mistakes: [{ at: "/", detail: `It has ${size} bytes; a package has at most ${PACKAGE_MAX}.` }] };
  return { module: result.data, mistakes: [] };
}

type Issue = z.core.$ZodIssue;

/** Of what may have several forms: the mistakes in the form that it comes nearest to. */
function nearest(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const depth = (issues: readonly Issue[]) => Math.max(...issues.map(({ path }) => path.length));
  const best = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0]!;
  return best.flatMap((one) => nearest({ ...one, path: [...issue.path, ...one.path] }));
}

export interface SealedPackage {
  envelope: Envelope;
  digest: string;
}

/** Writes the package in its canonical bytes and signs it. */
export async function sealPackage(module: Module, key: PrivateKey): Promise<SealedPackage> {
  const bytes = canonical(module);
  return {
    envelope: await seal(PACKAGE_TYPE, bytes, key),
    digest: digestOf(bytes),
  };
}

export interface VerifiedPackage {
  module: Module;
  digest: string;
}

/**
 * The module in an envelope, if this key signed exactly these bytes, they are canonical, they have the digest by
 * which they were asked for, and they keep the contract. Every step asks here: publish, see, try, install, load.
 *
 * @param digest  where it is known already which package it must be
 * @throws {NotGenuine}
 */
export async function openPackage(envelope: Envelope, publicKey: PublicKey, digest?: string): Promise<VerifiedPackage> {
  const bytes = await open(envelope, PACKAGE_TYPE, publicKey);
  const found = digestOf(bytes);
  if (digest !== undefined && digest !== found) throw new NotGenuine(`This package is ${found}, not ${digest}.`);
  const value = readJson(bytes);
  // Doubled keys, spare spaces, another order: bytes that are read alike must be the same bytes.
  if (!Buffer.from(canonical(value)).equals(bytes))
    throw new NotGenuine("The package is not in canonical JSON (RFC 8785).");
  const { module, mistakes } = checkModule(value);
  if (!module) throw new NotACompliantModule(mistakes);
  return { module, digest: found };
}

/** It is what its publisher signed, but it does not keep the contract. */
export class NotACompliantModule extends Error {
  override name = "NotACompliantModule";
  constructor(readonly mistakes: Mistake[]) {
    super(`${mistakes[0]?.at}: ${mistakes[0]?.detail}`);
  }
}

function* partMistakes(parts: readonly Part[]): Generator<{ path: (string | number)[]; message: string }> {
  const datasets = parts.filter((part) => part.kind === "dataset");
  for (const [i, part] of parts.entries()) {
    if (parts.findIndex((one) => one.id === part.id) < i)
      yield { path: ["parts", i, "id"], message: `There are two parts with the id ${part.id}.` };
    if (part.kind === "texts" && part.use === "pages" && isSpoken(part.language, parts.slice(0, i)))
      yield { path: ["parts", i, "language"], message: `Another part has the pages in ${part.language}.` };
    const mistakes =
      part.kind === "dataset"
        ? datasetMistakes(part)
        : part.kind === "indicator"
          ? indicatorMistakes(part, datasets)
          : part.kind === "page"
            ? pageMistakes(part, parts)
            : part.kind === "procedure"
              ? procedureMistakes(part)
              : isHook(part)
                ? hookMistakes(part, parts)
                : [];
    for (const { at, detail } of mistakes) yield { path: ["parts", i, ...at], message: detail };
  }
}

const isSpoken = (language: string, parts: readonly Part[]): boolean =>
  parts.some((part) => part.kind === "texts" && part.use === "pages" && part.language === language);
