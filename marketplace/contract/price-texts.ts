import { defineTexts } from "../../shared/texts.ts";

export const priceTexts = defineTexts({
  en: {
    once: "It costs {$amount}, once.",
    month: "It costs {$amount} a month, by the days in which it serves.",
    year: "It costs {$amount} a year, by the days in which it serves.",
    use: "It costs {$amount} each time that a rule or program of it runs in service or an application is handed in. Looking at its pages costs nothing.",
    upTo: "{$amount} for up to {$people} people",
    above: "{$amount} for more",
    notHere: "It is not sold in {$currency}, only in {$currencies}.",
    sponsored: "{$sponsor} pays this, and not the city.",
    free: "It is free.",
  },
  fr: {
    once: "Il coûte {$amount}, une seule fois.",
    month: "Il coûte {$amount} par mois, au prorata des jours de service.",
    year: "Il coûte {$amount} par an, au prorata des jours de service.",
    use: "Il coûte {$amount} chaque fois qu’une de ses règles ou un de ses programmes tourne en service ou qu’une demande est déposée. Consulter ses pages ne coûte rien.",
    upTo: "{$amount} jusqu’à {$people} habitants",
    above: "{$amount} au-delà",
    notHere: "Il n’est pas vendu en {$currency}, seulement en {$currencies}.",
    sponsored: "C’est {$sponsor} qui paie, et non la ville.",
    free: "Il est gratuit.",
  },
  ar: {
    once: "تكلّف {$amount} مرة واحدة.",
    month: "تكلّف {$amount} في الشهر، بحسب أيام الخدمة.",
    year: "تكلّف {$amount} في السنة، بحسب أيام الخدمة.",
    use: "تكلّف {$amount} في كل مرة تعمل فيها إحدى قواعدها أو برامجها في الخدمة أو يُقدَّم فيها طلب. تصفّح صفحاتها لا يكلّف شيئاً.",
    upTo: "{$amount} حتى {$people} نسمة",
    above: "{$amount} لما زاد",
    notHere: "لا تُباع بعملة {$currency}، بل بعملة {$currencies} فقط.",
    sponsored: "يدفع {$sponsor} ذلك، لا المدينة.",
    free: "مجانية.",
  },
});
