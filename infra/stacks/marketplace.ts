import { ArnFormat, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { HouseFunction } from "../constructs/house-function.ts";
import { HouseTable } from "../constructs/house-table.ts";
import { type HouseSettings, namesOf } from "../settings.ts";

interface Props extends StackProps {
  settings: HouseSettings;
}

/** The marketplace of a house: its table, the store of signed static files, and the function that serves it. */
export class MarketplaceStack extends Stack {
  readonly bucket: Bucket;
  readonly market: HouseFunction;

  constructor(scope: Construct, id: string, { settings, ...props }: Props) {
    super(scope, id, props);
    const { table } = new HouseTable(this, "Market", { tableName: namesOf(settings.stage).marketTable });
    // Wraps the key that signs the index, and nothing else.
    const key = new Key(this, "Key", { enableKeyRotation: true });
    this.bucket = new Bucket(this, "Packages", {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Cells hear that its list of advisories changed. An emulator does not tell it; there a city looks at the next use.
    if (!settings.isEmulator)
      (this.bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
        eventBridgeConfiguration: { eventBridgeEnabled: true },
      };
    this.market = new HouseFunction(this, "MarketFunction", {
      entry: "market",
      memoryMb: 512,
      timeoutS: 15,
      environment: {
        HANSA_HOME: "aws",
        HANSA_MARKET_TABLE: table.tableName,
        HANSA_MARKET_BUCKET: this.bucket.bucketName,
        HANSA_CONTROL_TABLE: namesOf(settings.stage).controlTable,
        HANSA_HOUSE_KEY: key.keyArn,
        // The examples of what is published are run before it is; the function comes with the cell.
        HANSA_SANDBOX_FUNCTION: namesOf(settings.stage).sandbox,
        // It holds no city's data and no city's secret: these are never read.
        HANSA_CITY_TABLE: "none",
        HANSA_CITY_BUCKET: "none",
        HANSA_KMS_KEY: "none",
        HANSA_DATA_ROLE: "none",
        ...(settings.origin ? { HANSA_ORIGIN: settings.origin } : {}),
        ...(settings.mirrors ? { HANSA_MIRRORS: settings.mirrors } : {}),
        ...(settings.signingKeys ? { HANSA_SIGNING_KEYS: settings.signingKeys } : {}),
        ...(settings.houseParty ? { HANSA_HOUSE_PARTY: settings.houseParty } : {}),
      },
    });
    this.market.allow(
      ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"].map(
        (a) => `dynamodb:${a}`,
      ),
      [table.tableArn, `${table.tableArn}/index/*`],
    );
    this.market.allow(["kms:GenerateDataKey", "kms:Decrypt"], [key.keyArn], {
      StringEquals: { "kms:EncryptionContext:city": "MARKET" },
    });
    this.market.allow(
      ["lambda:InvokeFunction"],
      [
        this.formatArn({
          service: "lambda",
          resource: "function",
          resourceName: namesOf(settings.stage).sandbox,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    );
    this.market.allow(["s3:GetObject", "s3:PutObject"], [this.bucket.arnForObjects("market/*")]);
    // What cities say is read, and never written, here.
    this.market.allow(["s3:GetObject"], [this.bucket.arnForObjects("said/*")]);
    this.market.allow(["s3:ListBucket"], [this.bucket.bucketArn], {
      StringLike: { "s3:prefix": ["market/*", "said/*"] },
    });
  }
}
