import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { type Home, prefixed, saidBy } from "../ports.ts";
import type { Settings } from "../settings.ts";
import { schedulerBell } from "./bell.ts";
import { bucketBlobs } from "./blobs.ts";
import { carrier } from "./carrier.ts";
import { cityCredentials } from "./credentials.ts";
import { invokedSandbox } from "./sandbox.ts";
import { kmsVault } from "./vault.ts";

/** AWS, or an emulator that speaks its port: the SDK finds it by AWS_ENDPOINT_URL, no code names an endpoint. */
export function awsHome(settings: Settings): Home {
  const named = (name: keyof Settings): string => {
    const value = settings[name];
    if (typeof value !== "string") throw new Error(`On AWS the setting ${name} is needed.`);
    return value;
  };
  const own = new DynamoDBClient({});
  const ownS3 = new S3Client({ forcePathStyle: true });
  const cities = new Map<
    string,
    { table: DynamoDBClient; s3: S3Client; credentials: ReturnType<typeof cityCredentials> }
  >();
  function city(slug: string) {
    let found = cities.get(slug);
    if (!found) {
      const credentials = cityCredentials(named("HANSA_DATA_ROLE"), slug);
      found = {
        credentials,
        table: new DynamoDBClient({ credentials }),
        s3: new S3Client({ credentials, forcePathStyle: true }),
      };
      cities.set(slug, found);
    }
    return found;
  }
  const isHouse = (owner: string) => owner === "CONTROL" || owner === "MARKET";
  return {
    client: (owner) => (isHouse(owner) ? own : city(owner).table),
    standing: undefined,
    writing: undefined,
    cityBlobs: (slug) => prefixed(bucketBlobs(city(slug).s3, named("HANSA_CITY_BUCKET")), `cities/${slug}/`),
    cityDrops(slug) {
      const bucket = settings.HANSA_DROP_BUCKET ?? "unset";
      const drops = prefixed(bucketBlobs(city(slug).s3, bucket), `${slug}/`);
      return { ...drops, place: `s3://${bucket}/${slug}/`, rings: true };
    },
    marketBlobs: prefixed(bucketBlobs(ownS3, settings.HANSA_MARKET_BUCKET ?? "unset"), "market/"),
    toMarket: (slug) =>
      saidBy(prefixed(bucketBlobs(city(slug).s3, settings.HANSA_MARKET_BUCKET ?? "unset"), "said/"), slug),
    fromCities: prefixed(bucketBlobs(ownS3, settings.HANSA_MARKET_BUCKET ?? "unset"), "said/"),
    vault: (owner) =>
      isHouse(owner)
        ? kmsVault(settings.HANSA_HOUSE_KEY ?? "unset", undefined)
        : kmsVault(named("HANSA_KMS_KEY"), city(owner).credentials),
    sandbox: invokedSandbox(settings),
    bell: () => schedulerBell(settings),
    carrier: settings.HANSA_MESSAGES === "aws" ? carrier(settings) : undefined,
    marketRings: true,
  };
}
