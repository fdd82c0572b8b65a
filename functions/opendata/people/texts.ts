import { defineTexts } from "../../../shared/texts.ts";

export const peopleTexts = defineTexts({
  en: {
    title: "Groups of people in open data",
    lead: "How many people must look alike before anything about them is published.",
    k: "Smallest group",
    kHint:
      ".input {$least :number} .input {$usual :number} {{At least {$least}; {$usual} is usual. More protects better and shows less.}}",
    reason: "Why",
    reasonHint: ".input {$usual :number} {{Everybody may read it. Below {$usual} it must be said.}}",
    save: "Decide",
    saved: "It holds for whatever is read from now on.",
    later: "What is public already stays as it is. A draft that was read by a laxer rule must be read again.",
    decided: "What was decided",
    on: "On",
    kWrong: ".input {$k :number} {{A whole number, {$k} or more.}}",
    reasonMissing: ".input {$k :number} {{Say why it is less than {$k}.}}",
  },
  fr: {
    title: "Groupes de personnes dans les données ouvertes",
    lead: "Combien de personnes doivent se ressembler avant que quelque chose soit publié sur elles.",
    k: "Plus petit groupe",
    kHint:
      ".input {$least :number} .input {$usual :number} {{Au moins {$least} ; {$usual} est l’usage. Davantage protège mieux et montre moins.}}",
    reason: "Pourquoi",
    reasonHint: ".input {$usual :number} {{Chacun peut le lire. En dessous de {$usual}, il faut le dire.}}",
    save: "Décider",
    saved: "Cela vaut pour tout ce qui sera lu désormais.",
    later: "Ce qui est déjà public reste tel quel. Un brouillon lu selon une règle moins stricte doit être relu.",
    decided: "Ce qui a été décidé",
    on: "Le",
    kWrong: ".input {$k :number} {{Un nombre entier, {$k} ou plus.}}",
    reasonMissing: ".input {$k :number} {{Dites pourquoi c’est moins que {$k}.}}",
  },
  ar: {
    title: "مجموعات الأشخاص في البيانات المفتوحة",
    lead: "كم شخصا يجب أن يتشابهوا قبل أن يُنشر شيء عنهم.",
    k: "أصغر مجموعة",
    kHint:
      ".input {$least :number} .input {$usual :number} {{{$least} على الأقل، والمعتاد {$usual}. كلما زاد العدد زادت الحماية وقلّ ما يُعرض.}}",
    reason: "السبب",
    reasonHint: ".input {$usual :number} {{يمكن للجميع قراءته. ويجب ذكره إن كان العدد دون {$usual}.}}",
    save: "قرر",
    saved: "يسري على كل ما يُقرأ من الآن.",
    later: "ما نُشر من قبل يبقى كما هو. والمسودة التي قُرئت بقاعدة أقل صرامة يجب أن تُقرأ من جديد.",
    decided: "ما تقرر",
    on: "في",
    kWrong: ".input {$k :number} {{عدد صحيح لا يقل عن {$k}.}}",
    reasonMissing: ".input {$k :number} {{اذكر لماذا هو أقل من {$k}.}}",
  },
});
