import { expect, test } from "vitest";
import { doubtOf } from "../../functions/meters/hand/plausible.ts";
import { saidIn } from "../../functions/meters/hand/sms-text.ts";
import { photoOf } from "../../shared/photo.ts";

test("an SMS is understood in three languages and two kinds of digits", () => {
  for (const [text, said] of [
    ["METER 12345 67890", { lang: "en", number: "12345", value: "67890" }],
    ["meter: AB-12 reading = 678.5", { lang: "en", number: "AB-12", value: "678.5" }],
    ["compteur 12345 index 67890,25", { lang: "fr", number: "12345", value: "67890.25" }],
    ["عداد ١٢٣٤٥ قراءة ٦٧٨٩٠", { lang: "ar", number: "12345", value: "67890" }],
    ["عـداد ۱۲۳۴۵ ۶۷٫۵", { lang: "ar", number: "12345", value: "67.5" }],
    ["12 345 678", { number: "12 345", value: "678" }],
    ["678", { value: "678" }],
  ] as const)
    expect(saidIn(text), text).toEqual(said);
  for (const text of ["", "meter", "bonjour", "meter 12 abc", "meter 12 -5", "🙂".repeat(700)])
    expect(saidIn(text), text).not.toHaveProperty("value");
});

const DAY_S = 86_400;
const shown = (day: number, litres: number) => ({ atS: day * DAY_S, amount: BigInt(litres) * 1_000_000n });

test("less than before is asked about, and far more than usual; never what is little", () => {
  const before = [shown(0, 0), shown(10, 3_000)];
  expect(doubtOf("water", [], shown(1, 999_999))).toBeUndefined();
  expect(doubtOf("water", [shown(0, 5)], shown(1, 999_999))).toBeUndefined();
  expect(doubtOf("water", before, shown(20, 2_999))).toBe("below");
  expect(doubtOf("water", before, shown(20, 3_000))).toBeUndefined();
  expect(doubtOf("water", before, shown(20, 18_000))).toBeUndefined();
  expect(doubtOf("water", before, shown(20, 18_001))).toBe("above");
  // Five cubic metres are nobody's typing slip.
  expect(doubtOf("water", [shown(0, 0), shown(10, 0)], shown(11, 5_000))).toBeUndefined();
  expect(doubtOf("water", [shown(0, 0), shown(10, 0)], shown(11, 5_001))).toBe("above");
});

const chunk = (type: string, data: string) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(type + data, "latin1"), Buffer.alloc(4)]);
};
const riff = (...chunks: [string, Buffer][]) => {
  const body = Buffer.concat(
    chunks.map(([type, data]) => {
      const head = Buffer.alloc(8);
      head.write(type, 0, "latin1");
      head.writeUInt32LE(data.length, 4);
      return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
    }),
  );
  const head = Buffer.from("RIFF....WEBP", "latin1");
  head.writeUInt32LE(4 + body.length, 4);
  return Buffer.concat([head, body]);
};

// Guards against a home's place that is told by the picture of its meter.
test("of a picture only the picture is kept, whatever its name; another file is refused", () => {
  const secret = "GPS 6.8,-5.3";
  const png = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...[chunk("IHDR", "h"), chunk("eXIf", secret), chunk("tEXt", secret), chunk("IDAT", "d"), chunk("IEND", "")],
    Buffer.from(secret),
  ]);
  const flags = Buffer.from([0x2c, 0, 0, 0, 1, 0, 0, 1, 0, 0]);
  const webp = riff(["VP8X", flags], ["VP8 ", Buffer.from("abc")], ["EXIF", Buffer.from(secret)]);
  for (const [type, file] of [
    ["image/png", png],
    ["image/webp", webp],
  ] as const) {
    const photo = photoOf(file);
    expect(photo.type).toBe(type);
    expect(Buffer.from(photo.bytes).includes("GPS")).toBe(false);
    expect(photoOf(photo.bytes)).toEqual(photo);
  }
  expect(Buffer.from(photoOf(webp).bytes).readUInt8(20)).toBe(0);
  for (const file of [
    Buffer.alloc(0),
    Buffer.from("<svg onload=alert(1)>"),
    Buffer.from("GIF89a"),
    Buffer.from([0xff, 0xd8, 0xff]),
    Buffer.from([0xff, 0xd8, 0xff, 0xd9]),
    Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 2, 1, 2, 3]),
    png.subarray(0, 40),
    webp.subarray(0, 30),
    riff(["EXIF", Buffer.from(secret)]),
    Buffer.alloc(4 * 1024 * 1024 + 1, 0xff),
  ])
    expect(() => photoOf(file)).toThrow(/photo|picture/i);
});
