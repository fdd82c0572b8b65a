import { defineModule, read } from "../../contract/index.ts";

// A stall on the market: asked for on a telephone, decided within ten days, paid by any way that the city has, and shown
// to the market's keeper as a paper with a code. The example of a procedure: built from the contract alone, data only.

const ANSWERS = {
  name: "Awa Diarra",
  is_company: false,
  market: "Marché du Plateau",
  goods: ["clothes", "crafts"],
  metres: 3,
  starts: "2026-12-01",
  days: 30,
  needs_power: false,
  identity: "identity.jpg",
};

export default defineModule({
  manifest: {
    contract: 1,
    name: "souk-ouvert/market-stall",
    version: "1.0.0",
    title: { en: "Market stalls", fr: "Étals de marché", ar: "أكشاك السوق" },
    summary: {
      en: "People apply for a place on the market by telephone or computer, pay by metre and day, and get a permit that anyone can check.",
      fr: "On demande une place au marché par téléphone ou ordinateur, on paie au mètre et au jour, et on reçoit une autorisation que chacun peut vérifier.",
      ar: "يطلب الناس مكاناً في السوق بالهاتف أو الحاسوب، ويدفعون بالمتر واليوم، ويحصلون على رخصة يمكن لأي أحد التحقق منها.",
    },
    licence: "Apache-2.0",
  },
  parts: [
    {
      kind: "procedure",
      id: "permit",
      title: { en: "Permit for a market stall", fr: "Autorisation d’étal au marché", ar: "رخصة كشك في السوق" },
      summary: {
        en: "For whoever wants to sell on one of the city’s markets, for a day or for a year.",
        fr: "Pour qui veut vendre sur un des marchés de la ville, un jour ou une année.",
        ar: "لمن يريد البيع في أحد أسواق المدينة، ليوم واحد أو لسنة.",
      },
      needs: [
        {
          en: "your identity card or passport, to take a photograph of",
          fr: "votre carte d’identité ou passeport, à photographier",
          ar: "بطاقة هويتك أو جواز سفرك لتصويره",
        },
        {
          en: "if you sell hot food: your hygiene certificate",
          fr: "si vous vendez des plats chauds : votre certificat d’hygiène",
          ar: "إن كنت تبيع طعاماً ساخناً: شهادة النظافة",
        },
      ],
      minutes: 8,
      questions: [
        {
          id: "name",
          kind: "text",
          label: { en: "Name", fr: "Nom", ar: "الاسم" },
          title: { en: "What is your full name?", fr: "Quel est votre nom complet ?", ar: "ما اسمك الكامل؟" },
        },
        {
          id: "is_company",
          kind: "yes_no",
          title: {
            en: "Do you apply for a company?",
            fr: "Faites-vous la demande pour une entreprise ?",
            ar: "هل تقدّم الطلب باسم شركة؟",
          },
        },
        {
          id: "company",
          kind: "text",
          label: { en: "Company number", fr: "Numéro d’entreprise", ar: "رقم الشركة" },
          title: {
            en: "Under which number is the company registered?",
            fr: "Sous quel numéro l’entreprise est-elle immatriculée ?",
            ar: "بأي رقم سُجّلت الشركة؟",
          },
          when: read("answers.is_company"),
          lengthMax: 60,
        },
        {
          id: "market",
          kind: "text",
          label: { en: "Market", fr: "Marché", ar: "السوق" },
          title: {
            en: "On which market would you like to stand?",
            fr: "Sur quel marché voulez-vous vous installer ?",
            ar: "في أي سوق تريد أن تكون؟",
          },
          lengthMax: 100,
        },
        {
          id: "goods",
          kind: "several",
          label: { en: "Goods", fr: "Marchandises", ar: "السلع" },
          title: { en: "What do you want to sell?", fr: "Que voulez-vous vendre ?", ar: "ماذا تريد أن تبيع؟" },
          options: [
            {
              id: "produce",
              title: {
                en: "fruit, vegetables, fish, meat",
                fr: "fruits, légumes, poisson, viande",
                ar: "فواكه وخضر وسمك ولحم",
              },
            },
            {
              id: "hot_food",
              title: { en: "hot food and drinks", fr: "plats chauds et boissons", ar: "طعام ساخن ومشروبات" },
            },
            { id: "clothes", title: { en: "clothes and shoes", fr: "vêtements et chaussures", ar: "ملابس وأحذية" } },
            { id: "crafts", title: { en: "crafts", fr: "artisanat", ar: "منتجات حرفية" } },
            { id: "other", title: { en: "something else", fr: "autre chose", ar: "شيء آخر" } },
          ],
        },
        {
          id: "hygiene",
          kind: "paper",
          title: {
            en: "Your hygiene certificate",
            fr: "Votre certificat d’hygiène",
            ar: "شهادة النظافة الخاصة بك",
          },
          when: read('"hot_food" in answers.goods'),
        },
        {
          id: "metres",
          kind: "number",
          label: { en: "the width in metres", fr: "la largeur en mètres", ar: "العرض بالأمتار" },
          title: {
            en: "How many metres wide is your stall?",
            fr: "Combien de mètres fait votre étal ?",
            ar: "كم متراً عرض كشكك؟",
          },
          unit: "m",
          minimum: 1,
          maximum: 12,
        },
        {
          id: "starts",
          kind: "date",
          label: { en: "the first day", fr: "le premier jour", ar: "اليوم الأول" },
          title: { en: "From which day on?", fr: "À partir de quel jour ?", ar: "ابتداءً من أي يوم؟" },
          checks: [
            {
              holds: read("answers.starts >= today"),
              says: {
                en: "This day is over. Choose one from today on.",
                fr: "Ce jour est passé. Choisissez-en un à partir d’aujourd’hui.",
                ar: "مضى هذا اليوم. اختر يوماً من اليوم فصاعداً.",
              },
            },
            {
              holds: read("days(today, answers.starts) <= 180"),
              says: {
                en: "Places are given at most 180 days ahead.",
                fr: "Les places sont attribuées au plus 180 jours à l’avance.",
                ar: "تُمنح الأماكن قبل 180 يوماً على الأكثر.",
              },
            },
          ],
        },
        {
          id: "days",
          kind: "number",
          label: { en: "the number of days", fr: "le nombre de jours", ar: "عدد الأيام" },
          title: { en: "For how many days?", fr: "Pour combien de jours ?", ar: "كم يوماً؟" },
          hint: {
            en: "Every day counts, also those on which you do not come. A year is 365.",
            fr: "Chaque jour compte, même ceux où vous ne venez pas. Une année fait 365 jours.",
            ar: "يُحسب كل يوم، حتى الأيام التي لا تأتي فيها. السنة 365 يوماً.",
          },
          minimum: 1,
          maximum: 365,
        },
        {
          id: "needs_power",
          kind: "yes_no",
          label: { en: "electricity is needed", fr: "il faut de l’électricité", ar: "الكهرباء مطلوبة" },
          title: { en: "Do you need electricity?", fr: "Avez-vous besoin d’électricité ?", ar: "هل تحتاج إلى كهرباء؟" },
        },
        {
          id: "identity",
          kind: "paper",
          title: {
            en: "Your identity card or passport",
            fr: "Votre carte d’identité ou passeport",
            ar: "بطاقة هويتك أو جواز سفرك",
          },
        },
      ],
      prices: [
        {
          name: "metre_day",
          title: { en: "A metre for a day", fr: "Le mètre par jour", ar: "المتر في اليوم" },
          amounts: { XOF: 100, MAD: 200, TND: 600, EUR: 50 },
        },
        {
          name: "power_day",
          title: { en: "Electricity for a day", fr: "L’électricité par jour", ar: "الكهرباء في اليوم" },
          amounts: { XOF: 250, MAD: 500, TND: 1_500, EUR: 120 },
        },
      ],
      fee: {
        kind: "market",
        title: { en: "Market stall", fr: "Étal de marché", ar: "كشك في السوق" },
        amount: read(
          "answers.metres * answers.days * prices.metre_day + (if answers.needs_power then answers.days * prices.power_day else 0)",
        ),
      },
      states: [
        {
          id: "review",
          title: { en: "Being looked at", fr: "À l’étude", ar: "قيد الدراسة" },
          says: {
            en: "The market office looks at your application within ten days.",
            fr: "Le bureau des marchés étudie votre demande sous dix jours.",
            ar: "يدرس مكتب الأسواق طلبك خلال عشرة أيام.",
          },
          waits: "staff",
          days: 10,
        },
        {
          id: "more",
          title: { en: "Something is missing", fr: "Il manque quelque chose", ar: "ينقص شيء" },
          says: {
            en: "The market office needs something more from you. Change your answers and send them back within 14 days.",
            fr: "Le bureau des marchés a besoin d’autre chose. Modifiez vos réponses et renvoyez-les sous 14 jours.",
            ar: "يحتاج مكتب الأسواق إلى شيء آخر منك. غيّر إجاباتك وأعد إرسالها خلال 14 يوماً.",
          },
          waits: "applicant",
          days: 14,
        },
        {
          id: "to-pay",
          title: { en: "To be paid", fr: "À payer", ar: "بانتظار الدفع" },
          says: {
            en: "Your place is reserved. The permit is made as soon as the fee is paid, within 14 days.",
            fr: "Votre place est réservée. L’autorisation est établie dès que la redevance est payée, sous 14 jours.",
            ar: "مكانك محجوز. تصدر الرخصة فور دفع الرسم خلال 14 يوماً.",
          },
          waits: "payment",
          days: 14,
        },
        {
          id: "granted",
          title: { en: "Granted", fr: "Accordée", ar: "مُنحت" },
          says: {
            en: "Your permit is there. Print it or show it on your telephone.",
            fr: "Votre autorisation est là. Imprimez-la ou montrez-la sur votre téléphone.",
            ar: "رخصتك جاهزة. اطبعها أو أظهرها على هاتفك.",
          },
          waits: "nobody",
        },
        {
          id: "refused",
          title: { en: "Refused", fr: "Refusée", ar: "رُفضت" },
          says: {
            en: "Your application was refused. You may object at the town hall within 30 days.",
            fr: "Votre demande est refusée. Vous pouvez faire un recours à la mairie sous 30 jours.",
            ar: "رُفض طلبك. يمكنك الاعتراض في البلدية خلال 30 يوماً.",
          },
          waits: "nobody",
        },
        {
          id: "withdrawn",
          title: { en: "Withdrawn", fr: "Retirée", ar: "سُحب" },
          says: {
            en: "You have withdrawn your application.",
            fr: "Vous avez retiré votre demande.",
            ar: "سحبت طلبك.",
          },
          waits: "nobody",
        },
        {
          id: "lapsed",
          title: { en: "Lapsed", fr: "Caduque", ar: "سقط" },
          says: {
            en: "The time was over before anything came from you. You can apply anew.",
            fr: "Le délai est passé sans nouvelle de vous. Vous pouvez refaire une demande.",
            ar: "انتهت المهلة قبل أن يصل منك شيء. يمكنك التقديم من جديد.",
          },
          waits: "nobody",
        },
        {
          id: "revoked",
          title: { en: "Taken back", fr: "Révoquée", ar: "سُحبت الرخصة" },
          says: {
            en: "Your permit was taken back and is not valid any more.",
            fr: "Votre autorisation a été révoquée et n’est plus valable.",
            ar: "سُحبت رخصتك ولم تعد صالحة.",
          },
          waits: "nobody",
        },
      ],
      transitions: [
        {
          id: "ask",
          title: { en: "Ask for something more", fr: "Demander un complément", ar: "طلب استكمال" },
          from: ["review"],
          to: "more",
          by: "agent",
          note: "required",
        },
        {
          id: "answer",
          title: { en: "Send back", fr: "Renvoyer", ar: "إعادة الإرسال" },
          from: ["more"],
          to: "review",
          by: "applicant",
        },
        {
          id: "grant",
          title: { en: "Grant", fr: "Accorder", ar: "منح" },
          from: ["review"],
          to: "to-pay",
          by: "agent",
        },
        {
          id: "refuse",
          title: { en: "Refuse", fr: "Refuser", ar: "رفض" },
          from: ["review"],
          to: "refused",
          by: "two_agents",
          reasons: [
            { id: "full", title: { en: "There is no place left.", fr: "Il n’y a plus de place.", ar: "لم يبق مكان." } },
            {
              id: "goods",
              title: {
                en: "These goods may not be sold there.",
                fr: "Ces marchandises n’y sont pas autorisées.",
                ar: "لا يجوز بيع هذه السلع هناك.",
              },
            },
            {
              id: "papers",
              title: {
                en: "The papers are not in order.",
                fr: "Les pièces ne sont pas en règle.",
                ar: "الوثائق غير مستوفاة.",
              },
            },
          ],
        },
        {
          id: "withdraw",
          title: { en: "Withdraw", fr: "Retirer la demande", ar: "سحب الطلب" },
          from: ["review", "more", "to-pay"],
          to: "withdrawn",
          by: "applicant",
        },
        {
          id: "lapse",
          title: { en: "Let it lapse", fr: "Constater la caducité", ar: "إسقاط الطلب" },
          from: ["more", "to-pay"],
          to: "lapsed",
          by: "deadline",
        },
        {
          id: "paid",
          title: { en: "The fee is paid", fr: "La redevance est payée", ar: "دُفع الرسم" },
          from: ["to-pay"],
          to: "granted",
          by: "payment",
          issues: "stall",
        },
        {
          id: "revoke",
          title: { en: "Take the permit back", fr: "Révoquer l’autorisation", ar: "سحب الرخصة" },
          from: ["granted"],
          to: "revoked",
          by: "two_agents",
          note: "required",
          revokes: "stall",
        },
      ],
      papers: [
        {
          id: "stall",
          title: { en: "Permit for a market stall", fr: "Autorisation d’étal au marché", ar: "رخصة كشك في السوق" },
          says: {
            en: "Whoever is named here may stand on the market named here with a stall of this width. The permit is to be shown on demand.",
            fr: "La personne nommée ici peut s’installer sur le marché nommé ici avec un étal de cette largeur. L’autorisation est à présenter sur demande.",
            ar: "يحق لصاحب هذا الاسم أن يقيم كشكاً بهذا العرض في السوق المذكور. تُبرز الرخصة عند الطلب.",
          },
          shows: ["name", "company", "market", "goods", "metres"],
          from: "starts",
          days: read("answers.days"),
        },
      ],
      keepMonths: 24,
      proof: [
        {
          name: "three metres for thirty days are paid by metre and day",
          today: "2026-11-26",
          currency: "XOF",
          answers: ANSWERS,
          feeMinor: 9_000,
          moves: ["grant", "paid"],
          state: "granted",
        },
        {
          name: "electricity is paid by the day, whatever the width",
          today: "2026-11-26",
          currency: "TND",
          answers: { ...ANSWERS, needs_power: true },
          feeMinor: 99_000,
          moves: ["ask", "answer", "refuse"],
          state: "refused",
        },
        {
          name: "hot food needs a certificate, a company its number",
          today: "2026-11-26",
          currency: "EUR",
          answers: { ...ANSWERS, is_company: true, goods: ["hot_food"] },
          wrong: ["company", "hygiene"],
        },
        {
          name: "nobody stands there yesterday, nor in a year’s time",
          today: "2026-12-02",
          currency: "MAD",
          answers: ANSWERS,
          wrong: ["starts"],
        },
        {
          name: "whoever withdraws is done",
          today: "2026-11-26",
          currency: "EUR",
          answers: ANSWERS,
          feeMinor: 4_500,
          moves: ["grant", "withdraw"],
          state: "withdrawn",
        },
      ],
    },
    {
      kind: "texts",
      id: "how",
      use: "easy_read",
      title: { en: "How to get a stall", fr: "Comment obtenir un étal", ar: "كيف تحصل على كشك" },
      body: {
        en: "Apply here. The city answers in ten days.\n\nThen you pay. Then you get the permit.\n\nShow the permit on the market.",
        fr: "Faites la demande ici. La ville répond en dix jours.\n\nEnsuite vous payez. Ensuite vous recevez l’autorisation.\n\nMontrez l’autorisation au marché.",
        ar: "قدّم الطلب هنا. تجيب المدينة خلال عشرة أيام.\n\nبعد ذلك تدفع، ثم تحصل على الرخصة.\n\nأظهر الرخصة في السوق.",
      },
    },
  ],
});
