/**
 * Prices that the figures are counted with. Source: "Amazon DynamoDB pricing, on-demand capacity", us-east-1, as of
 * November 2024, when AWS halved it: USD 0.625 per million write request units, 0.125 per million read request units.
 * A write request unit is 1 KB, begun ones whole; in a transaction each counts twice.
 */
export const DOLLARS_PER_MILLION_WRITE_UNITS = 0.625;

/** A strongly consistent read of up to 4 KB is one read request unit; same source. */
export const DOLLARS_PER_MILLION_READ_UNITS = 0.125;

/** "Amazon S3 pricing, requests", S3 Standard, us-east-1, November 2024: USD 0.005 per thousand PUT requests. */
export const DOLLARS_PER_MILLION_PUTS = 5;
