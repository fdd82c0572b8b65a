import { ArnFormat, Duration, Fn, Stack } from "aws-cdk-lib";
import { CfnSecurityGroup, CfnSubnet, CfnVPC } from "aws-cdk-lib/aws-ec2";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as Lambda,
  Runtime,
  TenancyConfig,
} from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { bundleFolder } from "../bundle.ts";

interface Props {
  /** Named beforehand, so that its role can tell what runs in it from what Lambda does for it. */
  functionName: string;
}

const NETWORK = "10.0.0.0/24";
const SUBNETS = ["10.0.0.0/25", "10.0.0.128/25"];

/**
 * Where others' code runs on AWS: one environment for each city, a role that may do nothing, and a network that leads
 * nowhere: no gateway, no endpoint, no name service, and no rule that lets anything out. All of it costs nothing idle.
 *
 * It has no log either. What went wrong is the answer to whoever asked.
 */
export class SandboxFunction extends Construct {
  readonly lambda: Lambda;

  constructor(scope: Construct, id: string, { functionName }: Props) {
    super(scope, id);
    const stack = Stack.of(this);
    const network = new CfnVPC(this, "Nowhere", {
      cidrBlock: NETWORK,
      // The resolver answers even where there is no route: a name is enough to carry something out.
      enableDnsSupport: false,
      enableDnsHostnames: false,
    });
    const subnets = SUBNETS.map(
      (cidrBlock, i) =>
        new CfnSubnet(this, `Subnet${i + 1}`, {
          vpcId: network.ref,
          cidrBlock,
          availabilityZone: Fn.select(i, Fn.getAzs()),
        }),
    );
    const shut = new CfnSecurityGroup(this, "Shut", {
      groupDescription: "Nothing comes in, nothing goes out",
      vpcId: network.ref,
      // A group without a rule for what goes out would let all of it out: this one is met by no packet.
      securityGroupEgress: [
        { ipProtocol: "icmp", fromPort: 252, toPort: 86, cidrIp: "255.255.255.255/32", description: "Nothing" },
      ],
    });

    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    // Lambda itself joins the function to its network, by the function's role, and for that alone it needs these.
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          "ec2:CreateNetworkInterface",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSubnets",
          "ec2:DeleteNetworkInterface",
          "ec2:AssignPrivateIpAddresses",
          "ec2:UnassignPrivateIpAddresses",
        ],
        resources: ["*"],
      }),
    );
    // What runs in the function has the same credentials, and nothing that it may do with them.
    role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ["*"],
        resources: ["*"],
        conditions: {
          ArnEquals: {
            "lambda:SourceFunctionArn": stack.formatArn({
              service: "lambda",
              resource: "function",
              resourceName: functionName,
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );

    this.lambda = new Lambda(this, "Function", {
      functionName,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleFolder("sandbox")),
      handler: "index.handler",
      // Six tenths of a processor: honest code that takes all of its own time is done before it is killed by the clock's.
      memorySize: 1024,
      timeout: Duration.seconds(10),
      role,
      tenancyConfig: TenancyConfig.PER_TENANT,
    });
    (this.lambda.node.defaultChild as CfnFunction).vpcConfig = {
      subnetIds: subnets.map(({ ref }) => ref),
      securityGroupIds: [shut.ref],
    };
  }
}
