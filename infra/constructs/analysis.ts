import { Aws, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { CfnWorkGroup } from "aws-cdk-lib/aws-athena";
import { CfnDatabase } from "aws-cdk-lib/aws-glue";
import { AccountRootPrincipal, PolicyStatement, Role, SessionTagsPrincipal } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

interface Props {
  stage: string;
  roleName: string;
  resultsBucket: string;
  blobs: IBucket;
  keyArn: string;
}

/** What one question may read: about a hundred times the largest dataset, and five cents. */
const SCANNED_MAX_BYTES = 10 * 1024 ** 3;
const RESULTS_DAYS = 7;
// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM, not of ours
const CITY = "${aws:PrincipalTag/city}";

/**
 * Questions too large for a function, asked by a city's analyst: Athena reads the very Parquet that was published.
 * Nothing of it runs, and it costs nothing, until somebody asks. A table is only a description, made from what the house
 * answers at `/v1/datasets/{slug}/athena.sql`; whose rows may be read is decided by the city that the session names.
 */
export class Analysis extends Construct {
  constructor(scope: Construct, id: string, { stage, roleName, resultsBucket, blobs, keyArn }: Props) {
    super(scope, id);
    const { region, partition, account } = Stack.of(this);
    const name = `hansa_${stage}`;
    const results = new Bucket(this, "Results", {
      bucketName: resultsBucket,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(RESULTS_DAYS) }],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnDatabase(this, "Database", {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { name, description: "Open data that the cities of this cell have published." },
    });
    const workgroup = new CfnWorkGroup(this, "Workgroup", {
      name: `hansa-${stage}`,
      description: "Questions of a city's analysts, each bounded in what it reads.",
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        bytesScannedCutoffPerQuery: SCANNED_MAX_BYTES,
        // The place of results is the asker's choice, because it is below their own city's name.
        enforceWorkGroupConfiguration: false,
        publishCloudWatchMetricsEnabled: true,
        resultConfiguration: { encryptionConfiguration: { encryptionOption: "SSE_S3" } },
      },
    });

    const role = new Role(this, "Role", {
      roleName,
      // People of this account whom their own policy admits, for the city that the session is tagged with.
      assumedBy: new SessionTagsPrincipal(new AccountRootPrincipal()).withConditions({
        StringLike: { "aws:RequestTag/city": "?*" },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's way to write the signs themselves
        StringNotLike: { "aws:RequestTag/city": ["*${*}*", "*${?}*", "*${$}*"] },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["city"] },
      }),
    });
    const allow = (actions: string[], resources: string[], conditions?: Record<string, Record<string, unknown>>) =>
      role.addToPolicy(new PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) }));
    const athena = [
      "StartQueryExecution",
      "StopQueryExecution",
      "GetQueryExecution",
      "GetQueryResults",
      "GetWorkGroup",
    ];
    allow(
      athena.map((action) => `athena:${action}`),
      [`arn:${partition}:athena:${region}:${account}:workgroup/${workgroup.name}`],
    );
    // A description of public data is no secret, and holds none of it.
    const glue = ["GetDatabase", "GetTable", "GetTables", "GetPartitions", "CreateTable", "UpdateTable", "DeleteTable"];
    allow(
      glue.map((action) => `glue:${action}`),
      ["catalog", `database/${name}`, `table/${name}/*`].map(
        (of) => `arn:${partition}:glue:${region}:${account}:${of}`,
      ),
    );
    allow(["s3:GetObject"], [blobs.arnForObjects(`cities/${CITY}/datasets/*`)]);
    allow(["s3:ListBucket"], [blobs.bucketArn], { StringLike: { "s3:prefix": [`cities/${CITY}/datasets/*`] } });
    allow(["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], [results.arnForObjects(`${CITY}/*`)]);
    allow(["s3:ListBucket"], [results.bucketArn], { StringLike: { "s3:prefix": [`${CITY}/*`] } });
    allow(["s3:GetBucketLocation"], [blobs.bucketArn, results.bucketArn]);
    allow(["kms:Decrypt"], [keyArn], {
      StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` },
      // What S3 asks for names the bucket; the cities' secrets all name a purpose.
      Null: { "kms:EncryptionContext:purpose": "true" },
    });
    new CfnOutput(this, "AnalystRole", { value: role.roleArn });
    new CfnOutput(this, "AnalystResults", { value: results.bucketName });
  }
}
