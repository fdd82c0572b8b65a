import { defineRefusals } from "./refusals.ts";

// What zod says where a schema has no words of its own, and a page read its form by more than `form`.
defineRefusals({
  en: {
    missing: "Invalid input: expected …, received undefined",
    number: "Invalid input: expected number, received …",
    other: "Invalid input: expected …, received …",
    option: "Invalid option: expected one of …",
    textShort: "Too small: expected string to have >={$least} characters",
    textLong: "Too big: expected string to have <={$most} characters",
    listShort: "Too small: expected array to have >={$least} items",
    numberLittle: "Too small: expected number to be >={$least}",
    numberAbove: "Too small: expected number to be >{$below}",
    numberMuch: "Too big: expected number to be <={$most}",
  },
  fr: {
    missing: "Remplissez ce champ.",
    number: "Écrivez un nombre.",
    other: "Ceci n’a pas la bonne forme.",
    option: "Choisissez l’une des réponses proposées.",
    textShort: "Au moins {$least} signes.",
    textLong: "Au plus {$most} signes.",
    listShort: "Au moins {$least} choix.",
    numberLittle: "Au moins {$least}.",
    numberAbove: "Plus que {$below}.",
    numberMuch: "Au plus {$most}.",
  },
  ar: {
    missing: "املأ هذه الخانة.",
    number: "اكتب رقمًا.",
    other: "ليس هذا بالصيغة الصحيحة.",
    option: "اختر أحد الخيارات المعروضة.",
    textShort: "{$least} رموز على الأقل.",
    textLong: "{$most} رمزًا على الأكثر.",
    listShort: "{$least} خيارات على الأقل.",
    numberLittle: "{$least} على الأقل.",
    numberAbove: "أكثر من {$below}.",
    numberMuch: "{$most} على الأكثر.",
  },
});
