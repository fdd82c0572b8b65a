/** The shape that all tables share, for CDK and for the embedded engine: `gsi1` lists, `gsi2` holds what falls due. */
export const TABLE_KEYS = { pk: "pk", sk: "sk" } as const;
export const TABLE_INDEXES = [
  { name: "gsi1", pk: "gsi1pk", sk: "gsi1sk" },
  { name: "gsi2", pk: "gsi2pk", sk: "gsi2sk" },
] as const;
export const TABLE_TTL = "expiresAt";
