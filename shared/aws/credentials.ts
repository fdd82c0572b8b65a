import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

/**
 * Credentials whose session is tagged with the city: the data role admits only that city's keys, blobs and secrets.
 * Renewed by the SDK before they run out.
 */
export function cityCredentials(roleArn: string, slug: string) {
  const sts = new STSClient({});
  return async () => {
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
  };
}
