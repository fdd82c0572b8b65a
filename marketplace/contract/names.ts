import semver from "semver";
import { z } from "zod";

/** `publisher/module`; the publisher is the party that signs. */
export const ModuleName = z
  .string()
  .regex(/^[a-z](?:-?[a-z0-9]){2,39}\/[a-z](?:-?[a-z0-9]){2,39}$/, "a name such as aquametric/fair-water")
  .meta({ id: "ModuleName", example: "aquametric/fair-water" });

export const Version = z
  .string()
  .max(40)
  .refine(
    (version) => semver.valid(version) === version && !version.includes("+"),
    "a version such as 1.0.0 (semver.org)",
  )
  .meta({ id: "Version", example: "1.0.0" });

export const publisherOf = (module: string): string => module.slice(0, module.indexOf("/"));
