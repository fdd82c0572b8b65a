import { createHash } from "node:crypto";
import { Key, Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from "@tufjs/models";
import { canonical } from "../contract/canonical.ts";

// The Update Framework's four kinds of files (theupdateframework.io, 1.0.31), made of its own models: a house signs
// what it offers so that another house sees that it is whole, new, and from whom it says.

export const ROLES = ["root", "targets", "snapshot", "timestamp"] as const;
export type RoleName = (typeof ROLES)[number];

/** Signs by one key: its 32 public bytes, and what it does with bytes. */
export interface Signer {
  publicKey: Uint8Array;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}
export type Signers = Readonly<Record<RoleName, Signer>>;

const SPEC = "1.0.31";
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
/** Its instants have no fractions of a second. */
const instant = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, "Z");

function keyOf({ publicKey }: Signer): Key {
  const scheme = {
    keyType: "ed25519",
    scheme: "ed25519",
    keyVal: { public: Buffer.from(publicKey).toString("hex") },
  };
  // A key is named by the digest of what it is.
  const keyID = sha256(canonical(new Key({ keyID: "", ...scheme }).toJSON()));
  return new Key({ keyID, ...scheme });
}

async function signedBy(
  signed: Root | Targets | Snapshot | Timestamp,
  signers: readonly Signer[],
): Promise<Uint8Array> {
  const file = new Metadata<Root | Targets | Snapshot | Timestamp>(signed);
  for (const signer of signers) {
    const { keyID } = keyOf(signer);
    let bytes = Buffer.alloc(0);
    // The models say which bytes are signed, and wait for nobody: so they are asked first, and signed afterwards.
    file.sign((given) => {
      bytes = Buffer.from(given);
      return new Signature({ keyID, sig: "" });
    });
    file.signatures[keyID] = new Signature({ keyID, sig: Buffer.from(await signer.sign(bytes)).toString("hex") });
  }
  return Buffer.from(JSON.stringify(file.toJSON()));
}

export interface Made {
  version: number;
  expires: Date;
}

/** Which key signs what from now on. @param before  whoever signed the root before: a house that saw that one follows */
export async function rootFile(
  { version, expires }: Made,
  now: Signers,
  before: Signer | undefined,
): Promise<Uint8Array> {
  const root = new Root({ version, specVersion: SPEC, expires: instant(expires), consistentSnapshot: true });
  for (const role of ROLES) root.addKey(keyOf(now[role]), role);
  const isSame = before && keyOf(before).keyID === keyOf(now.root).keyID;
  return signedBy(root, before && !isSame ? [before, now.root] : [now.root]);
}

/** A file that is offered: its path, and what it must be. */
export interface Offered {
  path: string;
  length: number;
  sha256: string;
}
export const offeredOf = (path: string, bytes: Uint8Array): Offered => ({
  path,
  length: bytes.length,
  sha256: sha256(bytes),
});

/** The other three files, each naming the one before it; by their names beside the root. */
export async function releaseFiles(
  { version, expires }: Made,
  timestampExpires: Date,
  files: readonly Offered[],
  signers: Signers,
): Promise<Record<"targets" | "snapshot" | "timestamp", Uint8Array>> {
  const common = { version, specVersion: SPEC, expires: instant(expires) };
  const list = new Targets(common);
  for (const { path, length, sha256: hash } of files)
    list.addTarget(new TargetFile({ path, length, hashes: { sha256: hash } }));
  const targets = await signedBy(list, [signers.targets]);
  const meta = (bytes: Uint8Array) =>
    new MetaFile({ version, length: bytes.length, hashes: { sha256: sha256(bytes) } });
  const snapshot = await signedBy(new Snapshot({ ...common, meta: { "targets.json": meta(targets) } }), [
    signers.snapshot,
  ]);
  const timestamp = await signedBy(
    new Timestamp({ ...common, expires: instant(timestampExpires), snapshotMeta: meta(snapshot) }),
    [signers.timestamp],
  );
  return { targets, snapshot, timestamp };
}
