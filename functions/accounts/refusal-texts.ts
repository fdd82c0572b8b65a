import { defineRefusals } from "../../shared/refusals.ts";

/** What the roll of accounts refuses. */
defineRefusals({
  en: {
    otherNumber: "This number is another account's.",
    numberThere: "There is an account {$number} already.",
  },
  fr: {
    otherNumber: "Ce numéro est celui d’un autre compte.",
    numberThere: "Il y a déjà un compte {$number}.",
  },
  ar: {
    otherNumber: "هذا الرقم لحساب آخر.",
    numberThere: "يوجد حساب {$number} من قبل.",
  },
});
