import { Fault, type FaultKind, type FieldError } from "../../shared/errors.ts";
import { defineTexts, type Lang, saidBy } from "../../shared/texts.ts";
import { installTexts } from "./texts.ts";

// Why a step was not taken. Programs read it in English; on the page it stands in the reader's language.

const texts = defineTexts({
  en: {
    way: "A module that is {$from} cannot become {$to}.",
    beingChanged: "It is being changed: it can only become {$from} again, be suspended, or leave.",
    tryToPropose: "Try this version on the synthetic city before you propose it.",
    example: "One of its own examples does not give what it says: it cannot be proposed.",
    noShadow: "Nothing of it acts by itself, so there is nothing to watch in shadow.",
    shadowFirst: "Let this version run in shadow first: what it would do is written down and not done.",
    approvals: "{$needed} persons must approve what it asks for; so far {$have} did.",
    tryToApprove: "Try this version on the synthetic city before you approve it.",
    leavingApproved: "It is leaving: there is nothing to approve any more.",
    leaves: "It is leaving.",
    justLeaving: "It is just leaving this city. Take it again in a moment.",
    tryToChange: "Try this version on the synthetic city before it takes the place of the present one.",
    noneBefore: "There is no version before this one to go back to.",
    tooLate: "The {$days} days for going back ended on {$until}.",
    lookFirst: "Look first at what was written since this version came: it does not go back with it.",
    setLater: "It is {$from}: set it once that is over.",
    claimed:
      "{$module} does the same already: it sets this price, or puts the pages into this language. Suspend or remove it first.",
    faster: "Somebody else changed this at the same moment. Look again, then decide.",
    otherMoney: "Its tariff {$part} is in {$currency}; this city bills in {$own}.",
    severalTariffs: "It holds several tariffs for {$kind}; choose one of them in its settings.",
    rowNotConverted:
      "Its row {$row} of {$table} cannot become one of version {$version}: nothing fits its column {$column}. Nothing was changed.",
    otherKey:
      "{$publisher} signs with another key than before, and nothing proves that they exchanged it themselves. Ask them before you go on.",
    price: "{$module} has a price to which nobody agreed yet. A treasurer does, at {$page}.",
  },
  fr: {
    way: "Un module à l’état « {$from} » ne peut pas passer à l’état « {$to} ».",
    beingChanged: "Il est en changement : il ne peut que revenir à l’état « {$from} », être suspendu ou partir.",
    tryToPropose: "Essayez cette version sur la ville synthétique avant de la proposer.",
    example: "Un de ses propres exemples ne donne pas ce qu’il annonce : on ne peut pas le proposer.",
    noShadow: "Rien n’y agit de soi-même : il n’y a rien à observer.",
    shadowFirst:
      "Laissez d’abord cette version tourner en observation : ce qu’elle ferait est noté, et n’est pas fait.",
    approvals: "Il faut que {$needed} personnes approuvent ce qu’il demande ; à ce jour : {$have}.",
    tryToApprove: "Essayez cette version sur la ville synthétique avant de l’approuver.",
    leavingApproved: "Il est en train de partir : il n’y a plus rien à approuver.",
    leaves: "Il est en train de partir.",
    justLeaving: "Il est en train de quitter cette ville. Reprenez-le dans un instant.",
    tryToChange: "Essayez cette version sur la ville synthétique avant qu’elle remplace l’actuelle.",
    noneBefore: "Il n’y a pas de version précédente à laquelle revenir.",
    tooLate: "Les {$days} jours pour revenir en arrière ont pris fin le {$until}.",
    lookFirst: "Regardez d’abord ce qui a été écrit depuis cette version : cela ne revient pas avec elle.",
    setLater: "Il est dans l’état « {$from} » : réglez-le quand ce sera fini.",
    claimed:
      "{$module} le fait déjà : il fixe ce prix, ou met les pages dans cette langue. Suspendez-le ou retirez-le d’abord.",
    faster: "Quelqu’un d’autre l’a changé au même moment. Regardez à nouveau, puis décidez.",
    otherMoney: "Son tarif {$part} est en {$currency} ; cette ville facture en {$own}.",
    severalTariffs: "Il contient plusieurs tarifs pour une même chose ; choisissez-en un dans ses réglages.",
    rowNotConverted:
      "Sa ligne {$row} de {$table} ne peut pas devenir une ligne de la version {$version} : rien ne convient à la colonne {$column}. Rien n’a été changé.",
    otherKey:
      "{$publisher} signe avec une autre clé qu’avant, et rien ne prouve que l’échange vient de lui. Demandez-lui avant de continuer.",
    price: "{$module} a un prix que personne n’a encore accepté. C’est au trésorier de le faire, sous {$page}.",
  },
  ar: {
    way: "الوحدة التي حالتها «{$from}» لا يمكن أن تصبح «{$to}».",
    beingChanged: "هي قيد التغيير: لا يمكن إلا أن تعود إلى حالة «{$from}» أو توقَف أو تغادر.",
    tryToPropose: "جرّب هذا الإصدار على المدينة الاصطناعية قبل أن تقترحه.",
    example: "أحد أمثلتها لا يعطي ما يقوله: لا يمكن اقتراحها.",
    noShadow: "لا شيء فيها يعمل من تلقاء نفسه، فلا شيء يُراقَب في الظل.",
    shadowFirst: "شغّل هذا الإصدار في الظل أولاً: يُدوَّن ما كان سيفعله ولا يُنفَّذ.",
    approvals: "يجب أن يوافق على ما تطلبه أشخاص عددهم {$needed}؛ وحتى الآن: {$have}.",
    tryToApprove: "جرّب هذا الإصدار على المدينة الاصطناعية قبل أن توافق عليه.",
    leavingApproved: "هي تغادر الآن: لم يبق ما يُوافَق عليه.",
    leaves: "هي تغادر الآن.",
    justLeaving: "هي تغادر هذه المدينة الآن. خذها من جديد بعد لحظة.",
    tryToChange: "جرّب هذا الإصدار على المدينة الاصطناعية قبل أن يحلّ محل الحالي.",
    noneBefore: "لا إصدار قبل هذا يمكن الرجوع إليه.",
    tooLate: "انتهت مهلة الرجوع ({$days} يوماً) في {$until}.",
    lookFirst: "انظر أولاً إلى ما كُتب منذ هذا الإصدار: فهو لا يعود معه.",
    setLater: "حالتها «{$from}»: اضبطها بعد أن ينتهي ذلك.",
    claimed: "{$module} تفعل الشيء نفسه بالفعل: تحدّد هذا السعر أو تعرض الصفحات بهذه اللغة. أوقفها أو أزلها أولاً.",
    faster: "غيّرها شخص آخر في اللحظة نفسها. انظر من جديد ثم قرّر.",
    otherMoney: "تعرفتها {$part} بعملة {$currency}، وهذه المدينة تفوتر بعملة {$own}.",
    severalTariffs: "فيها عدة تعرفات للشيء نفسه؛ اختر واحدة منها في ضبطها.",
    rowNotConverted:
      "السطر {$row} في {$table} لا يمكن أن يصبح سطراً في الإصدار {$version}: لا قيمة تناسب العمود {$column}. لم يتغيّر شيء.",
    otherKey: "يوقّع {$publisher} بمفتاح غير السابق، ولا شيء يثبت أنه استبدله بنفسه. اسأله قبل أن تمضي.",
    price: "لـ{$module} سعر لم يوافق عليه أحد بعد. يوافق عليه أمين الخزينة في {$page}.",
  },
});

type Why = keyof (typeof texts)["catalogues"]["en"];

/** A refusal with its reason, `{ key, values }`, beside the English sentence. */
export const refusal = (kind: FaultKind, key: Why, values: Record<string, string> = {}, more: object = {}): Fault =>
  new Fault(kind, texts.in("en")(key, values), { ...more, says: { key, values } });

/** What a step demands and does not find. */
export const refused = (key: Why, values: Record<string, string> = {}): Fault =>
  refusal("forbidden_transition", key, values);

/** A refusal in the reader's language; one of another room stands as that said it. */
export function refusalIn(lang: Lang, { message, members }: Fault): string {
  const says = members["says"] as FieldError["says"];
  if (!says) return message;
  const t = installTexts.in(lang);
  const { from, to } = says.values;
  const states = { ...(from && { from: t(from as "trial") }), ...(to && { to: t(to as "trial") }) };
  return saidBy(texts, lang, { ...says, values: { ...says.values, ...states } }, message);
}
