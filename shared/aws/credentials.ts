import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

const RENEWED_BEFORE_MS = 5 * 60_000;

/**
 * Credentials whose session is tagged with the city: the data role admits only that city's keys, blobs and secrets.
 * One session for all clients of an environment, for as long as it lasts.
 */
export function cityCredentials(roleArn: string, slug: string) {
  const sts = new STSClient({});
  async function assume() {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: `city-${slug}`,
        DurationSeconds: 3600,
        Tags: [{ Key: "city", Value: slug }],
      }),
    );
    if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey) throw new Error("the data role gave no credentials");
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
      expiration: Credentials.Expiration,
    };
  }
  let session: ReturnType<typeof assume> | undefined;
  let renewAt = Number.POSITIVE_INFINITY;
  return (): ReturnType<typeof assume> => {
    if (session && Date.now() < renewAt) return session;
    renewAt = Number.POSITIVE_INFINITY;
    const taken = assume();
    session = taken;
    taken.then(
      ({ expiration }) => {
        if (session === taken && expiration) renewAt = expiration.getTime() - RENEWED_BEFORE_MS;
      },
      () => {
        if (session === taken) session = undefined; // the next request asks again
      },
    );
    return taken;
  };
}
