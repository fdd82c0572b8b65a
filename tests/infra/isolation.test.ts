import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bundleHouse } from "../../infra/bundle.ts";
import { runHouse } from "../setup/house.ts";
import { admitted, type Statement } from "./policy.ts";
import { resources, roleOf, statementsOf, synthesised } from "./synthesised.ts";

interface Recorded {
  owner: string;
  table: string;
  op: string;
  keys: string[];
}

const results = join(import.meta.dirname, "../results");
const { cell, control, marketplace: market } = synthesised();
const data = statementsOf(cell, roleOf(cell, "Data"));
const money = statementsOf(cell, roleOf(cell, "MoneyData"));
const [tableId] = Object.keys(resources(cell, "AWS::DynamoDB::Table"));
const [bucketId] = Object.keys(resources(cell, "AWS::S3::Bucket"));
const [keyId] = Object.keys(resources(cell, "AWS::KMS::Key"));

let recorded: Recorded[] = [];
beforeAll(async () => {
  // The contract suite leaves every key that it used; alone, this test makes a short session of its own.
  let file = join(results, "keys-embedded.jsonl");
  if (!existsSync(file)) {
    file = join(results, "keys-isolation.jsonl");
    mkdirSync(results, { recursive: true });
    rmSync(file, { force: true });
    await bundleHouse();
    const house = await runHouse({ HANSA_KEY_LOG: file });
    for (const slug of ["rome", "rome2"]) {
      const added = await fetch(`${house.url}/control/v1/cities`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${house.operatorToken}` },
        body: JSON.stringify({
          name: slug,
          slug,
          country: "IT",
          currency: "EUR",
          languages: ["en"],
          timeZone: "Europe/Rome",
          isSynthetic: true,
          administrator: `a@${slug}.example`,
        }),
      });
      expect(added.status, slug).toBe(201);
      for (const path of ["data", "v1/datasets", "sign-in"]) await fetch(`${house.url}/cities/${slug}/${path}`);
    }
    await house.stop();
  }
  recorded = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);
});

const isHouse = (owner: string) => owner === "CONTROL" || owner === "MARKET";
const actionsOf = (op: string): string[] =>
  op === "TransactWriteItems"
    ? ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"].map((a) => `dynamodb:${a}`)
    : [`dynamodb:${op}`];
const may = (
  statements: Statement[],
  city: string | undefined,
  action: string,
  keys: string[] | undefined,
  index = "",
) =>
  admitted(statements, {
    action,
    resource: `arn:${tableId}${index}`,
    context: { "aws:PrincipalTag/city": city, "dynamodb:LeadingKeys": keys },
  });

describe("a city's data stays its own, by the policies alone", () => {
  test("every key that was used is admitted to its city and refused to every other", () => {
    const ofCities = recorded.filter(({ owner }) => !isHouse(owner));
    const cities = [...new Set(ofCities.map(({ owner }) => owner))];
    expect(cities.length).toBeGreaterThan(1);
    const seen = new Set<string>();
    for (const { owner, op, keys } of ofCities) {
      const once = `${owner} ${op} ${keys.join(" ")}`;
      if (seen.has(once)) continue;
      seen.add(once);
      expect(keys.length, once).toBeGreaterThan(0);
      const others = [cities.find((city) => city !== owner)!, `${owner}2`, owner.slice(0, -1), owner.toUpperCase(), ""];
      for (const action of actionsOf(op))
        for (const statements of [data, money]) {
          expect(may(statements, owner, action, keys), once).toBe(true);
          expect(may(statements, owner, action, keys, "/index/gsi1"), once).toBe(true);
          for (const other of others)
            expect(may(statements, other, action, keys), `${other} asks: ${once}`).toBe(false);
          expect(may(statements, undefined, action, keys), once).toBe(false);
        }
    }
    expect(seen.size).toBeGreaterThan(5);
    console.log(`${seen.size} requests of ${cities.length} cities judged`);
  });

  test("the house's own tables are no city's, and no key of a city is without its name", () => {
    for (const { owner, keys } of recorded)
      for (const key of keys) {
        expect(key.startsWith(isHouse(owner) ? `${owner}#` : `CITY#${owner}#`), key).toBe(true);
        if (isHouse(owner)) expect(may(data, "rome", "dynamodb:GetItem", [key])).toBe(false);
      }
  });

  test("a request without keys, a scan and PartiQL are refused to everyone", () => {
    for (const statements of [data, money]) {
      for (const action of ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]) {
        expect(may(statements, "rome", action, undefined)).toBe(false);
        expect(may(statements, "rome", action, [])).toBe(false);
      }
      for (const action of ["Scan", "PartiQLSelect", "PartiQLUpdate", "ExportTableToPointInTime", "DescribeStream"])
        expect(may(statements, "rome", `dynamodb:${action}`, ["CITY#rome#X"]), action).toBe(false);
    }
  });

  test("blobs: below the city's own folder only, and lists of it only", () => {
    const blob = (action: string, path: string, context: Record<string, string> = {}) =>
      admitted(data, {
        action,
        resource: path ? `arn:${bucketId}/${path}` : `arn:${bucketId}`,
        context: { "aws:PrincipalTag/city": "rome", ...context },
      });
    for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]) {
      expect(blob(action, "cities/rome/datasets/x")).toBe(true);
      for (const path of ["cities/rome2/x", "cities/oslo/x", "cities/", "x"])
        expect(blob(action, path), path).toBe(false);
    }
    expect(blob("s3:ListBucket", "", { "s3:prefix": "cities/rome/" })).toBe(true);
    for (const prefix of ["", "cities/", "cities/rome2/"])
      expect(blob("s3:ListBucket", "", { "s3:prefix": prefix }), prefix).toBe(false);
    expect(blob("s3:ListBucket", "")).toBe(false);
  });

  // Guards against an analyst of one city who reads, or is shown, what another city's asked or published.
  test("an analyst reads the datasets of the city that the session names, and its results, and nothing else", () => {
    const analyst = statementsOf(cell, roleOf(cell, "Analysis"));
    const resultsId = Object.keys(resources(cell, "AWS::S3::Bucket")).find((id) => id.startsWith("AnalysisResults"))!;
    const may = (action: string, resource: string, context: Record<string, string> = {}) =>
      admitted(analyst, {
        action,
        resource: `arn:${resource}`,
        context: { "aws:PrincipalTag/city": "rome", ...context },
      });
    expect(may("s3:GetObject", `${bucketId}/cities/rome/datasets/ds_1/rows_1/rows.parquet`)).toBe(true);
    expect(may("s3:PutObject", `${resultsId}/rome/q.csv`)).toBe(true);
    expect(may("s3:ListBucket", bucketId!, { "s3:prefix": "cities/rome/datasets/" })).toBe(true);
    for (const path of ["cities/rome2/datasets/x", "cities/oslo/datasets/x", "cities/rome/uploads/x", "cities/rome/x"])
      expect(may("s3:GetObject", `${bucketId}/${path}`), path).toBe(false);
    for (const path of ["rome2/q.csv", "oslo/q.csv", "q.csv"])
      expect(may("s3:GetObject", `${resultsId}/${path}`), path).toBe(false);
    for (const prefix of ["", "cities/", "cities/oslo/datasets/", "cities/rome/"])
      expect(may("s3:ListBucket", bucketId!, { "s3:prefix": prefix }), prefix).toBe(false);
    for (const action of ["s3:PutObject", "s3:DeleteObject"])
      expect(may(action, `${bucketId}/cities/rome/datasets/x`), action).toBe(false);
    expect(may("dynamodb:GetItem", tableId!, { "dynamodb:LeadingKeys": "CITY#rome#X" })).toBe(false);
    expect(
      may("kms:Decrypt", keyId!, { "kms:EncryptionContext:city": "rome", "kms:EncryptionContext:purpose": "main" }),
    ).toBe(false);
  });

  // Guards against an outside system whose name for a file leads to another city's folder.
  test("files that are laid down: of the own city's folder only, by who takes them in; S3 alone rings for them", () => {
    const [, dropId] = Object.keys(resources(cell, "AWS::S3::Bucket"));
    expect(dropId).toMatch(/^Drops/);
    const of = (statements: Statement[], action: string, path: string, context: Record<string, string> = {}) =>
      admitted(statements, {
        action,
        resource: path ? `arn:${dropId}/${path}` : `arn:${dropId}`,
        context: { "aws:PrincipalTag/city": "rome", ...context },
      });
    const money = statementsOf(cell, roleOf(cell, "MoneyData"));
    for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]) {
      expect(of(money, action, "rome/src_1/a.csv")).toBe(true);
      for (const path of ["rome2/src_1/a.csv", "oslo/src_1/a.csv", "a.csv"])
        expect(of(money, action, path), path).toBe(false);
      expect(of(data, action, "rome/src_1/a.csv")).toBe(false);
    }
    expect(of(money, "s3:ListBucket", "", { "s3:prefix": "rome/src_1/" })).toBe(true);
    for (const prefix of ["", "rome2/"]) expect(of(money, "s3:ListBucket", "", { "s3:prefix": prefix })).toBe(false);
    const { Properties } = resources(cell, "AWS::S3::Bucket")[dropId!]!;
    expect(JSON.stringify(Properties["NotificationConfiguration"])).toMatch(/s3:ObjectCreated:\*.*Bell/);
    const [policy] = Object.values(resources(cell, "AWS::SQS::QueuePolicy")).filter((one) =>
      JSON.stringify(one.Properties).includes("s3.amazonaws.com"),
    );
    expect(JSON.stringify(policy!.Properties)).toMatch(/aws:SourceArn.*hansa-main-drop-.*aws:SourceAccount/);
  });

  // Guards against a city that tells the marketplace something in another city's name, or reads what another said.
  test("what is said to the marketplace: under the own city's name only, and read by the marketplace alone", () => {
    const said = money
      .flatMap(({ Resource }) => [Resource].flat())
      .find((resource) => resource.includes("/said/"))!
      .replace(/\/said\/.*$/, "");
    const may = (statements: Statement[], action: string, path: string) =>
      admitted(statements, { action, resource: `${said}/${path}`, context: { "aws:PrincipalTag/city": "rome" } });
    expect(may(money, "s3:PutObject", "said/payouts/acme/2026-10/rome.json")).toBe(true);
    for (const path of [
      "said/payouts/acme/2026-10/rome2.json",
      "said/payouts/acme/rome/oslo.json",
      "market/index.json",
    ])
      expect(may(money, "s3:PutObject", path), path).toBe(false);
    for (const action of ["s3:GetObject", "s3:DeleteObject"])
      expect(may(money, action, "said/payouts/acme/2026-10/rome.json"), action).toBe(false);
    expect(may(data, "s3:PutObject", "said/payouts/acme/2026-10/rome.json")).toBe(false);
  });

  test("secrets: of the own city, and those of payments by the functions that move money alone", () => {
    const unwrap = (statements: Statement[], city: string, purpose: string | undefined) =>
      admitted(statements, {
        action: "kms:Decrypt",
        resource: `arn:${keyId}`,
        context: {
          "aws:PrincipalTag/city": "rome",
          "kms:EncryptionContext:city": city,
          "kms:EncryptionContext:purpose": purpose,
        },
      });
    expect(unwrap(data, "rome", "main")).toBe(true);
    expect(unwrap(money, "rome", "payments")).toBe(true);
    expect(unwrap(data, "rome", "payments")).toBe(false);
    for (const statements of [data, money]) {
      expect(unwrap(statements, "oslo", "main")).toBe(false);
      expect(unwrap(statements, "rome", undefined)).toBe(false);
    }
  });

  // Guards against a house that stands in the template only: table and bucket ask KMS in the caller's name.
  test("what is encrypted at rest can be read through table and bucket, by whoever may read it there", () => {
    for (const statements of [data, money])
      for (const service of ["dynamodb", "s3", "ebs"])
        for (const action of ["kms:Decrypt", "kms:GenerateDataKey"])
          expect(
            admitted(statements, {
              action,
              resource: `arn:${keyId}`,
              context: { "aws:PrincipalTag/city": "rome", "kms:ViaService": `${service}.AWS::Region.amazonaws.com` },
            }),
            `${action} through ${service}`,
          ).toBe(service !== "ebs");
  });

  // Guards against a grant that a construct adds by itself.
  test("whoever is no data role opens no city's secret, and takes no role but its own", () => {
    const takes: Record<string, string[]> = {};
    for (const template of [cell, control, market])
      for (const [id, { Properties }] of Object.entries(resources(template, "AWS::IAM::Role"))) {
        // Rights that this proof would not see.
        expect(Properties["ManagedPolicyArns"], id).toBeUndefined();
        expect(Properties["Policies"], id).toBeUndefined();
        const name = id.replace(/(Function)?Role[0-9A-F]{8}$/, "");
        const statements = statementsOf(template, id);
        takes[name] = statements
          .filter(({ Action }) => [Action].flat().includes("sts:AssumeRole"))
          .flatMap(({ Resource }) => [Resource].flat().map((arn) => arn.split("/").at(-1)!));
        if (template !== cell || /Data$/.test(name)) continue;
        for (const purpose of ["main", "payments"])
          expect(
            admitted(statements, {
              action: "kms:Decrypt",
              resource: `arn:${keyId}`,
              context: { "kms:EncryptionContext:city": "rome", "kms:EncryptionContext:purpose": purpose },
            }),
            `${name} opens ${purpose}`,
          ).toBe(false);
      }
    expect(Object.fromEntries(Object.entries(takes).filter(([, roles]) => roles.length > 0))).toEqual({
      Web: ["hansa-main-data"],
      Ingest: ["hansa-main-data"],
      Money: ["hansa-main-data-money"],
      React: ["hansa-main-data-money"],
      Control: ["hansa-main-data-money"],
    });
  });

  test("the authorizer reads that a city is there, and nothing of it", () => {
    const role = statementsOf(cell, roleOf(cell, "Authorizer"));
    const read = (key: string, attributes: string[] | undefined, action = "dynamodb:GetItem") =>
      admitted(role, {
        action,
        resource: `arn:${tableId}`,
        context: {
          "dynamodb:LeadingKeys": [key],
          "dynamodb:Attributes": attributes,
          "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
        },
      });
    expect(read("CITY#rome#CITY", ["pk", "sk"])).toBe(true);
    expect(read("CITY#rome#CITY", ["pk", "sk", "city"])).toBe(false);
    expect(read("CITY#rome#CITY", undefined)).toBe(false);
    expect(read("CITY#rome#PERSON#1", ["pk"])).toBe(false);
    expect(read("CITY#rome#CITY", ["pk"], "dynamodb:Query")).toBe(false);
  });

  test("who may take which role: payments only by money, react and control; never without a city", () => {
    const roles = resources(cell, "AWS::IAM::Role");
    const takers = (construct: string) => {
      const { Statement: statements } = roles[roleOf(cell, construct)]!.Properties[
        "AssumeRolePolicyDocument"
      ] as unknown as {
        Statement: { Condition: Record<string, Record<string, unknown>>; Principal: { AWS: unknown } }[];
      };
      for (const { Condition } of statements) {
        expect(Condition["StringLike"]).toEqual({ "aws:RequestTag/city": "?*" });
        // A tag that is a wildcard would be every city's.
        expect(Condition["StringNotLike"]).toEqual({
          "aws:RequestTag/city": ["*$" + "{*}*", "*$" + "{?}*", "*$" + "{$}*"],
        });
        expect(Condition["ForAllValues:StringEquals"]).toEqual({ "aws:TagKeys": ["city"] });
      }
      return JSON.stringify(statements.map(({ Principal }) => Principal));
    };
    expect(takers("Data")).toMatch(/Web.*Ingest|Ingest.*Web/);
    expect(takers("Data")).not.toMatch(/Money|React|Control/);
    expect(takers("MoneyData")).toMatch(/Money/);
    expect(takers("MoneyData")).not.toMatch(/Web|Ingest|Courier|Authorizer/);
    expect(JSON.stringify(control.toJSON())).not.toContain('"dynamodb:Scan"');
  });
});
