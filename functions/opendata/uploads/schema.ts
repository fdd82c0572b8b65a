import { z } from "@hono/zod-openapi";
import { Id } from "../../../shared/ids.ts";

/** The longest file. */
export const UPLOAD_MAX = 512 * 1024 * 1024;
/** Each part but the last has this length: what passes every gateway. */
export const PART_BYTES = 3 * 1024 * 1024;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "SHA-256 in hexadecimal");

export const NewUpload = z
  .strictObject({
    name: z.string().min(1).max(200),
    /** In bytes. */
    size: z.int().min(1).max(UPLOAD_MAX),
    /** SHA-256 of the whole file, looked at before anything of it is taken. */
    sha256: Sha256.optional(),
  })
  .meta({ id: "NewUpload" });
export type NewUpload = z.infer<typeof NewUpload>;

export const Upload = NewUpload.extend({
  id: Id("upl"),
  partBytes: z.int(),
  parts: z.int(),
  /** The numbers of the parts that are there, from 1. */
  received: z.array(z.int()),
  expiresAt: z.iso.datetime(),
}).meta({ id: "Upload" });
export type Upload = z.infer<typeof Upload>;
