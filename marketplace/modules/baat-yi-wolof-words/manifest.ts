import { defineModule } from "../../contract/index.ts";

/** Wolof first, then what it means: short, well-attested words alone. */
type Word = readonly [wo: string, en: string, fr: string, ar: string];

const GREETING: readonly Word[] = [
  ["Salaam aleekum", "peace be with you", "la paix soit avec vous", "السلام عليكم"],
  ["Na nga def?", "how are you?", "comment allez-vous ?", "كيف حالك؟"],
  ["Maa ngi fi rekk", "I am well", "je vais bien", "أنا بخير"],
  ["Jërëjëf", "thank you", "merci", "شكراً"],
  ["Waaw", "yes", "oui", "نعم"],
  ["Déedéet", "no", "non", "لا"],
  ["Ba beneen yoon", "until next time", "à la prochaine", "إلى اللقاء"],
];
const CITY: readonly Word[] = [
  ["ndox", "water", "eau", "ماء"],
  ["kuuraŋ", "electricity", "électricité", "كهرباء"],
  ["xaalis", "money", "argent", "مال"],
  ["fey", "to pay", "payer", "يدفع"],
  ["Ñaata la?", "how much is it?", "combien ça coûte ?", "كم الثمن؟"],
];
const DAYS: readonly Word[] = [
  ["Altine", "Monday", "lundi", "الاثنين"],
  ["Talaata", "Tuesday", "mardi", "الثلاثاء"],
  ["Àllarba", "Wednesday", "mercredi", "الأربعاء"],
  ["Alxames", "Thursday", "jeudi", "الخميس"],
  ["Àjjuma", "Friday", "vendredi", "الجمعة"],
  ["Gaawu", "Saturday", "samedi", "السبت"],
  ["Dibéer", "Sunday", "dimanche", "الأحد"],
  ["tey", "today", "aujourd’hui", "اليوم"],
];

/** A paragraph a word; in Wolof itself no word needs another. */
const listed = (words: readonly Word[]) => {
  const beside = (at: 1 | 2 | 3, sign: string) => words.map((word) => `${word[0]}${sign}${word[at]}`).join("\n\n");
  return {
    wo: words.map(([wo]) => wo).join("\n\n"),
    en: beside(1, ": "),
    fr: beside(2, " : "),
    ar: beside(3, ": "),
  };
};

export default defineModule({
  manifest: {
    contract: 1,
    name: "baat-yi/wolof-words",
    version: "1.0.0",
    title: {
      wo: "Baat yi ci wolof",
      en: "The city’s words in Wolof",
      fr: "Les mots de la ville en wolof",
      ar: "كلمات المدينة بالولوفية",
    },
    summary: {
      wo: "Baat yi ci wolof.",
      en: "Greetings, words of the city and the days of the week in Wolof. To be reviewed by speakers.",
      fr: "Salutations, mots de la ville et jours de la semaine en wolof. À relire par des locuteurs.",
      ar: "تحيات وكلمات المدينة وأيام الأسبوع بالولوفية. يلزم أن يراجعها متحدثون بها.",
    },
    description: {
      en: "Speakers of Wolof have not reviewed this pack yet: do so before you rely on it. It adds texts of its own and does not translate the city’s pages.",
      fr: "Des locuteurs du wolof n’ont pas encore relu ce recueil : faites-le avant de vous y fier. Il ajoute ses propres textes et ne traduit pas les pages de la ville.",
      ar: "لم يراجع متحدثون بالولوفية هذه المجموعة بعد: راجعوها قبل الاعتماد عليها. تضيف نصوصاً خاصة بها ولا تترجم صفحات المدينة.",
    },
    licence: "CC-BY-4.0",
  },
  parts: [
    {
      kind: "page",
      id: "wolof",
      title: { wo: "Dalal ak jàmm", en: "Welcome, in Wolof", fr: "Bienvenue, en wolof", ar: "مرحباً بالولوفية" },
      blocks: [
        { block: "text", title: { wo: "Salaam", en: "To greet", fr: "Saluer", ar: "التحية" }, body: listed(GREETING) },
        {
          block: "text",
          title: { wo: "Dëkk bi", en: "The city", fr: "La ville", ar: "المدينة" },
          body: listed(CITY),
        },
        { block: "text", title: { wo: "Bés yi", en: "The days", fr: "Les jours", ar: "الأيام" }, body: listed(DAYS) },
      ],
    },
    {
      kind: "texts",
      id: "days",
      use: "lesson",
      title: {
        wo: "Bés yi",
        en: "The days of the week in Wolof",
        fr: "Les jours de la semaine en wolof",
        ar: "أيام الأسبوع بالولوفية",
      },
      body: listed(DAYS),
    },
  ],
});
