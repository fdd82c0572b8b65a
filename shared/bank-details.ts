import { isValidBIC, isValidIBAN } from "ibantools";
import { z } from "zod";

// Whom a bank pays, in the form that every bank takes.

const compact = (text: string) => text.toUpperCase().replace(/\s/g, "");

/** ISO 13616, checked by country and check digits; kept without spaces. */
export const Iban = z
  .string()
  .max(42)
  .transform(compact)
  .refine((iban) => isValidIBAN(iban), "an IBAN whose check digits fit")
  .meta({ example: "FR7630006000011234567890189" });
export const Bic = z
  .string()
  .max(14)
  .transform(compact)
  .refine((bic) => isValidBIC(bic), "a BIC of 8 or 11 signs");

/** What a payment order may carry to a bank: the letters that ISO 20022 files may hold, and those of the names of people. */
export const BankText = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[\p{L}\p{N} /\-?:().,'+&]+$/u, "letters, digits and / - ? : ( ) . , ' + & alone");
