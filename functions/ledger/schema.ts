import { z } from "zod";
import { TRANSFERS_MAX } from "../../shared/ledger.ts";
import { Currency } from "../../shared/money.ts";
import { LANGS } from "../../shared/texts.ts";
import { CHART_IDS } from "./domain.ts";

export const Proof = z
  .object({
    isSound: z.boolean(),
    problems: z.array(z.string()),
    segments: z.int(),
    transfers: z.int(),
    sums: z.record(z.string(), z.int()),
    digest: z.string(),
    closings: z.array(
      z.object({
        on: z.iso.date(),
        seq: z.int(),
        digest: z.string(),
        at: z.iso.datetime(),
        balancesDigest: z.string(),
      }),
    ),
  })
  .meta({ id: "LedgerProof" });

export const Balance = z.object({
  account: z.string(),
  currency: z.string(),
  /** Debits less credits. */
  balanceMinor: z.int(),
  /** Of the account's kind, where the chart knows it: the side that makes it grow. */
  normalSide: z.enum(["debit", "credit"]).optional(),
});
export type Balance = z.infer<typeof Balance>;

export const Entry = z
  .object({
    /** `<post id>/<1, 2, …>`. */
    id: z.string(),
    at: z.iso.datetime(),
    /** The day that it counts for. */
    on: z.iso.date(),
    seq: z.int(),
    debit: z.string(),
    credit: z.string(),
    amountMinor: z.int().positive(),
    currency: Currency,
    code: z.string().optional(),
    memo: z.string().optional(),
  })
  .meta({ id: "LedgerEntry" });
export type Entry = z.infer<typeof Entry>;

export const Account = z
  .string()
  .max(100)
  .regex(/^[a-z_]+(:[A-Za-z0-9_.-]+){0,4}$/, "an account such as revenue:water");

const TransferFields = z.strictObject({
  debit: Account,
  credit: Account,
  amountMinor: z.int().min(1).max(1_000_000_000_000_000),
  currency: Currency,
  code: z.string().max(40).optional(),
  memo: z.string().max(100).optional(),
});

/** What may be said of a batch besides its transfers. */
export const BatchOptions = z.strictObject({
  /** If not the day of the commit. A day of closed books is a conflict. */
  effectiveOn: z.iso.date().optional(),
  /** All is refused, as a conflict, if one of these would have less available. */
  mayNotGoBelow: z
    .array(z.strictObject({ account: Account, currency: Currency, minMinor: z.int() }))
    .max(100)
    .optional(),
});

const { debit, credit, amountMinor, currency, code, memo } = TransferFields.shape;
const column = <V extends z.ZodType>(value: V) => z.array(value).min(1).max(TRANSFERS_MAX).optional();

/** For the contract alone: the batch route checks plainly what is said here, see `batch.ts`. */
export const NewTransfers = z
  .union([
    BatchOptions.extend({
      /** What each transfer has, unless it says otherwise. */
      common: TransferFields.partial().optional(),
      /** With `common`, each has the fields of a whole transfer. */
      transfers: z.array(TransferFields.partial()).min(1).max(TRANSFERS_MAX),
    }),
    BatchOptions.extend({
      /** What all transfers have. */
      common: TransferFields.partial().optional(),
      /** What each has of its own: a value for each transfer, all lists of one length, no field that is common. */
      debit: column(debit),
      credit: column(credit),
      amountMinor: column(amountMinor),
      currency: column(currency),
      code: column(code.unwrap().nullable()),
      memo: column(memo.unwrap().nullable()),
    }),
  ])
  .meta({ id: "NewTransfers" });

export const PostedTransfers = z
  .object({
    /** The transfers are named `<id>/<1, 2, …>`. */
    id: z.string(),
    /** The segment that holds them. */
    seq: z.int(),
    transfers: z.int(),
  })
  .meta({ id: "PostedTransfers" });

export const Closing = z
  .object({
    on: z.iso.date(),
    state: z.enum(["asked", "closed"]),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    approvedBy: z.string().optional(),
    approvedAt: z.iso.datetime().optional(),
    seq: z.int().optional(),
  })
  .meta({ id: "LedgerClosing" });
export type Closing = z.infer<typeof Closing>;

/** A closing with what it fixed: recomputed from the journal up to the segment that closed. */
export const ClosedBooks = z
  .object({
    on: z.iso.date(),
    seq: z.int(),
    at: z.iso.datetime(),
    digest: z.string(),
    balancesDigest: z.string(),
    balances: z.array(Balance),
  })
  .meta({ id: "LedgerClosedBooks" });

export const NewClosing = z.strictObject({ on: z.iso.date() }).meta({ id: "NewLedgerClosing" });

export const ExportQuery = z.object({
  from: z.iso.date().default("0001-01-01"),
  to: z.iso.date().default("9999-12-31"),
  chart: z.enum(CHART_IDS).default("own"),
  lang: z.enum(LANGS).optional(),
});
