import { defineTexts, type Lang } from "../../shared/texts.ts";

/** What a resident reads when a month that was billed is reckoned anew. */
export const adjustTexts = defineTexts({
  en: {
    title: "{$service}, {$month}: correction",
    adjusts: "This corrects bill {$reference}.",
    adjustments: "Corrections of this bill",
    lead: "A bill is not rewritten. When what the meter counted is corrected, the difference is billed, or credited.",
    at: "On",
    why: "Why",
    usedBefore: "Used, as billed",
    usedNow: "Used, as corrected",
    charged: "Charged until then",
    now: "Costs by the same tariff",
    difference: "Difference",
    billed: "billed",
    asked: "credit note waits for approval",
    approved: "credited",
    refused: "credit note refused",
    late: "Readings that came after the bill",
  },
  fr: {
    title: "{$service}, {$month} : rectification",
    adjusts: "Ceci rectifie la facture {$reference}.",
    adjustments: "Rectifications de cette facture",
    lead: "Une facture n’est pas réécrite. Quand ce que le compteur a compté est rectifié, la différence est facturée ou créditée.",
    at: "Le",
    why: "Motif",
    usedBefore: "Consommation facturée",
    usedNow: "Consommation rectifiée",
    charged: "Facturé jusque-là",
    now: "Coût au même tarif",
    difference: "Différence",
    billed: "facturée",
    asked: "avoir en attente d’approbation",
    approved: "créditée",
    refused: "avoir refusé",
    late: "Relevés arrivés après la facture",
  },
  ar: {
    title: "{$service}، {$month}: تصحيح",
    adjusts: "هذا تصحيح للفاتورة {$reference}.",
    adjustments: "تصحيحات هذه الفاتورة",
    lead: "لا تُعاد كتابة الفاتورة. عندما يُصحَّح ما سجّله العداد، يُفوتر الفرق أو يُقيَّد لصالحكم.",
    at: "بتاريخ",
    why: "السبب",
    usedBefore: "الاستهلاك كما فُوتر",
    usedNow: "الاستهلاك بعد التصحيح",
    charged: "ما فُوتر حتى ذلك الحين",
    now: "الكلفة بالتعريفة نفسها",
    difference: "الفرق",
    billed: "فُوتر",
    asked: "إشعار خصم ينتظر الموافقة",
    approved: "قُيِّد لصالحكم",
    refused: "رُفض إشعار الخصم",
    late: "قراءات وصلت بعد الفاتورة",
  },
});

export const monthIn = (month: string, lang: Lang): string =>
  new Intl.DateTimeFormat(lang, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${month}-01T00:00Z`),
  );
