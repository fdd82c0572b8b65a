import { defineRefusals } from "./refusals.ts";

/** What every room refuses with. */
defineRefusals({
  en: {
    wholeAmount: "A whole amount, such as 1250.",
    amountPlaces: "An amount with at most {$places} decimal places.",
    amountAbove: "An amount above 0.",
    percentPlaces: "A number with at most 2 decimal places.",
    notContact: "This is neither a telephone number nor an e-mail address.",
    notEmail: "This is not an e-mail address such as awa@example.org.",
    halfSign: "This text has half a sign in it.",
    outOfDate: "This form is out of date. Go back, reload it, and send it again.",
  },
  fr: {
    wholeAmount: "Un montant entier, par exemple 1250.",
    amountPlaces: "Un montant avec au plus {$places} décimales.",
    amountAbove: "Un montant supérieur à 0.",
    percentPlaces: "Un nombre avec au plus 2 décimales.",
    notContact: "Ce n’est ni un numéro de téléphone ni une adresse e-mail.",
    notEmail: "Ce n’est pas une adresse e-mail comme awa@example.org.",
    halfSign: "Ce texte contient un signe incomplet.",
    outOfDate: "Ce formulaire n’est plus à jour. Revenez en arrière, rechargez-le et renvoyez-le.",
  },
  ar: {
    wholeAmount: "مبلغ بلا كسور، مثل 1250.",
    amountPlaces: "مبلغ لا تزيد خاناته العشرية على {$places}.",
    amountAbove: "مبلغ أكبر من 0.",
    percentPlaces: "رقم لا تزيد خاناته العشرية على 2.",
    notContact: "ليس هذا رقم هاتف ولا عنوان بريد إلكتروني.",
    notEmail: "ليس هذا عنوان بريد إلكتروني مثل awa@example.org.",
    halfSign: "في هذا النص رمز ناقص.",
    outOfDate: "هذا النموذج لم يعد صالحًا. عُد إليه وأعد تحميله ثم أرسله مجددًا.",
  },
});
