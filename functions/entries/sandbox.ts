import { run } from "../../shared/sandbox/index.ts";
import type { Ran, SandboxEvent } from "../../shared/sandbox/job.ts";

// Others' code, for the functions that have some: asked by Invoke as one city's tenant, and an environment does one
// thing at a time. Its role may do nothing, so it keeps no log either: what goes wrong is told to whoever asked.
export const handler = ({ code, name, input, limits }: SandboxEvent): Promise<Ran> =>
  run(code, name, input, limits, "its environment's city");
