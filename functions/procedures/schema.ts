import { z } from "@hono/zod-openapi";
import { MOVERS, PAPER_FORMATS, ProcedurePart, WAITS } from "../../marketplace/contract/procedure.ts";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { LANGS } from "../../shared/texts.ts";

/** The city's own: a PartId. A module's: `publisher.module.part`. */
export const ProcedureKey = z
  .string()
  .max(130)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+\.[a-z0-9-]+)?$/);

/** What the city itself has written, in the shape in which modules bring theirs. */
export const OwnProcedure = z.object({
  part: ProcedurePart,
  /** New cases may be begun; those that were go on either way. */
  isOpen: z.boolean(),
  revision: z.int().min(1),
  by: z.string(),
  at: z.iso.datetime(),
});
export type OwnProcedure = z.infer<typeof OwnProcedure>;

/** A procedure as it was when a case was begun: the case goes by it to its end. */
export const Definition = z.object({
  key: ProcedureKey,
  part: ProcedurePart,
  prices: z.record(z.string(), z.int()),
  version: z.string(),
  module: z.string().optional(),
});
export type Definition = z.infer<typeof Definition>;

export const HandedFile = z.object({
  file: z.string(),
  name: z.string(),
  format: z.enum(PAPER_FORMATS),
  bytes: z.int(),
});
const Answer = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), HandedFile, z.null()]);

const CaseFee = z.object({
  netMinor: z.int(),
  vatMinor: z.int(),
  roundingMinor: z.int().optional(),
  totalMinor: z.int(),
  currency: Currency,
  billId: z.string().optional(),
  billReference: z.string().optional(),
  paidAt: z.iso.datetime().optional(),
});

export const IssuedPaper = z.object({
  paper: z.string(),
  number: z.string(),
  /** Who has it besides the number sees the paper itself. */
  code: z.string(),
  issuedOn: z.iso.date(),
  from: z.iso.date(),
  until: z.iso.date().optional(),
  revokedOn: z.iso.date().optional(),
});
export type IssuedPaper = z.infer<typeof IssuedPaper>;

const Proposal = z.object({
  transition: z.string(),
  by: z.string(),
  at: z.iso.datetime(),
  reason: z.string().optional(),
  note: z.string().optional(),
});

export const Case = z.object({
  id: Id("pcs"),
  procedure: ProcedureKey,
  digest: z.string(),
  /** None as long as it was not handed in. */
  state: z.string().optional(),
  waits: z.enum(WAITS).optional(),
  since: z.iso.datetime().optional(),
  dueOn: z.iso.date().optional(),
  startedAt: z.iso.datetime(),
  submittedAt: z.iso.datetime().optional(),
  /** What people read aloud, and the code that they type beside it. */
  reference: z.string().optional(),
  code: z.string().optional(),
  /** The secret part of the applicant's own address. */
  link: z.string(),
  origin: z.string(),
  lang: z.enum(LANGS),
  personId: z.string().optional(),
  contact: z.string().optional(),
  /** The applicant was asked how to be reached, and said so or left it out. */
  isContactAsked: z.boolean(),
  answers: z.record(z.string(), Answer),
  /** Which of them were changed since the case was last handed in. */
  changed: z.array(z.string()).optional(),
  fee: CaseFee.optional(),
  /** Since when its fee, which had been paid, is due again: until it is paid, or staff has seen it. */
  unpaidSince: z.iso.datetime().optional(),
  /** What one member of staff has begun and another must agree to. */
  proposal: Proposal.optional(),
  papers: z.array(IssuedPaper),
  revision: z.int(),
  erasedAt: z.iso.datetime().optional(),
});
export type Case = z.infer<typeof Case>;

/** One line of what happened to a case. */
export const Did = z
  .object({
    at: z.iso.datetime(),
    what: z.enum(["submitted", "moved", "proposed", "dropped", "paid_late", "unpaid", "paid_again", "seen", "erased"]),
    /** A person's id; of an applicant without an account, and of what happens by itself, the word. */
    by: z.string(),
    mover: z.enum(MOVERS).optional(),
    transition: z.string().optional(),
    from: z.string().optional(),
    to: z.string().optional(),
    reason: z.string().optional(),
    note: z.string().optional(),
    /** Which answers were changed since it was last handed in. */
    changed: z.array(z.string()).optional(),
  })
  .meta({ id: "CaseEntry" });
export type Did = z.infer<typeof Did>;

export const NewMove = z
  .strictObject({
    transition: z.string().max(60),
    reason: z.string().max(60).optional(),
    note: z.string().trim().max(1_000).optional(),
  })
  .meta({ id: "NewMove" });
export type NewMove = z.infer<typeof NewMove>;

/** A case as staff and their programs see it: without what opens it to the applicant. */
export const CaseFacts = Case.omit({ link: true, code: true, origin: true, papers: true })
  .extend({ papers: z.array(IssuedPaper.omit({ code: true })) })
  .meta({ id: "ProcedureCase" });
export type CaseFacts = z.infer<typeof CaseFacts>;
export const factsOf = ({ link: _, code: _code, origin: _origin, papers, ...rest }: Case): CaseFacts => ({
  ...rest,
  papers: papers.map(({ code: _secret, ...paper }) => paper),
});
