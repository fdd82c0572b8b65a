import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { StreamViewType } from "aws-cdk-lib/aws-dynamodb";
import { Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { ArnPrincipal, Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { DynamoEventSource, SqsDlq, SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  HttpMethods,
  type IBucket,
} from "aws-cdk-lib/aws-s3";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { Analysis } from "../constructs/analysis.ts";
import { CityApi } from "../constructs/city-api.ts";
import { DataRole } from "../constructs/data-role.ts";
import { HouseFunction } from "../constructs/house-function.ts";
import { HouseTable } from "../constructs/house-table.ts";
import { SandboxFunction } from "../constructs/sandbox-function.ts";
import { TenancyAlarm } from "../constructs/tenancy-alarm.ts";
import { type HouseSettings, namesOf } from "../settings.ts";

interface Props extends StackProps {
  settings: HouseSettings;
  control: HouseFunction;
  market: HouseFunction;
  packages: IBucket;
}

const API_RATE = 2_000;
const RINGS_MAX = 5;
const DROPPED_DAYS = 90;

/** A cell: the cities of one region and country. Everything is on demand, so a city that sleeps costs nothing. */
export class CellStack extends Stack {
  constructor(scope: Construct, id: string, { settings, control, market, packages, ...props }: Props) {
    super(scope, id, props);
    const { stage, isEmulator } = settings;
    const names = namesOf(stage);

    // ── what lasts
    const key = new Key(this, "Key", { alias: names.cityKey, enableKeyRotation: true });
    const { table } = new HouseTable(this, "City", {
      tableName: names.cityTable,
      encryptionKey: key,
      stream: StreamViewType.KEYS_ONLY,
    });
    const blobs = new Bucket(this, "Blobs", {
      bucketName: names.cityBucket(this.account, this.region),
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      // A function that ends in the midst of a long file cannot clear up after itself.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      // Long exports are taken from here by signed addresses, whole or by ranges, also by pages elsewhere.
      cors: [
        {
          allowedMethods: [HttpMethods.GET, HttpMethods.HEAD],
          allowedOrigins: ["*"],
          allowedHeaders: ["Range", "If-Match", "If-None-Match"],
          exposedHeaders: ["ETag", "Content-Range", "Accept-Ranges"],
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });

    // What outside systems lay down, `<city>/<source>/<file>`: apart from what lasts, so that nobody outside has a right
    // to its bucket or its key.
    const drops = new Bucket(this, "Drops", {
      bucketName: names.dropBucket(this.account, this.region),
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [
        { expiration: Duration.days(DROPPED_DAYS), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });

    // ── the bell
    const given = new Queue(this, "BellGivenUp", { enforceSSL: true, retentionPeriod: Duration.days(14) });
    const bell = new Queue(this, "Bell", {
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(180),
      deadLetterQueue: { queue: given, maxReceiveCount: RINGS_MAX },
    });
    // S3 rings it too. The plain resource: the construct's own way brings a function that may change every bucket.
    const mayRing = bell.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("s3.amazonaws.com")],
        actions: ["sqs:SendMessage"],
        resources: [bell.queueArn],
        conditions: {
          ArnEquals: { "aws:SourceArn": `arn:${this.partition}:s3:::${names.dropBucket(this.account, this.region)}` },
          StringEquals: { "aws:SourceAccount": this.account },
        },
      }),
    );
    const plainDrops = drops.node.defaultChild as CfnBucket;
    plainDrops.notificationConfiguration = {
      queueConfigurations: [{ event: "s3:ObjectCreated:*", queue: bell.queueArn }],
    };
    if (mayRing.policyDependable) plainDrops.node.addDependency(mayRing.policyDependable);
    const wakeRole = new Role(this, "WakeRole", {
      // Of this account only: the scheduler serves everybody's.
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": this.account } },
      }),
    });
    wakeRole.addToPolicy(new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [bell.queueArn] }));

    // ── the functions, by trust and latency
    const environment = {
      HANSA_HOME: "aws",
      HANSA_CITY_TABLE: table.tableName,
      HANSA_CONTROL_TABLE: names.controlTable,
      HANSA_MARKET_TABLE: names.marketTable,
      HANSA_CITY_BUCKET: blobs.bucketName,
      HANSA_MARKET_BUCKET: packages.bucketName,
      HANSA_DROP_BUCKET: drops.bucketName,
      HANSA_KMS_KEY: key.keyArn,
      HANSA_MESSAGES: isEmulator ? "outbox" : "aws",
      ...(isEmulator ? { HANSA_TENANCY: "path" } : {}),
      ...(settings.origin ? { HANSA_ORIGIN: settings.origin } : {}),
      ...(settings.mailFrom ? { HANSA_MAIL_FROM: settings.mailFrom } : {}),
    };
    const roleArn = (name: string) =>
      this.formatArn({ service: "iam", region: "", resource: "role", resourceName: name });
    const cityFunction = (
      name: "web" | "money" | "ingest" | "react",
      memoryMb: number,
      timeoutS: number,
      role: string,
      more = {},
    ) => {
      const made = new HouseFunction(this, name[0]!.toUpperCase() + name.slice(1), {
        entry: name,
        memoryMb,
        timeoutS,
        perTenant: true,
        environment: {
          ...environment,
          HANSA_DATA_ROLE: roleArn(role),
          HANSA_BELL_QUEUE: bell.queueArn,
          HANSA_WAKE_ROLE: wakeRole.roleArn,
          ...more,
        },
      });
      made.allow(["sts:AssumeRole", "sts:TagSession"], [roleArn(role)]);
      // A cell only reads the marketplace's signed files.
      made.allow(["s3:GetObject"], [packages.arnForObjects("market/*")]);
      made.allow(["s3:ListBucket"], [packages.bucketArn], { StringLike: { "s3:prefix": ["market/*"] } });
      return made;
    };
    const sandbox = new SandboxFunction(this, "Sandbox", { functionName: names.sandbox });
    const code = { HANSA_SANDBOX_FUNCTION: names.sandbox };
    const standIn = settings.standIns ? { HANSA_STAND_INS: settings.standIns } : {};
    const web = cityFunction("web", 1024, 15, names.dataRole, { ...standIn, ...code });
    const money = cityFunction("money", 1024, 20, names.moneyDataRole, standIn);
    const ingest = cityFunction("ingest", 1024, 20, names.dataRole, code);
    const react = cityFunction("react", 512, 120, names.moneyDataRole, { ...standIn, ...code });
    for (const each of [web, ingest, react]) each.allow(["lambda:InvokeFunction"], [sandbox.lambda.functionArn]);
    react.allow(
      ["scheduler:CreateSchedule"],
      [this.formatArn({ service: "scheduler", resource: "schedule", resourceName: "default/wake-*" })],
    );
    react.allow(["iam:PassRole"], [wakeRole.roleArn], {
      StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" },
    });
    if (!isEmulator)
      for (const each of [web, money, react]) each.allow(["ses:SendEmail", "sms-voice:SendTextMessage"], ["*"]);

    const role = (id: string, roleName: string, takers: HouseFunction[], purposes: string[], dropArn?: string) =>
      new DataRole(this, id, {
        roleName,
        takers: takers.map((taker) => new ArnPrincipal(taker.role.roleArn)),
        tableArn: table.tableArn,
        bucketArn: blobs.bucketArn,
        keyArn: key.keyArn,
        purposes,
        // Whoever moves money takes in what is laid down, and tells the marketplace who is paid.
        ...(dropArn === undefined ? {} : { dropArn, saidArn: packages.arnForObjects("said") }),
      });
    role("Data", names.dataRole, [web, ingest], ["main"]);
    // Onboarding makes the payment root, and off-boarding removes it: so control takes this one.
    role("MoneyData", names.moneyDataRole, [money, react, control], ["main", "payments"], drops.bucketArn);

    // An emulator has neither Athena nor Glue.
    if (!isEmulator)
      new Analysis(this, "Analysis", {
        stage,
        roleName: names.analystRole,
        resultsBucket: names.resultsBucket(this.account, this.region),
        blobs,
        keyArn: key.keyArn,
      });

    // ── the two that know no tenant
    const authorizer = new HouseFunction(this, "Authorizer", {
      entry: "authorizer",
      memoryMb: 256,
      timeoutS: 5,
      environment: { HANSA_CITY_TABLE: table.tableName },
    });
    authorizer.allow(["dynamodb:GetItem"], [table.tableArn], {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["CITY#*#CITY"] },
      "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "sk"] },
      StringEqualsIfExists: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" },
      Null: { "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" },
    });
    authorizer.allow(["kms:Decrypt"], [key.keyArn], {
      StringEquals: { "kms:ViaService": `dynamodb.${this.region}.amazonaws.com` },
    });
    const courierOf = (id: string, handler: string, more: Record<string, string>) =>
      new HouseFunction(this, id, { entry: "courier", handler, memoryMb: 256, timeoutS: 150, environment: more });
    // A fact is told once; a task that was planned anew is due anew.
    const rings = (sk: "EVENT" | "TASK", eventName: "INSERT" | "MODIFY") =>
      FilterCriteria.filter({
        eventName: FilterRule.isEqual(eventName),
        dynamodb: { Keys: { sk: { S: FilterRule.isEqual(sk) } } },
      });
    const ring = courierOf("CourierRing", "ring", { HANSA_BELL_QUEUE_URL: bell.queueUrl });
    ring.allow(["sqs:SendMessage"], [bell.queueArn]);
    ring.lambda.addEventSource(
      new DynamoEventSource(table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        retryAttempts: 10,
        bisectBatchOnError: true,
        onFailure: new SqsDlq(given),
        filters: [rings("EVENT", "INSERT"), rings("TASK", "INSERT"), rings("TASK", "MODIFY")],
      }),
    );
    // Reading the stream brings the right to decrypt with the cities' key: not their secrets, which all name a purpose.
    ring.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ["kms:Decrypt"],
        resources: [key.keyArn],
        conditions: { Null: { "kms:EncryptionContext:purpose": "false" } },
      }),
    );
    const deliver = courierOf("CourierDeliver", "deliver", {
      HANSA_REACT_FUNCTION: react.lambda.functionName,
      HANSA_CONTROL_TABLE: names.controlTable,
    });
    deliver.allow(["lambda:InvokeFunction"], [react.lambda.functionArn]);
    // What the marketplace warns of every city hears: for that the courier reads their names, and nothing else of them.
    const controlTable = this.formatArn({
      service: "dynamodb",
      resource: "table",
      resourceName: `${names.controlTable}/index/gsi1`,
    });
    deliver.allow(["dynamodb:Query"], [controlTable], {
      "ForAllValues:StringEquals": {
        "dynamodb:LeadingKeys": ["CONTROL#CITIES"],
        "dynamodb:Attributes": ["gsi1pk", "gsi1sk"],
      },
      StringEqualsIfExists: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" },
      Null: { "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" },
    });
    if (!isEmulator)
      new Rule(this, "Warned", {
        eventPattern: {
          source: ["aws.s3"],
          detailType: ["Object Created"],
          detail: { bucket: { name: [packages.bucketName] }, object: { key: ["market/advisories.json"] } },
        },
        targets: [new SqsQueue(bell)],
      });
    deliver.lambda.addEventSource(
      // An emulator keeps each environment that it ever started: with twenty at once they fill a small machine.
      new SqsEventSource(bell, {
        reportBatchItemFailures: true,
        ...(isEmulator ? { batchSize: 2, maxConcurrency: 4 } : { batchSize: 10, maxConcurrency: 20 }),
      }),
    );

    // ── the way in
    const { api, domainTarget } = new CityApi(this, "Gateway", {
      authorizer: authorizer.lambda,
      control: control.lambda,
      market: market.lambda,
      web: web.lambda,
      money: money.lambda,
      ingest: ingest.lambda,
      rate: API_RATE,
      isEmulator,
      domain: settings.domain,
    });

    // ── what the operator sees: of the house, never of one city
    const functions = { web, money, ingest, react, sandbox, authorizer, ring, deliver };
    const errors = Object.entries(functions).map(([name, each]) =>
      each.lambda.metricErrors({ label: name, period: Duration.minutes(5) }),
    );
    const alarm = (id: string, metric: IMetric, threshold: number, description: string) =>
      new Alarm(this, id, {
        metric,
        threshold,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: description,
      });
    alarm(
      "GivenUpAlarm",
      given.metricApproximateNumberOfMessagesVisible(),
      1,
      "A city's bell was rung in vain five times: look at react's log.",
    );
    alarm(
      "ServerErrorAlarm",
      api.metricServerError({ period: Duration.minutes(5) }),
      5,
      "Five bugs in five minutes reached visitors.",
    );
    alarm(
      "MoneyErrorAlarm",
      money.lambda.metricErrors({ period: Duration.minutes(5) }),
      1,
      "The money function failed.",
    );
    alarm(
      "AuthorizerErrorAlarm",
      authorizer.lambda.metricErrors({ period: Duration.minutes(5) }),
      1,
      "No city can be reached while this fails.",
    );
    new TenancyAlarm(this, "TenancyAlarm", { stage, functions: { web, money, ingest, react } });
    const dashboard = new Dashboard(this, "Dashboard", { dashboardName: `hansa-${stage}` });
    dashboard.addWidgets(
      new GraphWidget({
        title: "Requests and errors",
        left: [api.metricCount()],
        right: [api.metricServerError(), api.metricClientError()],
      }),
      new GraphWidget({
        title: "Answer times, ms",
        left: [api.metricLatency({ statistic: "p50" }), api.metricLatency({ statistic: "p99" })],
      }),
      new GraphWidget({ title: "Function errors", left: errors }),
      new GraphWidget({
        title: "Table capacity, and the bell's queue",
        left: [table.metricConsumedReadCapacityUnits(), table.metricConsumedWriteCapacityUnits()],
        right: [bell.metricApproximateAgeOfOldestMessage()],
      }),
    );
    new CfnOutput(this, "ApiId", { value: api.restApiId });
    if (domainTarget) new CfnOutput(this, "DomainTarget", { value: domainTarget });
    new CfnOutput(this, "ControlFunction", { value: control.lambda.functionName });
  }
}
