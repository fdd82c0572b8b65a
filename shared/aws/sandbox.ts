import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod";
import type { Sandbox } from "../ports.ts";
import type { Ran, SandboxEvent } from "../sandbox/job.ts";
import type { Settings } from "../settings.ts";

/** Parsed as whatever comes from a stranger is: the code that ran there might have broken out. */
const Answer = z.union([
  z.strictObject({ output: z.json() }),
  z.strictObject({ refused: z.enum(["code", "time", "memory", "output", "busy"]), detail: z.string().max(2_000) }),
]);

const BUSY: Ran = { refused: "busy", detail: "Too much else ran before it." };

/** The `sandbox` function, in an environment of this city alone, with a role that may do nothing and no way out. */
export function invokedSandbox(settings: Settings): (city: string) => Sandbox {
  const lambda = new LambdaClient({});
  return (city) => ({
    async run(code, name, input, limits): Promise<Ran> {
      const { HANSA_SANDBOX_FUNCTION } = settings;
      if (!HANSA_SANDBOX_FUNCTION) throw new Error("On AWS the setting HANSA_SANDBOX_FUNCTION is needed to run code.");
      const event: SandboxEvent = { code, name, input, limits };
      const invoke = new InvokeCommand({
        FunctionName: HANSA_SANDBOX_FUNCTION,
        TenantId: city,
        Payload: JSON.stringify(event),
      });
      const { FunctionError, Payload } = await lambda.send(invoke).catch((error: Error) => {
        if (error.name !== "TooManyRequestsException") throw error;
        return { FunctionError: undefined, Payload: Buffer.from(JSON.stringify(BUSY)) };
      });
      const said = Buffer.from(Payload ?? []).toString();
      // What the code does is never a failure of the function: this is ours, and is tried again.
      if (FunctionError) throw new Error(`the sandbox failed: ${FunctionError} ${said.slice(0, 300)}`);
      const answer = Answer.parse(JSON.parse(said));
      if ("output" in answer && JSON.stringify(answer.output).length > limits.outputMax)
        return { refused: "output", detail: `${name} returned more than ${limits.outputMax} signs.` };
      return answer;
    },
  });
}
