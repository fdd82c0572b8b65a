import { Fault } from "../../shared/errors.ts";
import { fieldMistakes } from "../../shared/http.ts";
import { defineTexts, type Lang } from "../../shared/texts.ts";
import type { Mistake } from "./shown.tsx";
import { networkTexts } from "./texts.ts";

// What is wrong with a form or a file, in the reader's language: by the field or column, since the details of the API
// are for programs and in English. A sentence says what would be right.

const wrongTexts = defineTexts({
  en: {
    code: "Letters A to Z, digits and . _ -, at most 40.",
    level: "zone, feeder or transformer.",
    kind: "water, electricity or gas.",
    class: "residential, commercial, industrial, public or own_use.",
    direction: "in or out.",
    name: "At most 80 signs.",
    place: "At most 120 signs.",
    longitude: "Degrees, such as -4.0083.",
    latitude: "Degrees, such as 5.3097.",
    at: "A day, or a time in the city’s time, such as 2026-11-23 02:00.",
    within: "There is no area with this code that it can be a part of: of the same kind, and above it.",
    meter: "No meter with this number that counts the same is registered here.",
    register: "What the dial shows, such as 1234.5, together with the meter.",
    area: "There is no area with this code and of this kind.",
    account: "There is no account with this number.",
    quantity: "A whole number of litres or Wh.",
    reason: "Say why, in 3 to 200 signs.",
    month: "A month that has begun, such as 2026-10.",
    steps: "A line for each valve, each later than the one before, between the start and the end.",
    endedAt: "A test takes at most a day.",
    crewDays: "A number from 0.05 to 60.",
    note: "At most 500 signs.",
    to: "At most 80 signs.",
    headings: "A heading that is not known, or twice, or none for the codes. Known are: {$known}.",
    empty: "There is no line below the headings.",
    too_large: "The file is too large. Send it in parts.",
    told_later: "Something else is said of a later time already: tell changes in order.",
    stands_elsewhere: "This meter stands at another connection point until it is taken away there.",
    too_many: "More than the network keeps: 5,000 areas, 200 bulk meters of an area, 200 areas of a bulk meter.",
    another_thing: "This code is taken by something of another level or kind.",
    changed_meanwhile: "Somebody else changed this at the same time. Look again, and send it again.",
  },
  fr: {
    code: "Lettres de A à Z, chiffres et . _ -, 40 au plus.",
    level: "secteur, départ ou transformateur.",
    kind: "eau, électricité ou gaz.",
    class: "logement, commerce, industrie, public ou own_use.",
    direction: "entrée ou sortie.",
    name: "80 signes au plus.",
    place: "120 signes au plus.",
    longitude: "En degrés, par exemple -4,0083.",
    latitude: "En degrés, par exemple 5,3097.",
    at: "Un jour, ou une heure à l’heure de la ville, par exemple 2026-11-23 02:00.",
    within: "Aucune zone de ce code ne peut la contenir : du même fluide, et au-dessus d’elle.",
    meter: "Aucun compteur de ce fluide n’est enregistré ici sous ce numéro.",
    register: "Ce qu’affiche le cadran, par exemple 1234.5, avec le compteur.",
    area: "Il n’y a pas de zone de ce code et de ce fluide.",
    account: "Il n’y a pas de compte de ce numéro.",
    quantity: "Un nombre entier de litres ou de Wh.",
    reason: "Dites pourquoi, en 3 à 200 signes.",
    month: "Un mois déjà commencé, par exemple 2026-10.",
    steps: "Une ligne par vanne, chacune après la précédente, entre le début et la fin.",
    endedAt: "Un essai dure un jour au plus.",
    crewDays: "Un nombre de 0,05 à 60.",
    note: "500 signes au plus.",
    to: "80 signes au plus.",
    headings: "Un en-tête est inconnu ou en double, ou celui des codes manque. Connus : {$known}.",
    empty: "Il n’y a aucune ligne sous les en-têtes.",
    too_large: "Le fichier est trop volumineux. Envoyez-le en plusieurs parties.",
    told_later: "Autre chose est déjà dit d’un moment ultérieur : saisissez les changements dans l’ordre.",
    stands_elsewhere: "Ce compteur est posé à un autre point de raccordement tant qu’il n’y est pas retiré.",
    too_many:
      "Plus que le réseau n’en garde : 5 000 zones, 200 compteurs généraux par zone, 200 zones par compteur général.",
    another_thing: "Ce code est pris par une chose d’un autre niveau ou fluide.",
    changed_meanwhile: "Quelqu’un d’autre l’a modifié au même moment. Relisez, puis renvoyez.",
  },
  ar: {
    code: "حروف لاتينية من A إلى Z وأرقام و . _ -، 40 على الأكثر.",
    level: "قطاع أو مغذٍّ أو محوّل.",
    kind: "ماء أو كهرباء أو غاز.",
    class: "سكني أو تجاري أو صناعي أو عمومي أو own_use.",
    direction: "دخول أو خروج.",
    name: "80 علامة على الأكثر.",
    place: "120 علامة على الأكثر.",
    longitude: "بالدرجات، مثل ‎-4.0083.",
    latitude: "بالدرجات، مثل 5.3097.",
    at: "يوم، أو وقت بتوقيت المدينة، مثل 2026-11-23 02:00.",
    within: "لا توجد منطقة بهذا الرمز يمكن أن تضمّها: من النوع نفسه وأعلى منها.",
    meter: "لا يوجد هنا عداد مسجل بهذا الرقم ومن هذا النوع.",
    register: "ما يظهر على العداد، مثل 1234.5، مع رقم العداد.",
    area: "لا توجد منطقة بهذا الرمز ومن هذا النوع.",
    account: "لا يوجد حساب بهذا الرقم.",
    quantity: "عدد صحيح من اللترات أو Wh.",
    reason: "اذكر السبب في 3 إلى 200 علامة.",
    month: "شهر قد بدأ، مثل 2026-10.",
    steps: "سطر لكل صمام، كل منها بعد سابقه، بين البداية والنهاية.",
    endedAt: "لا يدوم الاختبار أكثر من يوم.",
    crewDays: "عدد من 0.05 إلى 60.",
    note: "500 علامة على الأكثر.",
    to: "80 علامة على الأكثر.",
    headings: "عنوان غير معروف أو مكرر، أو لا عنوان للرموز. المعروف: {$known}.",
    empty: "لا يوجد سطر تحت العناوين.",
    too_large: "الملف كبير جداً. أرسله على أجزاء.",
    told_later: "قيل شيء آخر عن وقت لاحق: أدخل التغييرات بالترتيب.",
    stands_elsewhere: "هذا العداد في نقطة توصيل أخرى إلى أن يُنزع منها.",
    too_many: "أكثر مما تحفظه الشبكة: 5000 منطقة، و200 عداد رئيسي للمنطقة، و200 منطقة للعداد الرئيسي.",
    another_thing: "هذا الرمز لشيء من مستوى أو نوع آخر.",
    changed_meanwhile: "غيّر شخص آخر هذا في الوقت نفسه. انظر مجدداً ثم أعد الإرسال.",
  },
});
type Wrong = Parameters<ReturnType<typeof wrongTexts.in>>[0];

/** Fields and columns that share a sentence with another. */
const SAME: Record<string, Wrong> = {
  ...{ customerClass: "class", accountId: "account", from: "at", startedAt: "at" },
  ...{ input: "meter", endsInput: "meter", opening: "register", closing: "register" },
};
const KNOWN = new Set<string>(Object.keys(wrongTexts.catalogues.en));
const wrongOf = (name: string): Wrong | undefined => SAME[name] ?? (KNOWN.has(name) ? (name as Wrong) : undefined);

/** What is wrong with a form, at its fields. @throws what is no mistake of whoever sent it */
export function formMistakes(error: unknown, lang: Lang): Mistake[] {
  const t = wrongTexts.in(lang);
  return fieldMistakes(error).map(({ field, detail }) => {
    const wrong = field === "" ? (error as Fault).members["hindrance"] : wrongOf(field);
    return { field, detail: wrong === undefined ? detail : t(wrong as Wrong) };
  });
}

/** What is wrong with a file, line by line, at its field; undefined: it is no file that is wrong. */
export function fileMistakes(error: unknown, lang: Lang, of: string | undefined): Mistake[] | undefined {
  if (!(error instanceof Fault)) return undefined;
  const t = wrongTexts.in(lang);
  if (error.kind === "too_large") return [{ field: "file", detail: t("too_large") }];
  const lines = (error.members.errors ?? []).filter(({ pointer }) => pointer.startsWith("#/line/"));
  if (lines.length === 0) return undefined;
  const known = networkTexts.in(lang)(of === "areas" ? "columnsOfAreas" : "columnsOfPoints");
  return lines.map(({ pointer, detail }) => {
    // A detail begins with its column, and quotes what stands there; a schema's quotes what could.
    const [, column = "", rest = ""] = /^([A-Za-z]+)[A-Za-z/]*: (.*)$/s.exec(detail) ?? [];
    const wrong = wrongOf(column);
    const [found] = rest.startsWith("Invalid") ? [] : (/"[^"]*"/.exec(rest) ?? []);
    const says = [column, found].filter(Boolean).join(" ");
    return {
      field: "file",
      detail: `${pointer.slice("#/line/".length)}: ${wrong === undefined ? detail : `${says}: ${t(wrong, { known })}`}`,
    };
  });
}
