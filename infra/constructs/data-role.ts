import { Stack } from "aws-cdk-lib";
import {
  type ArnPrincipal,
  CompositePrincipal,
  PolicyStatement,
  Role,
  SessionTagsPrincipal,
} from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

interface Props {
  roleName: string;
  /** The functions that may take it, for one city at a time. */
  takers: ArnPrincipal[];
  tableArn: string;
  bucketArn: string;
  keyArn: string;
  /** Where outside systems lay files down: for whoever takes them in. */
  dropArn?: string;
  /** Where cities say something to the marketplace, each in files of its own name: for whoever says it. */
  saidArn?: string;
  /** Which root secrets may be unwrapped with it. */
  purposes: string[];
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM, not of ours
const CITY = "${aws:PrincipalTag/city}";

/**
 * The rights to one city's data. Which city is the tag of the session, and every key, blob and secret must begin with
 * it; the `#` and `/` after it keep `rome` from `rome2`. `ForAllValues` alone would be true of a request without keys,
 * so `Null` demands that there are some. No Scan, no PartiQL.
 */
export class DataRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    this.role = new Role(this, "Role", {
      roleName: props.roleName,
      assumedBy: new SessionTagsPrincipal(new CompositePrincipal(...props.takers)).withConditions({
        StringLike: { "aws:RequestTag/city": "?*" },
        // A tag that is itself a wildcard would be every city's: no slug holds these signs.
        // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's way to write the signs themselves
        StringNotLike: { "aws:RequestTag/city": ["*${*}*", "*${?}*", "*${$}*"] },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["city"] },
      }),
    });
    this.role.addToPolicy(
      new PolicyStatement({
        actions: [
          ...["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"].map(
            (a) => `dynamodb:${a}`,
          ),
        ],
        resources: [props.tableArn, `${props.tableArn}/index/*`],
        conditions: {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`CITY#${CITY}#*`] },
          Null: { "dynamodb:LeadingKeys": "false" },
        },
      }),
    );
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
        resources: [`${props.bucketArn}/cities/${CITY}/*`],
      }),
    );
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ["s3:ListBucket"],
        resources: [props.bucketArn],
        conditions: { StringLike: { "s3:prefix": [`cities/${CITY}/*`] } },
      }),
    );
    if (props.dropArn !== undefined) {
      this.role.addToPolicy(
        new PolicyStatement({
          actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
          resources: [`${props.dropArn}/${CITY}/*`],
        }),
      );
      this.role.addToPolicy(
        new PolicyStatement({
          actions: ["s3:ListBucket"],
          resources: [props.dropArn],
          conditions: { StringLike: { "s3:prefix": [`${CITY}/*`] } },
        }),
      );
    }
    if (props.saidArn !== undefined)
      this.role.addToPolicy(
        new PolicyStatement({ actions: ["s3:PutObject"], resources: [`${props.saidArn}/*/${CITY}.json`] }),
      );
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ["kms:GenerateDataKey", "kms:Decrypt"],
        resources: [props.keyArn],
        conditions: {
          StringEquals: { "kms:EncryptionContext:city": CITY, "kms:EncryptionContext:purpose": props.purposes },
        },
      }),
    );
    // Table and bucket are encrypted with the same key, and both services ask KMS in the caller's name. They write the
    // encryption context themselves, so no wrapped secret can be opened this way.
    const region = Stack.of(this).region;
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ["kms:GenerateDataKey", "kms:Decrypt"],
        resources: [props.keyArn],
        conditions: {
          StringEquals: { "kms:ViaService": [`dynamodb.${region}.amazonaws.com`, `s3.${region}.amazonaws.com`] },
        },
      }),
    );
  }
}
