import { Fault, type FieldError } from "../../shared/errors.ts";
import { defineTexts, type Lang, saidBy } from "../../shared/texts.ts";

// Why a module cannot be set so: each mistake names its field, in English for programs and as a text for pages.

const texts = defineTexts({
  en: {
    no_part: "This module has no part {$id}.",
    other_money: "It is in {$money}; this city bills in {$own}.",
    two_tariffs: "Several tariffs set the price of the same thing: choose one of them.",
    not_optional: "It does not ask for this, or not optionally.",
    no_setting: "This module has no such setting.",
    minor: "A whole number of minor units, at most {$most}.",
    amount: "An amount such as {$example}.",
    number: "A number is needed here.",
    boolean: "It is yes or no.",
    string: "A text is needed here.",
    long: "At most {$most} characters.",
    between: "Between {$least} and {$most}.",
    at_least: "At least {$least}.",
    at_most: "At most {$most}.",
    day: "A day such as {$example}.",
    past: "This day is over.",
    longer: "Until then more persons must approve it: {$needed} are needed, and {$have} did.",
    more: "It would get more than was approved: {$needed} persons are needed, and {$have} agreed to that.",
  },
  fr: {
    no_part: "Ce module n’a pas de partie {$id}.",
    other_money: "C’est en {$money} ; cette ville facture en {$own}.",
    two_tariffs: "Plusieurs tarifs fixent le prix de la même chose : choisissez-en un.",
    not_optional: "Il ne le demande pas, ou pas de façon facultative.",
    no_setting: "Ce module n’a pas ce réglage.",
    minor: "Un nombre entier d’unités mineures, {$most} au plus.",
    amount: "Un montant comme {$example}.",
    number: "Il faut un nombre ici.",
    boolean: "C’est oui ou non.",
    string: "Il faut un texte ici.",
    long: "{$most} caractères au plus.",
    between: "Entre {$least} et {$most}.",
    at_least: "Au moins {$least}.",
    at_most: "Au plus {$most}.",
    day: "Un jour comme {$example}.",
    past: "Ce jour est passé.",
    longer: "Jusque-là, plus de personnes doivent l’approuver : il en faut {$needed}, {$have} l’ont fait.",
    more: "Il recevrait plus que ce qui a été approuvé : il faut {$needed} personnes, {$have} y ont consenti.",
  },
  ar: {
    no_part: "ليس في هذه الوحدة جزء {$id}.",
    other_money: "هو بعملة {$money}، وهذه المدينة تفوتر بعملة {$own}.",
    two_tariffs: "عدة تعريفات تحدد سعر الشيء نفسه: اختر واحدة منها.",
    not_optional: "لا تطلب الوحدة هذا، أو لا تطلبه اختيارياً.",
    no_setting: "ليس لهذه الوحدة هذا الإعداد.",
    minor: "عدد صحيح من أصغر وحدات العملة، {$most} على الأكثر.",
    amount: "مبلغ مثل {$example}.",
    number: "يلزم هنا رقم.",
    boolean: "نعم أو لا.",
    string: "يلزم هنا نص.",
    long: "{$most} حرفاً على الأكثر.",
    between: "بين {$least} و{$most}.",
    at_least: "{$least} على الأقل.",
    at_most: "{$most} على الأكثر.",
    day: "يوم مثل {$example}.",
    past: "هذا اليوم قد مضى.",
    longer: "إلى ذلك اليوم يجب أن يوافق أشخاص أكثر: المطلوب {$needed}، ووافق {$have}.",
    more: "ستحصل على أكثر مما ووفق عليه: المطلوب موافقة {$needed}، ووافق على ذلك {$have}.",
  },
});
type MistakeKey = keyof (typeof texts.catalogues)["en"];

/** One mistake, at its place in what was sent. */
export function mistake(pointer: string, key: MistakeKey, values: Record<string, string | number> = {}): FieldError {
  const says = { key, values: Object.fromEntries(Object.entries(values).map(([name, one]) => [name, String(one)])) };
  return { pointer, detail: texts.in("en")(key, says.values), says };
}

/** @throws {Fault} invalid, where there is any */
export function demandNone(mistakes: readonly FieldError[]): void {
  if (mistakes.length > 0) throw new Fault("invalid", mistakes[0]!.detail, { errors: [...mistakes] });
}

/** A mistake in the reader's language; one without a text as it is. */
export const saidIn = (lang: Lang, { detail, says }: FieldError): string => saidBy(texts, lang, says, detail);
