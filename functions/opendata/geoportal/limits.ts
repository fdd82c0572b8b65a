/** Of one file to be taken along: told before it is made. */
export const MOST_A_FILE = { places: 3_000, bytes: 4_000_000 } as const;
