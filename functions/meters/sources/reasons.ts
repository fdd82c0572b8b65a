import { defineTexts, type Lang } from "../../../shared/texts.ts";

// Reasons are kept as the API tells them, in English; pages say those that are known in the reader's language.

const texts = defineTexts({
  en: {
    noDecoder: "Neither this device nor its source has a decoder.",
    decoderGone: "Its decoder is not there any more.",
    decoderSlow: "The decoder took too long too often. It was not run.",
    noMeter: "This device has no meter for its channel {$channel}.",
    noPayload: "The network's server sent no decoded payload.",
    noData: "The decoder returned no data.",
    decoderFailed: "The decoder failed. {$why}",
    decoderRefused: "The decoder refused it. {$why}",
    manyValues: "{$field} has more than {$most} values.",
    listUntimed: "{$field} is a list: say where its times are, or its steps.",
    noTime: "{$field} is no time before the message: {$value}.",
    noNumber: "{$field} is no number.",
    wrongSecret: "The secret of this source is missing or wrong.",
    unsigned: "Sign it: webhook-id, webhook-timestamp (seconds since 1970) and webhook-signature.",
    wrongSignature: "The signature does not fit: another secret, or another body.",
    signedLongAgo: "It was signed outside this source's window of {$seconds} seconds.",
    paused: "This source is paused.",
    tooLong: "This is longer than any message that a source sends.",
    tooFast: "This source sends faster than it may. What was acknowledged is kept.",
    noJson: "The body is not JSON.",
    partLeft: "A part of it was left out.",
    storageAnswered: "The storage answered {$status}.",
    addressAnswered: "The source's address answered {$status}.",
    silentHost: "{$host} does not answer.",
    fileTooLarge: "{$file}: A file has at most {$most} MB. Send it in parts, or packed.",
    confirm: "Open this address once, so that messages are sent here: {$address}",
  },
  fr: {
    noDecoder: "Ni cet appareil ni sa source n’a de décodeur.",
    decoderGone: "Son décodeur n’existe plus.",
    decoderSlow: "Le décodeur a trop souvent été trop lent. Il n’a pas été exécuté.",
    noMeter: "Cet appareil n’a pas de compteur pour sa voie {$channel}.",
    noPayload: "Le serveur du réseau n’a pas envoyé de contenu décodé.",
    noData: "Le décodeur n’a rendu aucune donnée.",
    decoderFailed: "Le décodeur a échoué. {$why}",
    decoderRefused: "Le décodeur l’a refusé. {$why}",
    manyValues: "{$field} a plus de {$most} valeurs.",
    listUntimed: "{$field} est une liste : dites où sont ses heures, ou son pas.",
    noTime: "{$field} n’est pas une heure antérieure au message : {$value}.",
    noNumber: "{$field} n’est pas un nombre.",
    wrongSecret: "Le secret de cette source manque ou est faux.",
    unsigned: "Signez : webhook-id, webhook-timestamp (secondes depuis 1970) et webhook-signature.",
    wrongSignature: "La signature ne convient pas : un autre secret, ou un autre contenu.",
    signedLongAgo: "La signature est hors de la fenêtre de {$seconds} secondes de cette source.",
    paused: "Cette source est en pause.",
    tooLong: "C’est plus long que tout message d’une source.",
    tooFast: "Cette source envoie plus vite que permis. Ce qui a été confirmé est gardé.",
    noJson: "Le contenu n’est pas du JSON.",
    partLeft: "Une partie a été laissée de côté.",
    storageAnswered: "Le stockage a répondu {$status}.",
    addressAnswered: "L’adresse de la source a répondu {$status}.",
    silentHost: "{$host} ne répond pas.",
    fileTooLarge: "{$file} : un fichier a au plus {$most} Mo. Envoyez-le en parties, ou compressé.",
    confirm: "Ouvrez une fois cette adresse pour que les messages arrivent ici : {$address}",
  },
  ar: {
    noDecoder: "لا يوجد مفكك ترميز لهذا الجهاز ولا لمصدره.",
    decoderGone: "لم يعد مفكك ترميزه موجوداً.",
    decoderSlow: "استغرق مفكك الترميز وقتاً أطول من اللازم مراراً، فلم يُشغَّل.",
    noMeter: "ليس لهذا الجهاز عداد لقناته {$channel}.",
    noPayload: "لم يرسل خادم الشبكة محتوى مفكوك الترميز.",
    noData: "لم يُرجع مفكك الترميز أي بيانات.",
    decoderFailed: "أخفق مفكك الترميز. {$why}",
    decoderRefused: "رفضه مفكك الترميز. {$why}",
    manyValues: "في {$field} أكثر من {$most} قيمة.",
    listUntimed: "{$field} قائمة: حدّد أين أوقاتها أو خطواتها.",
    noTime: "{$field} ليس وقتاً سابقاً للرسالة: {$value}.",
    noNumber: "{$field} ليس رقماً.",
    wrongSecret: "سر هذا المصدر ناقص أو خاطئ.",
    unsigned: "وقّع الرسالة: webhook-id وwebhook-timestamp (ثوانٍ منذ 1970) وwebhook-signature.",
    wrongSignature: "التوقيع لا يطابق: سر آخر أو محتوى آخر.",
    signedLongAgo: "وُقّعت خارج نافذة هذا المصدر البالغة {$seconds} ثانية.",
    paused: "هذا المصدر متوقف مؤقتاً.",
    tooLong: "هذا أطول من أي رسالة يرسلها مصدر.",
    tooFast: "يرسل هذا المصدر أسرع مما يُسمح به. ما أُكّد استلامه محفوظ.",
    noJson: "المحتوى ليس JSON.",
    partLeft: "تُرك جزء منه.",
    storageAnswered: "أجاب المخزن بـ {$status}.",
    addressAnswered: "أجاب عنوان المصدر بـ {$status}.",
    silentHost: "لا يجيب {$host}.",
    fileTooLarge: "{$file}: حجم الملف {$most} ميغابايت على الأكثر. أرسله أجزاءً أو مضغوطاً.",
    confirm: "افتح هذا العنوان مرة واحدة كي تُرسل الرسائل إلى هنا: {$address}",
  },
});

type Key = keyof typeof texts.catalogues.en;
const PATTERNS = (Object.entries(texts.catalogues.en) as [Key, string][]).map(([key, sentence]) => {
  const names = [...sentence.matchAll(/\{\$(\w+)\}/g)].map(([, name]) => name!);
  const parts = sentence.split(/\{\$\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { key, names, pattern: new RegExp(`^${parts.join("(.+)")}$`, "s") };
});

/** A reason in the reader's language; one that is not known here as it is. */
export function reasonIn(lang: Lang, reason: string): string {
  for (const { key, names, pattern } of PATTERNS) {
    const found = pattern.exec(reason);
    if (found) return texts.in(lang)(key, Object.fromEntries(names.map((name, i) => [name, found[i + 1]!])) as never);
  }
  return reason;
}
