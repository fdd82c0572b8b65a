import { createHash } from "node:crypto";
import { z } from "zod";

// What a module is made of, as a CycloneDX 1.6 document within its package: so it is signed with it, and whoever learns
// of a hole in a library can ask an index which modules hold it.

/** As bom-1.6.schema.json has it. */
const TYPES = [
  ...(["application", "framework", "library", "container", "platform", "operating-system", "device"] as const),
  ...(["device-driver", "firmware", "file", "machine-learning-model", "data", "cryptographic-asset"] as const),
] as const;
const ALGORITHMS = [
  ...(["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512"] as const),
  ...(["BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512", "BLAKE3"] as const),
] as const;

const text = z.string().min(1).max(500);
const License = z.union([
  z.looseObject({ expression: text }),
  z.looseObject({ license: z.union([z.looseObject({ id: text }), z.looseObject({ name: text })]) }),
]);
const Component = z.looseObject({
  type: z.enum(TYPES),
  name: text,
  version: z.string().max(200).optional(),
  "bom-ref": text.optional(),
  purl: text.optional(),
  hashes: z
    .array(z.strictObject({ alg: z.enum(ALGORITHMS), content: z.string().regex(/^[a-fA-F0-9]{32,128}$/) }))
    .max(12)
    .optional(),
  licenses: z.array(License).max(20).optional(),
});
type Component = z.infer<typeof Component>;

const anything = z.unknown().optional();
/** The fields of a CycloneDX 1.6 document; those that we do not read are only known by their names. */
export const Sbom = z
  .strictObject({
    $schema: z.string().max(200).optional(),
    bomFormat: z.literal("CycloneDX"),
    specVersion: z.literal("1.6"),
    serialNumber: z
      .string()
      .regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
      .optional(),
    version: z.int().min(1),
    metadata: z.looseObject({ component: Component.optional() }).optional(),
    components: z.array(Component).max(500),
    dependencies: z
      .array(z.looseObject({ ref: text, dependsOn: z.array(text).max(500).optional() }))
      .max(500)
      .optional(),
    services: anything,
    externalReferences: anything,
    compositions: anything,
    vulnerabilities: anything,
    annotations: anything,
    formulation: anything,
    declarations: anything,
    definitions: anything,
    properties: anything,
    signature: anything,
  })
  .meta({ id: "Sbom", description: "A CycloneDX 1.6 document (https://cyclonedx.org)." });
export type Sbom = z.infer<typeof Sbom>;

/** A library that a program was bundled with. */
export interface Library {
  name: string;
  version: string;
  licence?: string | undefined;
}

interface Made {
  manifest: { name: string; version: string; licence: string };
  parts: readonly { kind: string; id: string; code?: string }[];
  sbom?: Sbom | undefined;
}

const OWN = "part:";
export const codeDigest = (code: string): string => createHash("sha256").update(code).digest("hex");

/**
 * The document of a module with programs: the code of each, by its digest, and the libraries in it. What an author's own
 * document says beside that stays. It has no time and no serial number, so the same module has the same one everywhere.
 *
 * @returns  undefined for a module without programs that brings none: there is nothing to list
 */
export function sbomOf(module: Made, libraries: readonly Library[] = []): Sbom | undefined {
  const { manifest, parts, sbom: given } = module;
  const programs = parts.filter((part) => part.code !== undefined);
  if (programs.length === 0) return given;
  const licenses = [{ expression: manifest.licence }];
  const own = programs.map(({ id, code }): Component & { "bom-ref": string } => ({
    type: "file",
    "bom-ref": OWN + id,
    name: id,
    version: manifest.version,
    hashes: [{ alg: "SHA-256", content: codeDigest(code!) }],
    licenses,
  }));
  const bundled = libraries.map(({ name, version, licence }): Component & { "bom-ref": string } => {
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return {
      ...{ type: "library" as const, "bom-ref": purl, name, version, purl },
      ...(licence === undefined ? {} : { licenses: [{ expression: licence }] }),
    };
  });
  const named = new Set(bundled.map((one) => one["bom-ref"]));
  const kept = (given?.components ?? []).filter(
    ({ "bom-ref": ref }) => ref === undefined || !(ref.startsWith(OWN) || named.has(ref)),
  );
  const components = [...own, ...bundled, ...kept];
  const refs = components.flatMap(({ "bom-ref": ref }) => (ref === undefined ? [] : [ref]));
  const [group, name] = manifest.name.split("/");
  const root = `pkg:generic/${manifest.name}@${manifest.version}`;
  return {
    ...given,
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: given?.version ?? 1,
    metadata: {
      ...given?.metadata,
      component: {
        ...{ type: "application", "bom-ref": root, group, name: name!, version: manifest.version, purl: root },
        licenses,
      },
    },
    components,
    // Whoever wrote a document of their own knows better than we what hangs on what.
    dependencies: given?.dependencies?.some(({ ref }) => ref === root)
      ? given.dependencies
      : [{ ref: root, dependsOn: refs }],
  };
}
