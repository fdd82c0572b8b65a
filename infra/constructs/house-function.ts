import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as Lambda, Runtime, TenancyConfig } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { bundleFolder, type Entry } from "../bundle.ts";

interface Props {
  entry: Entry;
  /** The exported name; `handler` unless the entry has several. */
  handler?: string;
  memoryMb: number;
  timeoutS: number;
  environment: Record<string, string>;
  /** One environment per city: REST API or Invoke only. */
  perTenant?: boolean;
}

/** A function with the safe defaults: a role of its own that may do nothing but log, until it is given more. */
export class HouseFunction extends Construct {
  readonly lambda: Lambda;
  readonly role: Role;
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    this.logs = new LogGroup(this, "Log", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    new Policy(this, "Logs", {
      roles: [this.role],
      statements: [
        new PolicyStatement({
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [this.logs.logGroupArn],
        }),
      ],
    });
    this.lambda = new Lambda(this, "Function", {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleFolder(props.entry)),
      handler: `index.${props.handler ?? "handler"}`,
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutS),
      role: this.role,
      logGroup: this.logs,
      environment: { POWERTOOLS_SERVICE_NAME: "hansa", ...props.environment },
      ...(props.perTenant ? { tenancyConfig: TenancyConfig.PER_TENANT } : {}),
    });
  }

  allow(actions: string[], resources: string[], conditions?: Record<string, Record<string, string | string[]>>): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) }));
  }
}
