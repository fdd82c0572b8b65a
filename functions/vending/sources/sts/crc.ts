/** CRC-16 with the polynomial 8005, bits and bytes reversed, over the 50 bits before it as 7 bytes. */
export function checksum(bits50: bigint): number {
  let crc = 0xffff;
  for (let at = 6; at >= 0; at--) {
    crc ^= Number((bits50 >> BigInt(8 * at)) & 0xffn);
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return ((crc & 0xff) << 8) | (crc >> 8);
}
