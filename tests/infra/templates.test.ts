import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { App } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { describe, expect, test } from "vitest";
import { meters } from "../../functions/meters/room.ts";
import { cityRooms, houseRooms } from "../../functions/rooms.ts";
import { house } from "../../infra/app.ts";
import { ENTRIES } from "../../infra/bundle.ts";
import type { House } from "../../shared/compose.ts";
import { type CityEnv, type HouseEnv, newApp } from "../../shared/room.ts";
import { admitted } from "./policy.ts";
import { resources, roleOf, statementsOf, synthesised } from "./synthesised.ts";

const { cell, control, marketplace } = synthesised();
const all: [string, Template][] = [
  ["cell", cell],
  ["control", control],
  ["marketplace", marketplace],
];
/** Those whose log tells of a tenant that is not the path's. */
const WATCHED = ["Web", "Money", "Ingest", "React"];
const PER_TENANT = [...WATCHED, "Sandbox"];
const functions = (template: Template) => Object.entries(resources(template, "AWS::Lambda::Function"));
const nameOf = (id: string) => id.replace(/Function[0-9A-F]{8}$/, "");
const paths = resources(cell, "AWS::ApiGateway::Resource");
const pathOf = (ref: unknown): string => {
  const { Ref } = ref as { Ref?: string };
  const parent = Ref && paths[Ref];
  return parent ? `${pathOf(parent.Properties["ParentId"])}/${parent.Properties["PathPart"]}` : "";
};

describe("what the templates promise", () => {
  test("the functions are the entries, and those that hold a city's data have one environment per city", () => {
    const entries = readdirSync("functions/entries")
      .map((file) => file.replace(".ts", ""))
      .sort();
    expect(entries).toEqual([...ENTRIES].sort());
    const names = all.flatMap(([, template]) => functions(template).map(([id]) => nameOf(id)));
    expect(names.sort()).toEqual([
      "Authorizer",
      "Control",
      "CourierDeliver",
      "CourierRing",
      "Ingest",
      "Market",
      "Money",
      "React",
      "Sandbox",
      "Web",
    ]);
    for (const [, template] of all)
      for (const [id, { Properties }] of functions(template)) {
        const isolation = (Properties["TenancyConfig"] as { TenantIsolationMode?: string } | undefined)
          ?.TenantIsolationMode;
        expect(isolation, id).toBe(PER_TENANT.includes(nameOf(id)) ? "PER_TENANT" : undefined);
      }
  });

  // Guards against what tenant isolation does not go with, and against a client that names its own tenant.
  test("no event source, function address or warm pool on a function with tenants; the tenant comes from the authorizer", () => {
    const sources = Object.values(resources(cell, "AWS::Lambda::EventSourceMapping")).map(
      ({ Properties }) => (Properties["FunctionName"] as { Ref: string }).Ref,
    );
    expect(sources.map(nameOf).sort()).toEqual(["CourierDeliver", "CourierRing"]);
    for (const [name, template] of all)
      for (const type of [
        "AWS::Lambda::Url",
        "AWS::Lambda::Version",
        "AWS::Lambda::Alias",
        "AWS::Kinesis::Stream",
        "AWS::Kinesis::StreamConsumer",
      ])
        expect(Object.keys(resources(template, type)), `${type} in ${name}`).toEqual([]);

    let tenants = 0;
    for (const [id, { Properties }] of Object.entries(resources(cell, "AWS::ApiGateway::Method"))) {
      const path = pathOf(Properties["ResourceId"]);
      const integration = Properties["Integration"] as { RequestParameters?: Record<string, string> };
      const mapped = Object.values(integration.RequestParameters ?? {});
      for (const source of mapped) expect(source, path).not.toMatch(/^method\.request/);
      if (!path.startsWith("/cities/{city}")) {
        expect(mapped, id).toEqual([]);
        continue;
      }
      tenants += 1;
      expect(Properties["AuthorizationType"], path).toBe("CUSTOM");
      expect(integration.RequestParameters, path).toEqual({
        "integration.request.header.X-Amz-Tenant-Id": "context.authorizer.city",
      });
    }
    expect(tenants).toBeGreaterThan(10);
    cell.hasResourceProperties("AWS::ApiGateway::Authorizer", {
      Type: "REQUEST",
      IdentitySource: "context.path",
      AuthorizerResultTtlInSeconds: 300,
    });
    // An emulator is asked each time: a decision kept without its path would be another city's.
    synthesised({ emulator: "true" }).cell.hasResourceProperties("AWS::ApiGateway::Authorizer", {
      AuthorizerResultTtlInSeconds: 0,
    });
  });

  // Guards against a new route of money that the gateway sends to a function without the payment secrets.
  test("every route of billing, payments and the ledger, and nothing else, goes to the money function", () => {
    const sent = Object.values(resources(cell, "AWS::ApiGateway::Method"))
      .filter(({ Properties }) =>
        /"Money(Function)?Function[0-9A-F]{8}"/.test(JSON.stringify(Properties["Integration"])),
      )
      .map(({ Properties }) => pathOf(Properties["ResourceId"]).replace("/cities/{city}", ""));
    const rooms = [
      ...["billing", "payments", "ledger", "counter", "bank", "billpay", "vending", "penalties", "assessment"],
      "module_money",
    ];
    const routes = cityRooms
      .filter(({ name }) => rooms.includes(name))
      .flatMap((room) => {
        const app = newApp<CityEnv>();
        room.routes(app);
        return app.routes.filter(({ method }) => method !== "ALL").map(({ path }) => path);
      })
      .map((path) =>
        path
          .split("/")
          .slice(0, /^\/(v1|staff)\//.test(path) ? 3 : 2)
          .join("/"),
      );
    expect(routes.length).toBeGreaterThan(20);
    expect([...new Set(sent.map((path) => path.replace("/{proxy+}", "")))].sort()).toEqual([...new Set(routes)].sort());
  });

  // Guards against a route that the embedded house has and the gateway does not hand on, or hands to another function.
  test("every route of the house and of ingestion is handed on to the function that has it", () => {
    const sentTo = (name: string) =>
      Object.values(resources(cell, "AWS::ApiGateway::Method"))
        .filter(({ Properties }) =>
          new RegExp(`${name}(Function)?Function[0-9A-F]{8}`).test(JSON.stringify(Properties["Integration"])),
        )
        .map(({ Properties }) => pathOf(Properties["ResourceId"]) || "/");
    const isSent = (paths: string[], route: string) =>
      paths.some((path) =>
        path.endsWith("/{proxy+}") ? route.startsWith(path.replace("{proxy+}", "")) : path === route,
      );
    const [toControl, toMarket, toIngest, toMoney] = ["Control", "Market", "Ingest", "Money"].map(sentTo);
    for (const room of houseRooms) {
      const app = newApp<HouseEnv>();
      room.routes(app, { settings: {} } as House);
      const routes = app.routes.filter(({ method }) => method !== "ALL").map(({ path }) => path);
      expect(routes.length).toBeGreaterThan(0);
      for (const route of routes)
        expect(isSent(/^\/marketplace\b/.test(route) ? toMarket! : toControl!, route), route).toBe(true);
    }
    const app = newApp<CityEnv>();
    meters.routes(app);
    const ofMeters = app.routes.map(({ path }) => `/cities/{city}${path}`);
    for (const path of toIngest!.map((one) => one.replace("/{proxy+}", "")))
      expect(
        ofMeters.some((route) => route === path || route.startsWith(`${path}/`)),
        path,
      ).toBe(true);
    for (const route of ofMeters) expect(isSent(toMoney!, route), route).toBe(false);
  });

  // Guards against a first visit of many times 14 kB, and against a second address where links are another house's.
  test("the gateway compresses, and with a domain answers there alone", () => {
    cell.hasResourceProperties("AWS::ApiGateway::RestApi", {
      MinimumCompressionSize: 1024,
      DisableExecuteApiEndpoint: false,
    });
    const domain = { domain: "house.example", certificate: "arn:aws:acm:eu-west-3:1:certificate/c" };
    const made = synthesised(domain);
    made.cell.hasResourceProperties("AWS::ApiGateway::RestApi", { DisableExecuteApiEndpoint: true });
    made.cell.hasResourceProperties("AWS::ApiGateway::DomainName", {
      DomainName: "house.example",
      RegionalCertificateArn: domain.certificate,
      EndpointConfiguration: { Types: ["REGIONAL"] },
      SecurityPolicy: "TLS_1_2",
    });
    made.cell.resourceCountIs("AWS::ApiGateway::BasePathMapping", 1);
    for (const template of [made.cell, made.control, made.marketplace])
      for (const [id, { Properties }] of functions(template))
        if (/^(Web|Money|Ingest|React|Control|Market)$/.test(nameOf(id)))
          expect((Properties["Environment"] as { Variables: object }).Variables, id).toMatchObject({
            HANSA_ORIGIN: "https://house.example",
          });
    expect(() => made.app.synth()).not.toThrow();
    expect(() => synthesised({ domain: "house.example" })).toThrow(/certificate/);
    expect(() => synthesised({ ...domain, emulator: "true" })).toThrow(/no domain/);
  });

  // Guards against a layer of isolation that is wrong for weeks because the next one holds.
  test("the first disagreement about the tenant alarms, read from the very line that the log writes", () => {
    const filters = Object.values(resources(cell, "AWS::Logs::MetricFilter"));
    const watched = filters.map(({ Properties }) => (Properties["LogGroupName"] as { Ref: string }).Ref);
    expect(watched.map((id) => id.replace(/Log[0-9A-F]{8}$/, "")).sort()).toEqual([...WATCHED].sort());
    for (const { Properties } of filters) expect(Properties["FilterPattern"]).toBe('{ $.error.message = "tenancy:*" }');
    cell.hasResourceProperties("AWS::CloudWatch::Alarm", { MetricName: "TenancyDisagreements", Threshold: 1 });

    const program = `
      import { openLog } from "./shared/log.ts";
      import { readSettings } from "./shared/settings.ts";
      import { cityOf } from "./shared/tenancy.ts";
      const settings = readSettings({ HANSA_HOME: "aws" });
      try { cityOf({ req: { param: () => "rome" }, env: { event: {} } }, settings); }
      catch (error) { openLog(settings).error("unexpected error", { error }); }`;
    const { stderr, stdout } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program]);
    const line = JSON.parse(`${stdout}${stderr}`.trim()) as { level: string; error: { message: string } };
    expect(line).toMatchObject({ level: "ERROR", error: { message: expect.stringMatching(/^tenancy:/) } });
  });

  // Guards against code that has broken out of the engine and its process: what it then may do, and whom it reaches.
  test("the sandbox may do nothing, reaches nothing, and is asked by those alone that have code to run", () => {
    const [[, sandbox] = []] = functions(cell).filter(([id]) => nameOf(id) === "Sandbox");
    const { FunctionName, Role, VpcConfig, Environment, Timeout } = sandbox!.Properties as {
      FunctionName: string;
      Role: { "Fn::GetAtt": [string, string] };
      VpcConfig: { SubnetIds: { Ref: string }[]; SecurityGroupIds: { Ref: string }[] };
      Environment?: object;
      Timeout: number;
    };
    expect(Environment).toBeUndefined();
    const role = roleOf(cell, "Sandbox");
    expect(Role["Fn::GetAtt"][0]).toBe(role);
    expect(resources(cell, "AWS::IAM::Role")[role]!.Properties).not.toHaveProperty("ManagedPolicyArns");
    expect(resources(cell, "AWS::IAM::Role")[role]!.Properties).not.toHaveProperty("Policies");
    const [joins, denies, ...more] = statementsOf(cell, role);
    expect(more).toEqual([]);
    expect(joins).toMatchObject({ Effect: "Allow" });
    for (const action of [joins!.Action].flat())
      expect(action).toMatch(
        /^ec2:(Create|Delete|Describe|Assign|Unassign)(NetworkInterfaces?|Subnets|PrivateIpAddresses)$/,
      );
    expect(denies).toMatchObject({ Effect: "Deny", Condition: { ArnEquals: {} } });
    const own = [denies!.Condition!["ArnEquals"]!["lambda:SourceFunctionArn"]!].flat();
    expect(own).toEqual([expect.stringMatching(new RegExp(`:function:${FunctionName}$`))]);
    // Whatever Lambda does by this role to join it to its network, the code itself may not.
    for (const action of ["ec2:CreateNetworkInterface", "s3:GetObject", "sts:AssumeRole", "logs:PutLogEvents"]) {
      const asks = (by?: string) => ({ action, resource: "*", context: { "lambda:SourceFunctionArn": by } });
      expect(admitted([joins!, denies!], asks(own[0])), action).toBe(false);
      expect(admitted([joins!, denies!], asks()), action).toBe(action.startsWith("ec2:"));
    }

    // A network of nothing: whatever could lead out of one is not in the house at all.
    const [[network, nowhere] = []] = Object.entries(resources(cell, "AWS::EC2::VPC"));
    expect(nowhere!.Properties).toMatchObject({ EnableDnsSupport: false, EnableDnsHostnames: false });
    const [shut] = Object.entries(resources(cell, "AWS::EC2::SecurityGroup"));
    expect(shut![1].Properties).toMatchObject({
      VpcId: { Ref: network },
      SecurityGroupEgress: [{ IpProtocol: "icmp", CidrIp: "255.255.255.255/32" }],
    });
    expect(shut![1].Properties).not.toHaveProperty("SecurityGroupIngress");
    expect(VpcConfig.SecurityGroupIds).toEqual([{ Ref: shut![0] }]);
    const subnets = resources(cell, "AWS::EC2::Subnet");
    expect(VpcConfig.SubnetIds.map(({ Ref }) => Ref).sort()).toEqual(Object.keys(subnets).sort());
    for (const { Properties } of Object.values(subnets)) expect(Properties["VpcId"]).toEqual({ Ref: network });
    const found = Object.values(cell.toJSON()["Resources"] as Record<string, { Type: string }>);
    expect([...new Set(found.map(({ Type }) => Type).filter((type) => type.startsWith("AWS::EC2::")))].sort()).toEqual([
      "AWS::EC2::SecurityGroup",
      "AWS::EC2::Subnet",
      "AWS::EC2::VPC",
    ]);

    const mayInvoke = Object.values(resources(cell, "AWS::IAM::Policy"))
      .filter(({ Properties }) => /"Sandbox(Function)?Function[0-9A-F]{8}"/.test(JSON.stringify(Properties)))
      .flatMap(({ Properties }) => (Properties["Roles"] as { Ref: string }[]).map(({ Ref }) => Ref));
    expect(mayInvoke.sort()).toEqual(["Ingest", "React", "Web"].map((name) => roleOf(cell, name)).sort());
    for (const [id, { Properties }] of functions(cell)) {
      const { Variables = {} } = (Properties["Environment"] ?? {}) as { Variables?: Record<string, unknown> };
      expect("HANSA_SANDBOX_FUNCTION" in Variables, id).toBe(["Ingest", "React", "Web"].includes(nameOf(id)));
      // Whoever waits for it is there longer than it is.
      if ("HANSA_SANDBOX_FUNCTION" in Variables) expect(Number(Properties["Timeout"])).toBeGreaterThan(Timeout);
    }
    for (const { Properties } of Object.values(resources(cell, "AWS::Lambda::Permission")))
      expect(JSON.stringify(Properties)).not.toContain("Sandbox");
    // The marketplace tries what is published, by the function's name: it stands before the cell does.
    const market = functions(marketplace).find(([id]) => nameOf(id).startsWith("Market"))![1].Properties;
    expect(market["Environment"]).toMatchObject({ Variables: { HANSA_SANDBOX_FUNCTION: FunctionName } });
    expect(Number(market["Timeout"])).toBeGreaterThan(Timeout);
    const asked = Object.values(resources(marketplace, "AWS::IAM::Policy")).flatMap(
      ({ Properties }) =>
        (Properties["PolicyDocument"] as { Statement: { Action: string; Resource: unknown }[] }).Statement,
    );
    const invoked = asked.filter(({ Action }) => Action === "lambda:InvokeFunction");
    expect(invoked).toHaveLength(1);
    expect(JSON.stringify(invoked[0]!.Resource)).toContain(`:function:${FunctionName}`);
  });

  test("an unknown city looks as a missing thing does: refused by the gateway with the very same problem", () => {
    const refused = Object.values(resources(cell, "AWS::ApiGateway::GatewayResponse")).map(
      ({ Properties }) =>
        Properties as unknown as {
          ResponseType: string;
          StatusCode: string;
          ResponseTemplates: Record<string, string>;
        },
    );
    for (const type of ["ACCESS_DENIED", "UNAUTHORIZED", "MISSING_AUTHENTICATION_TOKEN"]) {
      const answer = refused.find(({ ResponseType }) => ResponseType === type)!;
      expect(answer.StatusCode).toBe("404");
      expect(answer.ResponseTemplates["application/json"]).toContain('"code":"absent"');
    }
  });

  test("tables cost nothing idle, can be recovered, and stay when a stack goes", () => {
    for (const [name, template] of all)
      for (const { Properties, DeletionPolicy } of Object.values(resources(template, "AWS::DynamoDB::Table"))) {
        expect(Properties, name).toMatchObject({
          BillingMode: "PAY_PER_REQUEST",
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        });
        expect(DeletionPolicy).toBe("Retain");
      }
    // The courier rings for all cities: the stream shows it keys, and nothing of what they hold.
    cell.hasResourceProperties("AWS::DynamoDB::Table", { StreamSpecification: { StreamViewType: "KEYS_ONLY" } });
    for (const [, template] of all)
      for (const { Properties } of Object.values(resources(template, "AWS::S3::Bucket")))
        expect(Properties["PublicAccessBlockConfiguration"]).toEqual({
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        });
  });

  // Guards against a warning of which no city hears, and a courier that reads more of a city than its name.
  test("what the marketplace warns of rings the bell, and the courier reads the names of cities alone", () => {
    cell.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ object: { key: ["market/advisories.json"] } }) }),
      Targets: [Match.objectLike({ Arn: Match.anyValue() })],
    });
    const reads = Object.values(resources(cell, "AWS::IAM::Policy"))
      .filter(({ Properties }) => JSON.stringify(Properties["Roles"]).includes("CourierDeliver"))
      .flatMap(({ Properties }) => (Properties["PolicyDocument"] as { Statement: { Action: string }[] }).Statement)
      .filter(({ Action }) => Action.includes("dynamodb"));
    expect(reads).toMatchObject([
      {
        Action: "dynamodb:Query",
        Condition: {
          "ForAllValues:StringEquals": {
            "dynamodb:LeadingKeys": ["CONTROL#CITIES"],
            "dynamodb:Attributes": ["gsi1pk", "gsi1sk"],
          },
        },
      },
    ]);
  });

  test("what cannot be delivered is kept, alarmed for the house, and for no city by itself", () => {
    const queues = Object.entries(resources(cell, "AWS::SQS::Queue"));
    const kept = queues.filter(([, { Properties }]) => Properties["RedrivePolicy"]);
    const last = JSON.stringify(kept.map(([, { Properties }]) => Properties["RedrivePolicy"]));
    expect(queues.length).toBe(2);
    for (const [id] of queues.filter((queue) => !kept.includes(queue))) expect(last).toContain(id);
    cell.hasResourceProperties("AWS::SQS::Queue", { RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }) });
    // Who delivers ends before the bell is seen again, and later than whom it waits for.
    const timeoutOf = (name: string) =>
      Number(functions(cell).find(([id]) => nameOf(id) === name)![1].Properties["Timeout"]);
    expect(timeoutOf("React")).toBeLessThan(timeoutOf("CourierDeliver"));
    expect(timeoutOf("CourierDeliver")).toBeLessThan(Number(kept[0]![1].Properties["VisibilityTimeout"]));
    cell.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    // What rings: a new fact, and a task that was planned or moved. Nothing else wakes a city.
    const [filters] = Object.values(resources(cell, "AWS::Lambda::EventSourceMapping")).flatMap(({ Properties }) =>
      Properties["FilterCriteria"]
        ? [(Properties["FilterCriteria"] as { Filters: { Pattern: string }[] }).Filters]
        : [],
    );
    const keyed = (sk: string) => ({ Keys: { sk: { S: [sk] } } });
    expect(filters!.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      { eventName: ["INSERT"], dynamodb: keyed("EVENT") },
      { eventName: ["INSERT"], dynamodb: keyed("TASK") },
      { eventName: ["MODIFY"], dynamodb: keyed("TASK") },
    ]);
    expect(Object.keys(resources(cell, "AWS::CloudWatch::Alarm"))).toHaveLength(5);
    expect(Object.keys(resources(cell, "AWS::CloudWatch::Dashboard"))).toHaveLength(1);
  });

  test("no right to everything: wildcards stand alone only where a service takes no name", () => {
    for (const [name, template] of all)
      for (const { Properties } of Object.values(resources(template, "AWS::IAM::Policy")))
        for (const { Action, Resource, Effect } of (
          Properties["PolicyDocument"] as unknown as {
            Statement: { Action: string | string[]; Resource: unknown; Effect: string }[];
          }
        ).Statement) {
          if (Effect === "Deny") continue;
          for (const action of [Action].flat()) expect(action, name).not.toMatch(/^\*$|:\*$|Scan|PartiQL/);
          if (Resource === "*")
            // What Lambda does to join the sandbox to its network is looked at above.
            for (const action of [Action].flat())
              expect(action).toMatch(/^(dynamodb:ListStreams|ses:SendEmail|sms-voice:SendTextMessage|ec2:.*)$/);
        }
  });

  // Guards against a production house that trusts as an emulator's does.
  test("what an emulator needs is not in a real house, and cannot be asked for there", () => {
    const environments = all.flatMap(([, template]) =>
      functions(template).map(
        ([, { Properties }]) =>
          (Properties["Environment"] as { Variables: Record<string, string> } | undefined)?.Variables ?? {},
      ),
    );
    for (const variables of environments) {
      expect(variables).not.toHaveProperty("HANSA_TENANCY");
      expect(variables).not.toHaveProperty("HANSA_STAND_INS");
      expect(variables["HANSA_MESSAGES"]).not.toBe("outbox");
    }
    expect(() => synthesised({ stage: "prod", emulator: "true" })).toThrow(/never an emulator/);
    expect(() => synthesised({ standIns: "http://127.0.0.1:1" })).toThrow(/emulator only/);
    const emulated = functions(synthesised({ emulator: "true" }).cell).map(
      ([, { Properties }]) =>
        (Properties["Environment"] as { Variables: Record<string, string> } | undefined)?.Variables["HANSA_TENANCY"],
    );
    expect(emulated.filter((tenancy) => tenancy === "path").length).toBe(WATCHED.length);
  });

  test("what is published can be asked by Athena: bounded, below a city's own name, and nothing that runs", () => {
    const [workgroup] = Object.values(resources(cell, "AWS::Athena::WorkGroup"));
    expect(workgroup!.Properties).toMatchObject({
      Name: "hansa-main",
      WorkGroupConfiguration: { BytesScannedCutoffPerQuery: 10 * 1024 ** 3 },
    });
    expect(Object.values(resources(cell, "AWS::Glue::Database"))).toHaveLength(1);
    const trust = JSON.stringify(
      Object.entries(resources(cell, "AWS::IAM::Role")).find(([id]) => id.startsWith("AnalysisRole"))![1].Properties[
        "AssumeRolePolicyDocument"
      ],
    );
    expect(trust).toContain('"aws:RequestTag/city":"?*"');
    expect(Object.keys(resources(synthesised({ emulator: "true" }).cell, "AWS::Athena::WorkGroup"))).toEqual([]);
  });

  // Guards against sign-in codes that SES refuses to send.
  test("whoever sends e-mails knows from whom", () => {
    const made = synthesised({ mailFrom: "no-reply@house.example" });
    for (const [template, names] of [
      [made.cell, ["Web", "Money", "React"]],
      [made.control, ["Control"]],
    ] as const)
      for (const [id, { Properties }] of functions(template))
        if ((names as readonly string[]).includes(nameOf(id)))
          expect((Properties["Environment"] as { Variables: object }).Variables, id).toMatchObject({
            HANSA_MAIL_FROM: "no-reply@house.example",
          });
  });

  test("cdk-nag has nothing left to say, and a new finding stops the synthesis", () => {
    expect(() => synthesised().app.synth()).not.toThrow();
    const app = new App();
    const stacks = house(app);
    new Bucket(stacks.cell, "Open");
    expect(() => app.synth()).toThrow(/S3 Bucket|Validation failed/);
  });
});
