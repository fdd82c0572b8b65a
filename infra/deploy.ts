import { spawnSync } from "node:child_process";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

// `npm run deploy`: shows what would change in which account, asks, deploys, and prints the operator's link.
// `npm run deploy -- --stage prod --domain house.example --certificate arn:aws:acm:… --mail-from no-reply@house.example`
const { values } = parseArgs({
  options: {
    stage: { type: "string", default: "main" },
    domain: { type: "string" },
    certificate: { type: "string" },
    origin: { type: "string" },
    "mail-from": { type: "string" },
    yes: { type: "boolean", default: false },
  },
});

const stop = (sentence: string): never => {
  console.error(sentence);
  process.exit(1);
};

const mailFrom =
  values["mail-from"] ??
  stop("Give --mail-from, an address that SES has verified: without it nobody can be sent a sign-in code.");
if (Boolean(values.domain) !== Boolean(values.certificate))
  stop("Give --domain and --certificate together: the certificate is ACM's, in the house's own region.");
const origin =
  values.origin ??
  (values.domain ? `https://${values.domain}` : undefined) ??
  stop(
    "Give --domain and --certificate, or --origin for a front of your own: the gateway's own address carries a stage name, and the pages' links do not.",
  );
if (process.env["AWS_ENDPOINT_URL"]) stop("AWS_ENDPOINT_URL points at an emulator: use `npm run local` for that.");
const region =
  process.env["AWS_REGION"] ??
  process.env["AWS_DEFAULT_REGION"] ??
  stop("Set AWS_REGION: the region, and so the country, in which the cities' data shall be.");
const identity = await new STSClient({ region })
  .send(new GetCallerIdentityCommand({}))
  .catch((error: Error) =>
    stop(`There are no AWS credentials that work here (${error.name}): sign in, for example with \`aws sso login\`.`),
  );
console.log(`Account ${identity.Account}, region ${region}, stage ${values.stage}`);

const settings = ["-c", `stage=${values.stage}`, "-c", `mailFrom=${mailFrom}`, "-c", `origin=${origin}`];
if (values.domain) settings.push("-c", `domain=${values.domain}`, "-c", `certificate=${values.certificate}`);
const cdk = (...args: string[]) => {
  const env = { ...process.env, CDK_DEFAULT_ACCOUNT: identity.Account, CDK_DEFAULT_REGION: region };
  if (spawnSync("cdk", [...args, ...settings], { stdio: "inherit", env }).status !== 0)
    stop(`cdk ${args[0]} did not succeed.`);
};

cdk("diff");
if (!values.yes) {
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asked.question("Deploy this? Type yes: ");
  asked.close();
  if (answer !== "yes") stop("Nothing was deployed.");
}
cdk("bootstrap", `aws://${identity.Account}/${region}`);
cdk("deploy", "--all", "--require-approval", "never");

const { Stacks } = await new CloudFormationClient({ region }).send(
  new DescribeStacksCommand({ StackName: `hansa-${values.stage}-cell` }),
);
const output = (name: string) => Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? "";
const { Payload } = await new LambdaClient({ region }).send(
  new InvokeCommand({ FunctionName: output("ControlFunction"), Payload: JSON.stringify({ bootstrap: true, origin }) }),
);
const { link } = JSON.parse(Buffer.from(Payload ?? []).toString()) as { link?: string };
console.log(`Hansa stands at ${origin}`);
if (values.domain) console.log(`Once, in the DNS: ${values.domain} CNAME ${output("DomainTarget")}`);
console.log(
  `Operator, sign in once, within a day: ${link ?? stop("The control function gave no link: look at its log.")}`,
);
