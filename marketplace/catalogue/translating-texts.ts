import { defineTexts } from "../../shared/texts.ts";

/** The page for whoever puts the house's pages into a further language. */
export const translatingTexts = defineTexts({
  en: {
    title: "Texts to translate",
    lead: "What residents’ pages say, by the keys under which a module gives them a further language.",
    how: "A part of the kind texts, used for pages, names the language and has a text for each key that it translates, in MessageFormat 2, with the same values in braces. The check says what cannot stand. What is left out is shown in the city’s own language.",
    closed:
      "Some texts are not here: those by which a lie would cost most, such as whether a receipt is genuine, and those that are only sent.",
    asJson: "All of them as JSON",
    groups: "Groups",
    key: "Key",
    text: "Text",
    values: "Values",
    caption: "Texts of “{$name}”: {$n :number}",
  },
  fr: {
    title: "Textes à traduire",
    lead: "Ce que disent les pages des habitants, par les clés sous lesquelles un module leur donne une langue de plus.",
    how: "Une partie de type texts, utilisée pour les pages, nomme la langue et porte un texte pour chaque clé qu’elle traduit, en MessageFormat 2, avec les mêmes valeurs entre accolades. Le contrôle dit ce qui ne convient pas. Ce qui manque reste dans la langue de la ville.",
    closed:
      "Certains textes n’y sont pas : ceux dont un mensonge coûterait le plus, comme l’authenticité d’un reçu, et ceux qui sont seulement envoyés.",
    asJson: "Tous en JSON",
    groups: "Groupes",
    key: "Clé",
    text: "Texte",
    values: "Valeurs",
    caption: "Textes de « {$name} » : {$n :number}",
  },
  ar: {
    title: "نصوص للترجمة",
    lead: "ما تقوله صفحات السكان، بالمفاتيح التي تضيف بها وحدةٌ لغة أخرى إليها.",
    how: "جزء من نوع texts مخصص للصفحات يسمي اللغة ويضم نصاً لكل مفتاح يترجمه، بصيغة MessageFormat 2، وبالقيم نفسها بين الأقواس. ويقول الفحص ما لا يصلح. وما ينقص يُعرض بلغة المدينة.",
    closed: "بعض النصوص ليست هنا: ما يكون الكذب فيه أشد ضرراً، كصحة الإيصال، وما يُرسل فقط.",
    asJson: "كلها بصيغة JSON",
    groups: "المجموعات",
    key: "المفتاح",
    text: "النص",
    values: "القيم",
    caption: "نصوص «{$name}»: {$n :number}",
  },
});
