import { defineTexts } from "../../../shared/texts.ts";

/** How open data is used: the dataset that says it, and what a dataset's own page says of it. */
export const useTexts = defineTexts({
  en: {
    setTitle: "Use of the open data",
    setDescription:
      "How often each dataset was looked at, downloaded, or asked for by programs, by day. Requests are counted, not people, and nothing of who asks is kept. Small counts are left empty; a count may miss what was asked within the last half minute before a machine stopped.",
    "column.day": "Day",
    "column.dataset": "Dataset",
    "column.views": "Views of its page",
    "column.downloads": "Downloads",
    "column.calls": "Calls by programs",
    whoUses: "Who uses it",
    lately: "Its last 30 published days",
    usedNone: "Its use of a whole day has not been published yet.",
    usedHow: "Requests are counted, not people; days with few are left out. The figures are a dataset: {$title}.",
  },
  fr: {
    setTitle: "Utilisation des données ouvertes",
    setDescription:
      "Combien de fois, par jour, chaque jeu de données a été consulté, téléchargé ou interrogé par des programmes. Ce sont les demandes qui sont comptées, non les personnes, et rien de qui demande n’est conservé. Les petits nombres sont laissés vides ; un compte peut ignorer la dernière demi-minute avant l’arrêt d’une machine.",
    "column.day": "Jour",
    "column.dataset": "Jeu de données",
    "column.views": "Consultations de sa page",
    "column.downloads": "Téléchargements",
    "column.calls": "Appels de programmes",
    whoUses: "Qui s’en sert",
    lately: "Ses 30 derniers jours publiés",
    usedNone: "Son utilisation sur un jour entier n’a pas encore été publiée.",
    usedHow:
      "Les demandes sont comptées, non les personnes ; les jours où elles sont rares ne sont pas comptés. Ces chiffres sont un jeu de données : {$title}.",
  },
  ar: {
    setTitle: "استعمال البيانات المفتوحة",
    setDescription:
      "كم مرة عُرضت كل مجموعة بيانات أو نُزّلت أو طلبتها برامج، يوما بيوم. تُعدّ الطلبات لا الأشخاص، ولا يُحفظ شيء عمّن يطلب. تُترك الأعداد الصغيرة فارغة، وقد يفوت العدّ ما طُلب في نصف الدقيقة الأخير قبل توقف جهاز.",
    "column.day": "اليوم",
    "column.dataset": "مجموعة البيانات",
    "column.views": "مشاهدات صفحتها",
    "column.downloads": "التنزيلات",
    "column.calls": "طلبات البرامج",
    whoUses: "من يستعملها",
    lately: "آخر 30 يوما منشورا لها",
    usedNone: "لم يُنشر بعد استعمالها ليوم كامل.",
    usedHow: "تُعدّ الطلبات لا الأشخاص، ولا تُحسب الأيام القليلة الطلب. هذه الأرقام مجموعة بيانات: {$title}.",
  },
});
