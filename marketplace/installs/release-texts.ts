import { defineTexts } from "../../shared/texts.ts";

export const releaseTexts = defineTexts({
  en: {
    title: "The city’s own check",
    lead: "The city ran the same check as publisher and marketplace, over the very bytes that it would use.",
    checkedOn: "Version {$version}, checked on {$date}.",
    none: "The city has not checked version {$version} yet.",
    check: "Check version {$version}",
    again: "Check version {$version} again",
    hint: "Its examples are run, and nothing changes in the city’s service.",
    found: "What was found: {$what}",
    whole: "The whole report as JSON",
  },
  fr: {
    title: "Le contrôle de la ville elle-même",
    lead: "La ville a fait le même contrôle que l’éditeur et la place de marché, sur les octets mêmes qu’elle utiliserait.",
    checkedOn: "Version {$version}, contrôlée le {$date}.",
    none: "La ville n’a pas encore contrôlé la version {$version}.",
    check: "Contrôler la version {$version}",
    again: "Contrôler de nouveau la version {$version}",
    hint: "Ses exemples sont exécutés, et rien ne change dans le service de la ville.",
    found: "Ce qui a été trouvé : {$what}",
    whole: "Le rapport entier en JSON",
  },
  ar: {
    title: "فحص المدينة نفسها",
    lead: "أجرت المدينة الفحص نفسه الذي أجراه الناشر والسوق، على البايتات التي ستستعملها بعينها.",
    checkedOn: "الإصدار {$version}، فُحص في {$date}.",
    none: "لم تفحص المدينة الإصدار {$version} بعد.",
    check: "افحص الإصدار {$version}",
    again: "افحص الإصدار {$version} من جديد",
    hint: "تُجرى أمثلته، ولا يتغير شيء في خدمة المدينة.",
    found: "ما وُجد: {$what}",
    whole: "التقرير الكامل بصيغة JSON",
  },
});
