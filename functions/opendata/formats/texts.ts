import { defineTexts } from "../../../shared/texts.ts";

/** What is said about files: what was assumed or repaired, and what is wrong. The codes of notes are these keys. */
export const formatTexts = defineTexts({
  en: {
    "at.whole": "the file",
    "at.line": "line {$n}",
    "at.row": "row {$n}",
    "at.feature": "feature {$n}",
    "at.record": "record {$n}",
    "at.in": "{$where} of {$file}",

    "type.text": "text",
    "type.integer": "a whole number",
    "type.number": "a number",
    "type.boolean": "yes or no",
    "type.date": "a day",
    "type.datetime": "a day and time",

    "column.but":
      ".input {$n :number} .match $n one {{Column {$column} would be {$type} but for {$n} value, in {$at}: “{$value}”.}} * {{Column {$column} would be {$type} but for {$n} values, the first in {$at}: “{$value}”.}}",
    "column.commas": "Column {$column}: commas were read as decimal signs.",
    "column.thousands": "Column {$column}: “{$value}” was read as {$read}, its separators as those of thousands.",
    "column.percent": "Column {$column}: the percent sign was dropped; “{$value}” was read as {$read}.",
    "column.days": "Column {$column}: “{$value}” was read as {$read}.",
    "column.days.unsure":
      "Column {$column}: “{$value}” was read as {$read}, day first. No value shows whether the month comes first.",
    "cell.integer": "“{$value}” is not a whole number.",
    "cell.number": "“{$value}” is not a number.",
    "cell.boolean": "“{$value}” is neither yes nor no.",
    "cell.date": "“{$value}” is not a day.",
    "cell.datetime": "“{$value}” is not a day and time.",
  },
  fr: {
    "at.whole": "le fichier",
    "at.line": "ligne {$n}",
    "at.row": "ligne {$n}",
    "at.feature": "entité {$n}",
    "at.record": "enregistrement {$n}",
    "at.in": "{$where} de {$file}",

    "type.text": "du texte",
    "type.integer": "un nombre entier",
    "type.number": "un nombre",
    "type.boolean": "oui ou non",
    "type.date": "un jour",
    "type.datetime": "un jour et une heure",

    "column.but":
      ".input {$n :number} .match $n one {{La colonne {$column} serait {$type}, à {$n} valeur près ({$at}) : « {$value} ».}} * {{La colonne {$column} serait {$type}, à {$n} valeurs près, la première {$at} : « {$value} ».}}",
    "column.commas": "Colonne {$column} : les virgules ont été lues comme signes décimaux.",
    "column.thousands":
      "Colonne {$column} : « {$value} » a été lu comme {$read}, ses séparateurs comme ceux des milliers.",
    "column.percent": "Colonne {$column} : le signe pour cent a été retiré ; « {$value} » a été lu comme {$read}.",
    "column.days": "Colonne {$column} : « {$value} » a été lu comme {$read}.",
    "column.days.unsure":
      "Colonne {$column} : « {$value} » a été lu comme {$read}, le jour d’abord. Aucune valeur ne montre si le mois vient d’abord.",
    "cell.integer": "« {$value} » n’est pas un nombre entier.",
    "cell.number": "« {$value} » n’est pas un nombre.",
    "cell.boolean": "« {$value} » n’est ni oui ni non.",
    "cell.date": "« {$value} » n’est pas un jour.",
    "cell.datetime": "« {$value} » n’est pas un jour et une heure.",
  },
  ar: {
    "at.whole": "الملف",
    "at.line": "السطر {$n}",
    "at.row": "الصف {$n}",
    "at.feature": "المعلم {$n}",
    "at.record": "السجل {$n}",
    "at.in": "{$where} من {$file}",

    "type.text": "نصًا",
    "type.integer": "عددًا صحيحًا",
    "type.number": "عددًا",
    "type.boolean": "نعم أو لا",
    "type.date": "يومًا",
    "type.datetime": "يومًا ووقتًا",

    "column.but":
      ".input {$n :number} .match $n one {{كان العمود {$column} سيُقرأ {$type} لولا قيمة واحدة ({$n}) في {$at}: «{$value}».}} * {{كان العمود {$column} سيُقرأ {$type} لولا قيم عددها {$n}، أولاها في {$at}: «{$value}».}}",
    "column.commas": "العمود {$column}: قُرئت الفواصل علامات عشرية.",
    "column.thousands": "العمود {$column}: قُرئت «{$value}» على أنها {$read}، وفواصلها فواصل آلاف.",
    "column.percent": "العمود {$column}: حُذفت علامة النسبة المئوية؛ قُرئت «{$value}» على أنها {$read}.",
    "column.days": "العمود {$column}: قُرئت «{$value}» على أنها {$read}.",
    "column.days.unsure":
      "العمود {$column}: قُرئت «{$value}» على أنها {$read}، اليوم أولًا. لا قيمة تبيّن هل يأتي الشهر أولًا.",
    "cell.integer": "«{$value}» ليست عددًا صحيحًا.",
    "cell.number": "«{$value}» ليست عددًا.",
    "cell.boolean": "«{$value}» ليست نعم ولا لا.",
    "cell.date": "«{$value}» ليست يومًا.",
    "cell.datetime": "«{$value}» ليست يومًا ووقتًا.",
  },
});
