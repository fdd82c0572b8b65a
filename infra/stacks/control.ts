import { Stack, type StackProps } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { HouseFunction } from "../constructs/house-function.ts";
import { HouseTable } from "../constructs/house-table.ts";
import { type HouseSettings, namesOf } from "../settings.ts";

interface Props extends StackProps {
  settings: HouseSettings;
}

/** One per operator: which cities there are, operator sign-in, onboarding. Holds no city's data; takes it city by city. */
export class ControlStack extends Stack {
  readonly control: HouseFunction;
  readonly key: Key;

  constructor(scope: Construct, id: string, { settings, ...props }: Props) {
    super(scope, id, props);
    const { stage } = settings;
    const names = namesOf(stage);
    this.key = new Key(this, "Key", { alias: names.houseKey, enableKeyRotation: true });
    const { table } = new HouseTable(this, "Cities", { tableName: names.controlTable });
    this.control = new HouseFunction(this, "ControlFunction", {
      entry: "control",
      memoryMb: 1024,
      timeoutS: 29,
      environment: {
        HANSA_HOME: "aws",
        HANSA_CONTROL_TABLE: table.tableName,
        HANSA_CITY_TABLE: names.cityTable,
        HANSA_MARKET_TABLE: names.marketTable,
        HANSA_HOUSE_KEY: this.key.keyArn,
        HANSA_KMS_KEY: names.cityKey,
        HANSA_CITY_BUCKET: names.cityBucket(this.account, this.region),
        HANSA_DROP_BUCKET: names.dropBucket(this.account, this.region),
        HANSA_DATA_ROLE: this.formatArn({
          service: "iam",
          region: "",
          resource: "role",
          resourceName: names.moneyDataRole,
        }),
        HANSA_MESSAGES: settings.isEmulator ? "outbox" : "aws",
        ...(settings.isEmulator ? { HANSA_TENANCY: "path" } : {}),
        ...(settings.origin ? { HANSA_ORIGIN: settings.origin } : {}),
        ...(settings.mailFrom ? { HANSA_MAIL_FROM: settings.mailFrom } : {}),
      },
    });
    this.control.allow(
      ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"].map(
        (a) => `dynamodb:${a}`,
      ),
      [table.tableArn, `${table.tableArn}/index/*`],
    );
    this.control.allow(["kms:GenerateDataKey", "kms:Decrypt"], [this.key.keyArn], {
      StringEquals: { "kms:EncryptionContext:city": "CONTROL" },
    });
    // Onboarding, export and off-boarding act as one city at a time, by the cell's own role.
    this.control.allow(
      ["sts:AssumeRole", "sts:TagSession"],
      [this.formatArn({ service: "iam", region: "", resource: "role", resourceName: names.moneyDataRole })],
    );
    if (!settings.isEmulator) this.control.allow(["ses:SendEmail", "sms-voice:SendTextMessage"], ["*"]);
  }
}
