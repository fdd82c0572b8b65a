import { type Stack, Validations } from "aws-cdk-lib";

const NAG = "AwsSolutions::AwsSolutions";
const BELOW_INDEX =
  "Every index of a table begins with the same prefix as the table: the condition on LeadingKeys bounds both.";

/** Where the house departs from AwsSolutions, and why. Each was looked at; a new finding fails the synthesis. */
const EXCEPTIONS: Record<string, (stage: string) => Record<string, string>> = {
  marketplace: () => ({
    [`${NAG}-S1`]: "Only the market function writes here, and logs each request; the files are public and signed.",
    [`${NAG}-IAM5[Resource::<MarketTableE80242E6.Arn>/index/*]`]:
      "The market's own table and its indexes, all of them.",
    [`${NAG}-IAM5[Resource::<Packages660AFF77.Arn>/market/*]`]:
      "All that the marketplace publishes lies below this prefix.",
    [`${NAG}-IAM5[Resource::<Packages660AFF77.Arn>/said/*]`]:
      "All that cities say to the marketplace lies below this prefix; it reads that, and writes none of it.",
  }),
  control: () => ({
    [`${NAG}-IAM5[Resource::<CitiesTable1F922DB8.Arn>/index/*]`]: "The control table and its indexes, all of them.",
    [`${NAG}-IAM5[Resource::*]`]: "Telephones and mailboxes have no ARN: a message may go to any of them.",
  }),
  cell: (stage) => ({
    [`${NAG}-S1`]:
      "Every access goes through the house's functions, which log one line a request with city, route and cost.",
    [`${NAG}-COG4`]:
      "Cities sign their people in by one-time code or their own provider, and programs by scoped keys, inside the functions; the authorizer decides which city a path is for.",
    [`${NAG}-APIG2`]:
      "Requests are validated by the zod schemas that the OpenAPI document is made from, with a pointer to each mistake.",
    [`${NAG}-APIG3`]:
      "A web firewall costs a fixed sum a month, which a house with few cities cannot bear; the stage throttles, and an operator may attach one.",
    [`${NAG}-APIG4`]:
      "The house's own pages and the marketplace are public, or check their operator or signature inside.",
    [`${NAG}-APIG6`]: "The stage writes access logs; execution logs would hold tokens and residents' data.",
    [`${NAG}-IAM5[Resource::<CityTableD3F5A793.Arn>/index/*]`]: BELOW_INDEX,
    [`${NAG}-IAM5[Resource::<BlobsF0F01DC6.Arn>/cities/<aws:PrincipalTag/city>/*]`]:
      "All blobs of the one city that the session is tagged with.",
    [`${NAG}-IAM5[Resource::<Drops4D66B0FE.Arn>/<aws:PrincipalTag/city>/*]`]:
      "All files that were laid down for the one city that the session is tagged with.",
    [`${NAG}-IAM5[Resource::arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:table/hansa_${stage}/*]`]:
      "Tables are descriptions of public data, made when somebody wants to ask; they hold no rows.",
    [`${NAG}-IAM5[Resource::<BlobsF0F01DC6.Arn>/cities/<aws:PrincipalTag/city>/datasets/*]`]:
      "All datasets of the one city that the analyst's session is tagged with.",
    [`${NAG}-IAM5[Resource::<AnalysisResultsA5AED348.Arn>/<aws:PrincipalTag/city>/*]`]:
      "All results of the one city that the analyst's session is tagged with.",
    [`${NAG}-IAM5[Resource::hansa-${stage}-marketplace:ExportsOutputFnGetAttPackages660AFF77Arn983E0E42/market/*]`]:
      "A cell reads whatever the marketplace publishes, and checks digest and signature itself.",
    [`${NAG}-IAM5[Resource::hansa-${stage}-marketplace:ExportsOutputFnGetAttPackages660AFF77Arn983E0E42/said/*/<aws:PrincipalTag/city>.json]`]:
      "What the one city that the session is tagged with says to the marketplace, about any party.",
    [`${NAG}-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/default/wake-*]`]:
      "A schedule's name is made from its city and second; all begin with wake-.",
    [`${NAG}-IAM5[Resource::*]`]:
      "ListStreams takes no narrower resource, telephones and mailboxes have no ARN, and interfaces that Lambda makes to join the sandbox to its network have none yet; what runs in it is denied everything.",
    [`${NAG}-VPC7`]: "Nothing leaves or enters the sandbox's network, which leads nowhere: there is no flow to log.",
  }),
};

export function acknowledgeExceptions(stage: string, stacks: Record<string, Stack>): void {
  for (const [name, stack] of Object.entries(stacks))
    for (const [id, reason] of Object.entries(EXCEPTIONS[name]?.(stage) ?? {}))
      Validations.of(stack).acknowledge({ id, reason });
}
