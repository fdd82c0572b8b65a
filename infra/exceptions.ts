import { type Stack, Validations } from "aws-cdk-lib";

/** Where the house departs from AwsSolutions, and why. Each rule here is one that was looked at. */
const EXCEPTIONS: Record<string, string> = {};

export function acknowledgeExceptions(stacks: Record<string, Stack>): void {
  for (const stack of Object.values(stacks))
    for (const [id, reason] of Object.entries(EXCEPTIONS)) Validations.of(stack).acknowledge({ id, reason });
}
