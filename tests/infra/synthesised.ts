import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, type Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { house } from "../../infra/app.ts";
import { bundleFolder, ENTRIES } from "../../infra/bundle.ts";
import type { Statement } from "./policy.ts";

/** The three templates as they would be deployed, with these settings. The functions' code does not matter here. */
export function synthesised(context: Record<string, string> = {}) {
  for (const entry of ENTRIES) {
    const file = join(bundleFolder(entry), "index.mjs");
    if (existsSync(file)) continue;
    mkdirSync(bundleFolder(entry), { recursive: true });
    writeFileSync(file, "export const handler = () => {};\n");
  }
  const app = new App({ context: { ...context, "aws:cdk:bundling-stacks": [] } });
  const stacks = house(app);
  const template = (stack: Stack) => Template.fromStack(stack);
  return {
    app,
    stacks,
    control: template(stacks.control),
    marketplace: template(stacks.marketplace),
    cell: template(stacks.cell),
  };
}

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}
export const resources = (template: Template, type: string): Record<string, Resource> =>
  template.findResources(type) as unknown as Record<string, Resource>;

// Names that the templates leave to CloudFormation, as the evaluator should see them.
function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const [kind, of] = Object.entries(value as Record<string, unknown>)[0]!;
  if (kind === "Fn::Join") return (of as [string, unknown[]])[1].map(plain).join("");
  if (kind === "Fn::GetAtt") return `arn:${(of as string[])[0]}`;
  if (kind === "Ref") return String(of);
  if (kind === "Fn::ImportValue") return `import:${plain(of)}`;
  if (kind === "Fn::Sub") return String(of);
  throw new Error(`a resource is named by ${kind}`);
}

/** What a role may do: every statement of every policy attached to it, with its resources as plain names. */
export function statementsOf(template: Template, roleLogicalId: string): Statement[] {
  return Object.values(resources(template, "AWS::IAM::Policy"))
    .filter(({ Properties }) => (Properties["Roles"] as { Ref: string }[]).some(({ Ref }) => Ref === roleLogicalId))
    .flatMap(({ Properties }) => (Properties["PolicyDocument"] as { Statement: Statement[] }).Statement)
    .map((statement) => ({
      ...statement,
      Resource: [statement.Resource as unknown].flat().map(plain),
      ...(statement.Condition
        ? {
            Condition: Object.fromEntries(
              Object.entries(statement.Condition).map(([operator, tests]) => [
                operator,
                Object.fromEntries(
                  Object.entries(tests).map(([key, wanted]) => [key, [wanted as unknown].flat().map(plain)]),
                ),
              ]),
            ),
          }
        : {}),
    }));
}

/** The logical id of the role with this construct path: `Data`, `Web`, `Authorizer`. */
export function roleOf(template: Template, construct: string): string {
  const found = Object.keys(resources(template, "AWS::IAM::Role")).filter((id) =>
    new RegExp(`^${construct}Role[0-9A-F]{8}$`).test(id),
  );
  if (found.length !== 1) throw new Error(`${found.length} roles of ${construct}`);
  return found[0]!;
}
