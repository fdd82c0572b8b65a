import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, type StreamViewType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { TABLE_INDEXES, TABLE_KEYS, TABLE_TTL } from "../../shared/table-schema.ts";

interface Props {
  tableName: string;
  encryptionKey?: IKey;
  stream?: StreamViewType;
}

/** A table of the house's one shape: on demand, recoverable to any second of 35 days, kept when the stack goes. */
export class HouseTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { tableName, encryptionKey, stream }: Props) {
    super(scope, id);
    const key = (name: string) => ({ name, type: AttributeType.STRING });
    this.table = new Table(this, "Table", {
      tableName,
      partitionKey: key(TABLE_KEYS.pk),
      sortKey: key(TABLE_KEYS.sk),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      timeToLiveAttribute: TABLE_TTL,
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.AWS_MANAGED,
      ...(encryptionKey ? { encryptionKey } : {}),
      ...(stream ? { stream } : {}),
    });
    for (const index of TABLE_INDEXES)
      this.table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: key(index.pk),
        sortKey: key(index.sk),
      });
  }
}
