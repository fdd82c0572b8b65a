import { defineModule } from "../../contract/index.ts";
import { pages } from "./pages.ts";

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
    version: "1.1.0",
    title: {
      wo: "Baat yi ci wolof",
      en: "The city’s words in Wolof",
      fr: "Les mots de la ville en wolof",
      ar: "كلمات المدينة بالولوفية",
    },
    summary: {
      wo: "Xëti dëkk bi ak baat yi ci wolof.",
      en: "The city’s pages for residents in Wolof, with greetings, words and the days. To be reviewed by speakers.",
      fr: "Les pages de la ville pour les habitants en wolof, avec salutations, mots et jours. À relire par des locuteurs.",
      ar: "صفحات المدينة للسكان بالولوفية، مع تحيات وكلمات وأيام. يلزم أن يراجعها متحدثون بها.",
    },
    description: {
      en: "Speakers of Wolof have not reviewed this pack yet: do so before you rely on it. It has the frame of every page, the front page, signing in, bills, paying and the receipt; what it lacks stays in the city’s languages.",
      fr: "Des locuteurs du wolof n’ont pas encore relu ce recueil : faites-le avant de vous y fier. Il a le cadre de chaque page, l’accueil, la connexion, les factures, le paiement et le reçu ; ce qui lui manque reste dans les langues de la ville.",
      ar: "لم يراجع متحدثون بالولوفية هذه المجموعة بعد: راجعوها قبل الاعتماد عليها. فيها إطار كل صفحة والصفحة الأولى والدخول والفواتير والدفع والإيصال، وما ينقصها يبقى بلغات المدينة.",
    },
    changes: {
      en: "The city’s own pages in Wolof.",
      fr: "Les pages mêmes de la ville en wolof.",
      ar: "صفحات المدينة نفسها بالولوفية.",
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
      id: "pages",
      use: "pages",
      title: {
        wo: "Xëti dëkk bi",
        en: "The city’s pages in Wolof",
        fr: "Les pages de la ville en wolof",
        ar: "صفحات المدينة بالولوفية",
      },
      language: "wo",
      name: "Wolof",
      texts: pages,
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
