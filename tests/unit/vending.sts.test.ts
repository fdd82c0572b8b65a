import { expect, test } from "vitest";
import { checksum } from "../../functions/vending/sources/sts/crc.ts";
import { minutesSince } from "../../functions/vending/sources/sts/identifier.ts";
import { decoderKey } from "../../functions/vending/sources/sts/key.ts";
import { isMeterNumber } from "../../functions/vending/sources/sts/number.ts";
import { factoryKey } from "../meter/sts.ts";

// Guards against an encoder and a meter that agree with one another, and with nobody else.
test("the checksum is that of the token which the STS Association prints as its example", () => {
  const credit = "00" + "0000" + "0101" + "110000000010101001010101" + "0010011100010000";
  expect(checksum(BigInt(`0b${credit}`)).toString(16)).toBe("1970");
  expect(minutesSince(1993, new Date("2016-12-11T15:49:00Z"))).toBe(0b110000000010101001010101);
});

test("a meter's key is that of the published compliance vectors (STS 531-1, CTSA01)", () => {
  const vendingKey = Buffer.from("abababababababab", "hex");
  const key = { supplyGroup: "123456", keyRevision: 1, tariffIndex: "01", baseYear: 1993 as const };
  expect(decoderKey(vendingKey, "00000000000", key).toString(16)).toBe("e653341f9d5bf36f");
  expect(factoryKey(vendingKey, { number: "00000000000", ...key })).toBe("e653341f9d5bf36f");
});

test("a number ends in its check digit, and has 11 or 13 digits", () => {
  for (const number of ["04257670465", "04155183447", "0268999900262"])
    expect(isMeterNumber(number), number).toBe(true);
  for (const number of ["04257670464", "042576704650", "", "0425767046x", "0268999900261"])
    expect(isMeterNumber(number), number).toBe(false);
});
