import { defineTexts } from "../../../shared/texts.ts";

export const modulePageTexts = defineTexts({
  en: {
    modules: "Modules",
    empty: "Nothing is published for “{$title}” yet.",
    noRows: "There is no row for this yet.",
    rowsOf: "{$title}: rows shown {$shown} of {$total}",
    somePlaces: "Not all places are drawn.",
    all: "All of {$title}",
    noPlaces: "No row of “{$title}” has a place.",
    made: "This page is part of a module by {$publisher}. Its figures are the city’s published data.",
    about: "About the module",
  },
  fr: {
    modules: "Modules",
    empty: "Rien n’est encore publié pour « {$title} ».",
    noRows: "Il n’y a pas encore de ligne à montrer ici.",
    rowsOf: "{$title} : lignes montrées {$shown} sur {$total}",
    somePlaces: "Tous les lieux ne sont pas dessinés.",
    all: "Tout voir : {$title}",
    noPlaces: "Aucune ligne de « {$title} » n’a de lieu.",
    made: "Cette page fait partie d’un module de {$publisher}. Ses chiffres sont les données publiées par la ville.",
    about: "À propos du module",
  },
  ar: {
    modules: "الوحدات",
    empty: "لم يُنشر شيء بعد في «{$title}».",
    noRows: "لا يوجد صف يُعرض هنا بعد.",
    rowsOf: "{$title}: الصفوف المعروضة {$shown} من {$total}",
    somePlaces: "لم تُرسم كل الأماكن.",
    all: "عرض الكل: {$title}",
    noPlaces: "لا مكان لأي صف من «{$title}».",
    made: "هذه الصفحة جزء من وحدة أعدّها {$publisher}. أرقامها من البيانات التي نشرتها المدينة.",
    about: "عن الوحدة",
  },
});
