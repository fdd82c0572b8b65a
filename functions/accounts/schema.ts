import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { LANGS } from "../../shared/texts.ts";

export const AccountId = Id("acc");
/** As the city writes it on letters. */
export const AccountNumber = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9./-]{0,29}$/, "letters, digits and . / -, at most 30");

const fields = {
  number: AccountNumber,
  name: z.string().trim().min(1).max(120),
  address: z.string().trim().min(1).max(200).optional(),
  /** The part of the city, as the city calls it; figures are counted by it. */
  district: z.string().trim().min(1).max(60).optional(),
  /** A telephone number or an e-mail address; kept as E.164 or in small letters. */
  contact: z.string().trim().min(3).max(200).optional(),
  /** In which the customer is written to; without it, the city's own. */
  lang: z.enum(LANGS).optional(),
};

const { number: _stays, ...changeable } = fields;

/** The id is chosen by the caller if it likes, so that sending it twice opens one account. */
export const NewAccount = z.strictObject({ id: AccountId.optional(), ...fields }).meta({ id: "NewAccount" });
export type NewAccount = z.infer<typeof NewAccount>;

/** Its number stays; what is left out is taken off. */
export const AccountChange = z.strictObject(changeable).meta({ id: "AccountChange" });
export type AccountChange = z.infer<typeof AccountChange>;

export const Account = z
  .object({
    id: AccountId,
    ...fields,
    /** By which whoever has it pays the account, such as `A-K7M2-9QXR-J`; drawn when it is opened, and never another. */
    reference: z.string().optional(),
    openedAt: z.iso.datetime(),
  })
  .meta({ id: "Account" });
export type Account = z.infer<typeof Account>;
