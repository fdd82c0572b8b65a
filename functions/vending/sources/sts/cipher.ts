// The Standard Transfer Algorithm (EA07) with the *sample* tables that IEC 62055-41 prints. The tables of meters in use
// are given to licensees of the STS Association alone: what is made here opens no meter that was ever installed.
const SUBSTITUTION = [
  [12, 10, 8, 4, 3, 15, 0, 2, 14, 1, 5, 13, 6, 9, 7, 11],
  [6, 9, 7, 4, 3, 10, 12, 14, 2, 13, 1, 15, 0, 11, 8, 5],
] as const;
// biome-ignore format: a table of 64 bits, as it is printed
const PERMUTATION = [
  29, 27, 34, 9, 16, 62, 55, 2, 40, 49, 38, 25, 33, 61, 30, 23, 1, 41, 21, 57, 42, 15, 5, 58, 19, 53, 22, 17, 48, 28,
  24, 39, 3, 60, 36, 14, 11, 52, 54, 12, 31, 51, 10, 26, 0, 45, 37, 43, 44, 6, 59, 4, 7, 35, 56, 50, 13, 18, 32, 47,
  46, 63, 20, 8,
];
const ROUNDS = 16;
const KEY_ALIGNMENT = 12n;

const rotatedLeft = (word: bigint, by: bigint) => BigInt.asUintN(64, (word << by) | (word >> (64n - by)));

/** A block of 64 bits under a key of 64. */
export function encrypted(block: bigint, decoderKey: bigint): bigint {
  let key = rotatedLeft(BigInt.asUintN(64, ~decoderKey), 64n - KEY_ALIGNMENT);
  let data = block;
  for (let round = 0; round < ROUNDS; round++) {
    data = permuted(substituted(data, key));
    key = rotatedLeft(key, 1n);
  }
  return data;
}

/** Each nibble by one of two tables, as the highest bit of the key's nibble at its place says. */
function substituted(data: bigint, key: bigint): bigint {
  let result = 0n;
  for (let at = 0n; at < 64n; at += 4n) {
    const table = SUBSTITUTION[Number((key >> (at + 3n)) & 1n) as 0 | 1];
    result |= BigInt(table[Number((data >> at) & 15n)]!) << at;
  }
  return result;
}

function permuted(data: bigint): bigint {
  let result = 0n;
  for (const [from, to] of PERMUTATION.entries()) result |= ((data >> BigInt(from)) & 1n) << BigInt(to);
  return result;
}
