import { defineRefusals } from "../../shared/refusals.ts";

/** What the bank’s desk refuses. */
defineRefusals({
  en: {
    fourEyes: "Another person must agree: four eyes.",
    chooseFile: "Choose the bank's file.",
    decidedMeanwhile: "The order was decided meanwhile.",
    ibanKept: "This IBAN is kept under another name or currency.",
    owesLess: "The city owes less than this on {$account}.",
    orderState: "The order is ….",
    agreeFirst: "The order is …: another person agrees first.",
    takenBefore: "The statement {$id} was taken in before.",
  },
  fr: {
    fourEyes: "Une autre personne doit approuver.",
    chooseFile: "Choisissez le fichier de la banque.",
    decidedMeanwhile: "L’ordre a été décidé entre-temps.",
    ibanKept: "Cet IBAN est déjà enregistré sous un autre nom ou une autre monnaie.",
    owesLess: "La ville doit moins que cela sur {$account}.",
    orderState: "L’ordre a déjà été décidé : relisez.",
    agreeFirst: "Une autre personne doit d’abord approuver l’ordre.",
    takenBefore: "Le relevé {$id} a déjà été importé.",
  },
  ar: {
    fourEyes: "يجب أن يوافق شخص آخر.",
    chooseFile: "اختر ملف البنك.",
    decidedMeanwhile: "تقرّر الأمر في هذه الأثناء.",
    ibanKept: "رقم الآيبان هذا محفوظ باسم آخر أو بعملة أخرى.",
    owesLess: "تدين المدينة بأقل من ذلك في {$account}.",
    orderState: "تقرّر الأمر من قبل: راجعه مجددًا.",
    agreeFirst: "يجب أن يوافق شخص آخر على الأمر أولًا.",
    takenBefore: "استُورد الكشف {$id} من قبل.",
  },
});
