import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Blobs, BlobWriter } from "../ports.ts";

/** S3 takes no part below 5 MB but the last. */
const PART_BYTES = 8 * 1024 * 1024;
const ADDRESS_HOLDS_S = 15 * 60;

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
    begin: async (Key, options) => inParts(s3, { Bucket, Key, ContentType: options?.contentType }),
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
    at: `s3://${Bucket}/`,
    addressOf: (Key, { name, type }) =>
      getSignedUrl(
        s3,
        new GetObjectCommand({
          Bucket,
          Key,
          ResponseContentType: type,
          ResponseContentDisposition: `attachment; filename="${name}"`,
        }),
        { expiresIn: ADDRESS_HOLDS_S },
      ),
  };
}

/** A multipart upload, begun with the first part that is full; what is shorter is put at once. */
function inParts(s3: S3Client, target: { Bucket: string; Key: string; ContentType: string | undefined }): BlobWriter {
  const { Bucket, Key } = target;
  const parts: { PartNumber: number; ETag: string | undefined }[] = [];
  let held: Uint8Array[] = [];
  let size = 0;
  let UploadId: string | undefined;
  const send = async () => {
    UploadId ??= (await s3.send(new CreateMultipartUploadCommand(target))).UploadId!;
    const [Body, PartNumber] = [Buffer.concat(held), parts.length + 1];
    [held, size] = [[], 0];
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    parts.push({ PartNumber, ETag });
  };
  return {
    async write(bytes) {
      held.push(bytes);
      size += bytes.byteLength;
      if (size >= PART_BYTES) await send();
    },
    async close() {
      if (UploadId === undefined) {
        await s3.send(new PutObjectCommand({ ...target, Body: Buffer.concat(held) }));
        return;
      }
      if (size > 0) await send();
      await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts } }));
    },
    async drop() {
      if (UploadId !== undefined) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    },
  };
}
