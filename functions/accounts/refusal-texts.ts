import { defineRefusals } from "../../shared/refusals.ts";

/** What the roll of accounts refuses. */
defineRefusals({
  en: {
    otherNumber: "This number is another account's.",
    numberThere: "There is an account {$number} already.",
    number: "letters, digits and . / -, at most 30",
  },
  fr: {
    otherNumber: "Ce numéro est celui d’un autre compte.",
    numberThere: "Il y a déjà un compte {$number}.",
    number: "Lettres, chiffres et . / -, au plus 30.",
  },
  ar: {
    otherNumber: "هذا الرقم لحساب آخر.",
    numberThere: "يوجد حساب {$number} من قبل.",
    number: "أحرف لاتينية وأرقام و. / -، 30 على الأكثر.",
  },
});
