declare module "siphash" {
  /** As much of it as is used: SipHash-2-4. */
  const siphash: {
    /** @param key  16 bytes as four words, the lowest byte first */
    hash(key: Uint32Array, message: Uint8Array): { h: number; l: number };
  };
  export default siphash;
}
