import { Fault, type FaultKind, type FieldError } from "../../shared/errors.ts";
import { defineTexts, type Lang, saidBy } from "../../shared/texts.ts";

// Why something was not done with a pilot: in English for programs, on the page in the reader's language.

const texts = defineTexts({
  en: {
    faster: "Somebody else changed this at the same moment. Look again, then decide.",
    nothingChanges: "Its plan was signed by two persons: nothing of it changes any more.",
    isFixed: "Its plan is fixed already.",
    youSigned: "You have signed it. Another person must sign it too.",
    stays: "A pilot that is fixed stays, and so does its result.",
    tooSoon: "It would begin before it is signed. Give it a later start.",
    noDataset: "The city publishes no dataset {$dataset}.",
    noDays: "{$dataset} has no column of days {$column}.",
    noColumn: "{$dataset} has no column {$column}.",
  },
  fr: {
    faster: "Quelqu’un d’autre l’a changé au même moment. Regardez à nouveau, puis décidez.",
    nothingChanges: "Deux personnes ont signé son plan : plus rien n’y change.",
    isFixed: "Son plan est déjà fixé.",
    youSigned: "Vous l’avez signé. Une autre personne doit le signer aussi.",
    stays: "Un pilote dont le plan est fixé reste, et son résultat aussi.",
    tooSoon: "Il commencerait avant d’être signé. Donnez-lui un début plus tardif.",
    noDataset: "La ville ne publie pas de jeu de données {$dataset}.",
    noDays: "{$dataset} n’a pas de colonne de jours {$column}.",
    noColumn: "{$dataset} n’a pas de colonne {$column}.",
  },
  ar: {
    faster: "غيّرها شخص آخر في اللحظة نفسها. انظر من جديد ثم قرّر.",
    nothingChanges: "وقّع خطتها شخصان: لا يتغيّر فيها شيء بعد ذلك.",
    isFixed: "خطتها مثبّتة بالفعل.",
    youSigned: "لقد وقّعتها. يجب أن يوقّعها شخص آخر أيضاً.",
    stays: "التجربة التي ثُبّتت خطتها تبقى، ونتيجتها كذلك.",
    tooSoon: "ستبدأ قبل أن تُوقَّع. اختر بداية لاحقة.",
    noDataset: "لا تنشر المدينة مجموعة بيانات باسم {$dataset}.",
    noDays: "ليس في {$dataset} عمود أيام باسم {$column}.",
    noColumn: "ليس في {$dataset} عمود باسم {$column}.",
  },
});

type Why = keyof (typeof texts)["catalogues"]["en"];

export const refused = (key: Why, kind: FaultKind = "forbidden_transition"): Fault =>
  new Fault(kind, texts.in("en")(key), { says: { key, values: {} } });

/** A mistake at one place of a plan. */
export function mistaken(pointer: string, key: Why, values: Record<string, string> = {}): Fault {
  const detail = texts.in("en")(key, values);
  return new Fault("invalid", detail, { errors: [{ pointer, detail, says: { key, values } }] });
}

/** In the reader's language; what has no words of this room stands as it was said. */
export const saidIn = (lang: Lang, says: FieldError["says"], otherwise: string): string =>
  saidBy(texts, lang, says, otherwise);
