import { defineTexts } from "../../shared/texts.ts";

export const saysTexts = defineTexts({
  en: {
    dataOnly: "It runs no program, reads no resident’s data, and sends nothing anywhere.",
    tariff_water:
      "“{$title}” may set the price of water on new bills, in {$currency}. Bills already issued do not change.",
    tariff_electricity:
      "“{$title}” may set the price of electricity on new bills, in {$currency}. Bills already issued do not change.",
    tariff_gas: "“{$title}” may set the price of gas on new bills, in {$currency}. Bills already issued do not change.",
    dataset:
      ".input {$count :number} .match $count one {{It describes a table for open data, “{$title}”, with {$count} column. The table is empty until the city fills it.}} * {{It describes a table for open data, “{$title}”, with {$count} columns. The table is empty until the city fills it.}}",
    indicator: "It defines a figure, “{$title}”: {$formula}.",
    texts_explanation: "It shows residents an explanation, “{$title}”.",
    texts_easy_read: "It shows residents a text in plain language, “{$title}”.",
    texts_lesson: "It shows a lesson, “{$title}”.",
  },
  fr: {
    dataOnly: "Il n’exécute aucun programme, ne lit les données d’aucun habitant et n’envoie rien nulle part.",
    tariff_water:
      "« {$title} » peut fixer le prix de l’eau sur les nouvelles factures, en {$currency}. Les factures déjà émises ne changent pas.",
    tariff_electricity:
      "« {$title} » peut fixer le prix de l’électricité sur les nouvelles factures, en {$currency}. Les factures déjà émises ne changent pas.",
    tariff_gas:
      "« {$title} » peut fixer le prix du gaz sur les nouvelles factures, en {$currency}. Les factures déjà émises ne changent pas.",
    dataset:
      ".input {$count :number} .match $count one {{Il décrit une table de données ouvertes, « {$title} », de {$count} colonne. Elle est vide tant que la ville ne la remplit pas.}} * {{Il décrit une table de données ouvertes, « {$title} », de {$count} colonnes. Elle est vide tant que la ville ne la remplit pas.}}",
    indicator: "Il définit un chiffre, « {$title} » : {$formula}.",
    texts_explanation: "Il montre aux habitants une explication, « {$title} ».",
    texts_easy_read: "Il montre aux habitants un texte facile à lire, « {$title} ».",
    texts_lesson: "Il montre une leçon, « {$title} ».",
  },
  ar: {
    dataOnly: "لا تشغّل أي برنامج، ولا تقرأ بيانات أي ساكن، ولا ترسل شيئاً إلى أي مكان.",
    tariff_water:
      "يجوز لـ«{$title}» أن تحدّد سعر الماء في الفواتير الجديدة، بعملة {$currency}. لا تتغيّر الفواتير الصادرة.",
    tariff_electricity:
      "يجوز لـ«{$title}» أن تحدّد سعر الكهرباء في الفواتير الجديدة، بعملة {$currency}. لا تتغيّر الفواتير الصادرة.",
    tariff_gas:
      "يجوز لـ«{$title}» أن تحدّد سعر الغاز في الفواتير الجديدة، بعملة {$currency}. لا تتغيّر الفواتير الصادرة.",
    dataset:
      ".input {$count :number} .match $count zero {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بلا أعمدة ({$count}). يبقى فارغاً حتى تملأه المدينة.}} one {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بعمود واحد ({$count}). يبقى فارغاً حتى تملأه المدينة.}} two {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بعمودين ({$count}). يبقى فارغاً حتى تملأه المدينة.}} few {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بـ{$count} أعمدة. يبقى فارغاً حتى تملأه المدينة.}} many {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بـ{$count} عموداً. يبقى فارغاً حتى تملأه المدينة.}} * {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بـ{$count} عمود. يبقى فارغاً حتى تملأه المدينة.}}",
    indicator: "تعرّف رقماً، «{$title}»: {$formula}.",
    texts_explanation: "تعرض على السكان شرحاً بعنوان «{$title}».",
    texts_easy_read: "تعرض على السكان نصاً بلغة مبسّطة بعنوان «{$title}».",
    texts_lesson: "تعرض درساً بعنوان «{$title}».",
  },
});
