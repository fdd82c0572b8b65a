import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Blobs } from "../ports.ts";

/** Blobs in a bucket. */
export function bucketBlobs(s3: S3Client, Bucket: string): Blobs {
  const isListed = async (Key: string): Promise<boolean> => {
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 }));
    return Contents?.[0]?.Key === Key; // of all keys that begin with it, the key itself comes first
  };
  return {
    async put(Key, Body, options) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: options?.contentType }));
    },
    async get(Key, range) {
      try {
        const { Body } = await s3.send(
          new GetObjectCommand({
            Bucket,
            Key,
            Range: range && `bytes=${range.offset}-${range.offset + range.length - 1}`,
          }),
        );
        return await Body?.transformToByteArray();
      } catch (error) {
        const { name } = error as Error;
        if (name === "NoSuchKey") return undefined;
        if (name === "InvalidRange") return new Uint8Array(); // it is there, and empty
        // S3 says "denied" of a missing key to whoever may list below a prefix only. The list of that prefix knows.
        if (name === "AccessDenied" && !(await isListed(Key))) return undefined;
        throw error;
      }
    },
    async delete(Key) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    },
    async *list(Prefix) {
      let ContinuationToken: string | undefined;
      do {
        const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
        for (const { Key } of page.Contents ?? []) if (Key) yield Key;
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken);
    },
  };
}
