import { defineTexts } from "../../shared/texts.ts";

export const saysTexts = defineTexts({
  en: {
    dataOnly: "It runs no program, reads no resident’s data, and sends nothing anywhere.",
    noProgram: "It runs no program, and sends nothing out of the city.",
    codeStays:
      "It runs its publisher’s program inside the city: without network, files, clock or chance. Nothing is sent out of the city.",
    dataLeaves: "Data leave the city, to {$hosts}. What is done with them there nobody here can see.",
    remote: "“{$title}” is a service of its publisher at {$host}, outside the city.",
    rule: "“{$title}” acts by itself when {$when}.",
    function: "“{$title}” is a program that looks at what it may read and proposes what to do.",
    texts_message: "It may have this message sent: “{$title}”.",
    tariff_water:
      "“{$title}” may set the price of water on new bills, in {$currency}. Bills already issued do not change.",
    tariff_electricity:
      "“{$title}” may set the price of electricity on new bills, in {$currency}. Bills already issued do not change.",
    tariff_gas: "“{$title}” may set the price of gas on new bills, in {$currency}. Bills already issued do not change.",
    dataset:
      ".input {$count :number} .match $count one {{It describes a table for open data, “{$title}”, with {$count} column. The table is empty until the city fills it.}} * {{It describes a table for open data, “{$title}”, with {$count} columns. The table is empty until the city fills it.}}",
    harvest_hour:
      "It describes a table for open data, “{$title}”, and has the city ask {$hosts} for its rows every hour. Data come in; nothing of the city is sent along.",
    harvest_day:
      "It describes a table for open data, “{$title}”, and has the city ask {$hosts} for its rows every day. Data come in; nothing of the city is sent along.",
    harvest_week:
      "It describes a table for open data, “{$title}”, and has the city ask {$hosts} for its rows every week. Data come in; nothing of the city is sent along.",
    indicator: "It defines a figure, “{$title}”: {$formula}.",
    procedure:
      ".input {$count :number} .match $count one {{It takes applications, “{$title}”, by {$count} question. The answers stay in the city.}} * {{It takes applications, “{$title}”, by {$count} questions. The answers stay in the city.}}",
    procedureAsks: "It asks: {$questions}.",
    procedureFee: "Its fee, “{$title}”, is {$formula}, in the city’s smallest unit of money and before VAT.",
    procedureTwo: "Two members of staff must agree on: {$moves}.",
    procedurePaper: "A paper comes out of it, “{$title}”, with a number that anyone can check.",
    procedureKeeps:
      ".input {$count :number} .match $count one {{Answers and files are erased {$count} month after a case has come to rest.}} * {{Answers and files are erased {$count} months after a case has come to rest.}}",
    quoted: "“{$text}”",
    page: "It shows the public a page, “{$title}”.",
    pageOf: "It shows the public a page, “{$title}”, with what is published of {$what}.",
    texts_explanation: "It shows residents an explanation, “{$title}”.",
    texts_easy_read: "It shows residents a text in plain language, “{$title}”.",
    texts_lesson: "It shows a lesson, “{$title}”.",
    texts_pages:
      "It gives the city’s own pages a further language, {$language} ({$tag}): {$said :number} of {$total :number} texts. The others stay in the city’s languages. Messages and papers are not translated.",
  },
  fr: {
    dataOnly: "Il n’exécute aucun programme, ne lit les données d’aucun habitant et n’envoie rien nulle part.",
    noProgram: "Il n’exécute aucun programme et n’envoie rien hors de la ville.",
    codeStays:
      "Il exécute le programme de son éditeur dans la ville : sans réseau, ni fichiers, ni horloge, ni hasard. Rien ne sort de la ville.",
    dataLeaves:
      "Des données sortent de la ville, vers {$hosts}. Ce qui en est fait là-bas, personne ici ne peut le voir.",
    remote: "« {$title} » est un service de son éditeur chez {$host}, hors de la ville.",
    rule: "« {$title} » agit de lui-même quand {$when}.",
    function: "« {$title} » est un programme qui regarde ce qu’il peut lire et propose quoi faire.",
    texts_message: "Il peut faire envoyer ce message : « {$title} ».",
    tariff_water:
      "« {$title} » peut fixer le prix de l’eau sur les nouvelles factures, en {$currency}. Les factures déjà émises ne changent pas.",
    tariff_electricity:
      "« {$title} » peut fixer le prix de l’électricité sur les nouvelles factures, en {$currency}. Les factures déjà émises ne changent pas.",
    tariff_gas:
      "« {$title} » peut fixer le prix du gaz sur les nouvelles factures, en {$currency}. Les factures déjà émises ne changent pas.",
    dataset:
      ".input {$count :number} .match $count one {{Il décrit une table de données ouvertes, « {$title} », de {$count} colonne. Elle est vide tant que la ville ne la remplit pas.}} * {{Il décrit une table de données ouvertes, « {$title} », de {$count} colonnes. Elle est vide tant que la ville ne la remplit pas.}}",
    harvest_hour:
      "Il décrit une table de données ouvertes, « {$title} », dont la ville demande les lignes à {$hosts} chaque heure. Des données entrent ; rien de la ville n’est envoyé.",
    harvest_day:
      "Il décrit une table de données ouvertes, « {$title} », dont la ville demande les lignes à {$hosts} chaque jour. Des données entrent ; rien de la ville n’est envoyé.",
    harvest_week:
      "Il décrit une table de données ouvertes, « {$title} », dont la ville demande les lignes à {$hosts} chaque semaine. Des données entrent ; rien de la ville n’est envoyé.",
    indicator: "Il définit un chiffre, « {$title} » : {$formula}.",
    procedure:
      ".input {$count :number} .match $count one {{Il reçoit des demandes, « {$title} », par {$count} question. Les réponses restent dans la ville.}} * {{Il reçoit des demandes, « {$title} », par {$count} questions. Les réponses restent dans la ville.}}",
    procedureAsks: "Il demande : {$questions}.",
    procedureFee:
      "Sa redevance, « {$title} », est {$formula}, dans la plus petite unité monétaire de la ville et hors TVA.",
    procedureTwo: "Deux agents doivent être d’accord pour : {$moves}.",
    procedurePaper: "Un document en sort, « {$title} », avec un numéro que chacun peut vérifier.",
    procedureKeeps:
      ".input {$count :number} .match $count one {{Réponses et fichiers sont effacés {$count} mois après la fin d’un dossier.}} * {{Réponses et fichiers sont effacés {$count} mois après la fin d’un dossier.}}",
    quoted: "« {$text} »",
    page: "Il montre au public une page, « {$title} ».",
    pageOf: "Il montre au public une page, « {$title} », avec ce qui est publié de {$what}.",
    texts_explanation: "Il montre aux habitants une explication, « {$title} ».",
    texts_easy_read: "Il montre aux habitants un texte facile à lire, « {$title} ».",
    texts_lesson: "Il montre une leçon, « {$title} ».",
    texts_pages:
      "Il donne une langue de plus aux pages de la ville, {$language} ({$tag}) : {$said :number} textes sur {$total :number}. Les autres restent dans les langues de la ville. Messages et papiers ne sont pas traduits.",
  },
  ar: {
    dataOnly: "لا تشغّل أي برنامج، ولا تقرأ بيانات أي ساكن، ولا ترسل شيئاً إلى أي مكان.",
    noProgram: "لا تشغّل أي برنامج، ولا ترسل شيئاً خارج المدينة.",
    codeStays: "تشغّل برنامج ناشرها داخل المدينة: بلا شبكة ولا ملفات ولا ساعة ولا عشوائية. لا يُرسل شيء خارج المدينة.",
    dataLeaves: "تخرج بيانات من المدينة إلى {$hosts}. ولا يرى أحد هنا ما يُفعل بها هناك.",
    remote: "«{$title}» خدمة لناشرها على {$host} خارج المدينة.",
    rule: "تعمل «{$title}» من تلقاء نفسها عندما {$when}.",
    function: "«{$title}» برنامج ينظر فيما يجوز له قراءته ويقترح ما يُفعل.",
    texts_message: "يجوز لها طلب إرسال هذه الرسالة: «{$title}».",
    tariff_water:
      "يجوز لـ«{$title}» أن تحدّد سعر الماء في الفواتير الجديدة، بعملة {$currency}. لا تتغيّر الفواتير الصادرة.",
    tariff_electricity:
      "يجوز لـ«{$title}» أن تحدّد سعر الكهرباء في الفواتير الجديدة، بعملة {$currency}. لا تتغيّر الفواتير الصادرة.",
    tariff_gas:
      "يجوز لـ«{$title}» أن تحدّد سعر الغاز في الفواتير الجديدة، بعملة {$currency}. لا تتغيّر الفواتير الصادرة.",
    dataset:
      ".input {$count :number} .match $count zero {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بلا أعمدة ({$count}). يبقى فارغاً حتى تملأه المدينة.}} one {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بعمود واحد ({$count}). يبقى فارغاً حتى تملأه المدينة.}} two {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بعمودين ({$count}). يبقى فارغاً حتى تملأه المدينة.}} few {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بـ{$count} أعمدة. يبقى فارغاً حتى تملأه المدينة.}} many {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بـ{$count} عموداً. يبقى فارغاً حتى تملأه المدينة.}} * {{تصف جدولاً للبيانات المفتوحة بعنوان «{$title}» بـ{$count} عمود. يبقى فارغاً حتى تملأه المدينة.}}",
    harvest_hour:
      "تصف جدولاً للبيانات المفتوحة، «{$title}»، وتجعل المدينة تطلب صفوفه من {$hosts} كل ساعة. تدخل بيانات، ولا يُرسل معها شيء من المدينة.",
    harvest_day:
      "تصف جدولاً للبيانات المفتوحة، «{$title}»، وتجعل المدينة تطلب صفوفه من {$hosts} كل يوم. تدخل بيانات، ولا يُرسل معها شيء من المدينة.",
    harvest_week:
      "تصف جدولاً للبيانات المفتوحة، «{$title}»، وتجعل المدينة تطلب صفوفه من {$hosts} كل أسبوع. تدخل بيانات، ولا يُرسل معها شيء من المدينة.",
    indicator: "تعرّف رقماً، «{$title}»: {$formula}.",
    procedure:
      ".input {$count :number} .match $count zero {{تستقبل طلبات «{$title}» بلا أسئلة ({$count}). تبقى الإجابات في المدينة.}} one {{تستقبل طلبات «{$title}» بسؤال واحد ({$count}). تبقى الإجابات في المدينة.}} two {{تستقبل طلبات «{$title}» بسؤالين ({$count}). تبقى الإجابات في المدينة.}} few {{تستقبل طلبات «{$title}» بـ{$count} أسئلة. تبقى الإجابات في المدينة.}} many {{تستقبل طلبات «{$title}» بـ{$count} سؤالاً. تبقى الإجابات في المدينة.}} * {{تستقبل طلبات «{$title}» بـ{$count} سؤال. تبقى الإجابات في المدينة.}}",
    procedureAsks: "تسأل: {$questions}.",
    procedureFee: "رسمها «{$title}» هو {$formula}، بأصغر وحدة نقدية في المدينة وقبل الضريبة.",
    procedureTwo: "يجب أن يتفق موظفان على: {$moves}.",
    procedurePaper: "تصدر عنها وثيقة «{$title}» برقم يمكن لأي أحد التحقق منه.",
    procedureKeeps:
      ".input {$count :number} .match $count zero {{تُمحى الإجابات والملفات فور انتهاء الملف ({$count}).}} one {{تُمحى الإجابات والملفات بعد شهر ({$count}) من انتهاء الملف.}} two {{تُمحى الإجابات والملفات بعد شهرين ({$count}) من انتهاء الملف.}} few {{تُمحى الإجابات والملفات بعد {$count} أشهر من انتهاء الملف.}} many {{تُمحى الإجابات والملفات بعد {$count} شهراً من انتهاء الملف.}} * {{تُمحى الإجابات والملفات بعد {$count} شهر من انتهاء الملف.}}",
    quoted: "«{$text}»",
    page: "تعرض على الجمهور صفحة بعنوان «{$title}».",
    pageOf: "تعرض على الجمهور صفحة بعنوان «{$title}»، فيها ما هو منشور من: {$what}.",
    texts_explanation: "تعرض على السكان شرحاً بعنوان «{$title}».",
    texts_easy_read: "تعرض على السكان نصاً بلغة مبسّطة بعنوان «{$title}».",
    texts_lesson: "تعرض درساً بعنوان «{$title}».",
    texts_pages:
      "تضيف إلى صفحات المدينة لغة أخرى، {$language} ({$tag}): {$said :number} من أصل {$total :number} من النصوص. ويبقى غيرها بلغات المدينة. ولا تُترجم الرسائل ولا الوثائق.",
  },
});
