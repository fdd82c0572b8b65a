import { invalid } from "./errors.ts";

/** A picture without anything but its picture. */
export interface Photo {
  type: "image/jpeg" | "image/png" | "image/webp";
  bytes: Uint8Array;
}

const MB = 1024 * 1024;

/**
 * A picture as it may be kept: known by its contents, and without what a telephone writes into it (place, time, owner,
 * a smaller picture, a film at its end). Only the parts that are the picture are copied, so what is not known goes too.
 *
 * @throws {Fault} invalid at the field: too large, another format, or damaged
 */
export function photoOf(sent: Uint8Array, { field = "photo", maxMb = 4 } = {}): Photo {
  const wrong = (detail: string) => invalid(`#/${field}`, detail);
  if (sent.length > maxMb * MB) throw wrong(`A photo has at most ${maxMb} MB.`);
  const file = Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength);
  try {
    if (file.subarray(0, 2).equals(JPEG)) return { type: "image/jpeg", bytes: jpeg(file) };
    if (file.subarray(0, 8).equals(PNG)) return { type: "image/png", bytes: png(file) };
    if (file.toString("latin1", 0, 4) === "RIFF" && file.toString("latin1", 8, 12) === "WEBP")
      return { type: "image/webp", bytes: webp(file) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong("The photo is damaged.");
  }
  throw wrong("Choose a JPEG, PNG or WebP picture.");
}

const JPEG = Buffer.from([0xff, 0xd8]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const damaged = (): never => {
  throw new RangeError("cut off");
};

const [EOI, SOS, COM, APP0, ADOBE] = [0xd9, 0xda, 0xfe, 0xe0, 0xee];
const isApp = (marker: number) => marker >= APP0 && marker <= 0xef;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;

/** Segments without the application's own and comments; Adobe's says how the colours are to be read. */
function jpeg(file: Buffer): Buffer {
  const parts: Buffer[] = [JPEG];
  let hasPicture = false;
  for (let at = 2; ; ) {
    if (file.readUInt8(at) !== 0xff) damaged();
    const marker = file.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === EOI) {
      if (!hasPicture) damaged();
      return Buffer.concat([...parts, Buffer.from([0xff, EOI])]);
    }
    let end = at + 2 + file.readUInt16BE(at + 2);
    if (end > file.length || end < at + 4) damaged();
    if (marker === SOS) {
      hasPicture = true;
      // The picture itself ends at the next marker that is none of its own.
      while (file.readUInt8(end) !== 0xff || file.readUInt8(end + 1) === 0 || isRestart(file.readUInt8(end + 1))) end++;
    }
    if (marker !== COM && (!isApp(marker) || marker === ADOBE)) parts.push(file.subarray(at, end));
    at = end;
  }
}

const PICTURE_CHUNKS = new Set(["IHDR", "PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "IDAT", "IEND"]);

function png(file: Buffer): Buffer {
  const parts: Buffer[] = [PNG];
  for (let at = PNG.length; ; ) {
    const type = file.toString("latin1", at + 4, at + 8);
    const end = at + 12 + file.readUInt32BE(at);
    if (end > file.length) damaged();
    if (PICTURE_CHUNKS.has(type)) parts.push(file.subarray(at, end));
    if (type === "IEND") return Buffer.concat(parts);
    at = end;
  }
}

const WEBP_CHUNKS = new Set(["VP8 ", "VP8L", "VP8X", "ALPH"]);
/** Of VP8X: that there is a profile, EXIF, XMP or an animation. */
const NOT_KEPT = 0x20 | 0x08 | 0x04 | 0x02;

function webp(file: Buffer): Buffer {
  const whole = Math.min(file.length, 8 + file.readUInt32LE(4));
  const parts: Buffer[] = [];
  for (let at = 12; at + 8 <= whole; ) {
    const type = file.toString("latin1", at, at + 4);
    const size = file.readUInt32LE(at + 4);
    if (at + 8 + size > file.length) damaged();
    if (WEBP_CHUNKS.has(type)) {
      const chunk = Buffer.alloc(8 + size + (size % 2));
      file.copy(chunk, 0, at, at + 8 + size);
      if (type === "VP8X") chunk.writeUInt8(chunk.readUInt8(8) & ~NOT_KEPT, 8);
      parts.push(chunk);
    }
    at += 8 + size + (size % 2);
  }
  if (!parts.some((part) => /^VP8[ L]$/.test(part.toString("latin1", 0, 4)))) damaged();
  const body = Buffer.concat(parts);
  const head = Buffer.from("RIFF....WEBP", "latin1");
  head.writeUInt32LE(4 + body.length, 4);
  return Buffer.concat([head, body]);
}
