import { defineTexts } from "../../../shared/texts.ts";

/** Why a dataset has the points that it has; a sentence for each reason. */
export const qualityTexts = defineTexts({
  en: {
    title: "Quality and freshness",
    score: "{$score} of 100 points",
    reason: "Reason",
    points: "Points",
    description: ".input {$value :number} .match $value 1 {{It is described.}} * {{It has no description.}}",
    contact:
      ".input {$value :number} .match $value 1 {{It says whom to ask.}} * {{It has no e-mail address and no telephone number to ask at.}}",
    subject:
      ".input {$value :number} .match $value 1 {{It has a theme or keywords.}} * {{It has neither a theme nor keywords.}}",
    language: ".input {$value :number} .match $value 1 {{It says its language.}} * {{It does not say its language.}}",
    extent:
      ".input {$value :number} .match $value 2 {{Where and when it is about is known.}} 1 {{Of where and when it is about, only one is known.}} * {{Neither where nor when it is about is known.}}",
    columns: ".input {$value :number} {{{$value} % of its columns are described.}}",
    types:
      ".input {$value :number} {{{$value} % of its columns are numbers, dates or answers that a program can read.}}",
    filled: ".input {$value :number} {{{$value} % of its cells are empty, or it is not known how many are.}}",
    fresh:
      ".input {$value :number} .match $value one {{It was renewed {$value} day ago; promised: {$promise}.}} * {{It was renewed {$value} days ago; promised: {$promise}.}}",
    "frequency.none": "nothing",
    "frequency.CONT": "all the time",
    "frequency.DAILY": "daily",
    "frequency.WEEKLY": "weekly",
    "frequency.BIWEEKLY": "every two weeks",
    "frequency.MONTHLY": "monthly",
    "frequency.QUARTERLY": "every three months",
    "frequency.ANNUAL_2": "twice a year",
    "frequency.ANNUAL": "yearly",
    "frequency.BIENNIAL": "every two years",
    "frequency.IRREG": "now and then",
    "frequency.NEVER": "never again",
  },
  fr: {
    title: "Qualité et fraîcheur",
    score: "{$score} points sur 100",
    reason: "Raison",
    points: "Points",
    description: ".input {$value :number} .match $value 1 {{Il est décrit.}} * {{Il n’a pas de description.}}",
    contact:
      ".input {$value :number} .match $value 1 {{Il dit à qui s’adresser.}} * {{Il n’a ni adresse électronique ni numéro de téléphone à qui s’adresser.}}",
    subject:
      ".input {$value :number} .match $value 1 {{Il a un thème ou des mots-clés.}} * {{Il n’a ni thème ni mots-clés.}}",
    language: ".input {$value :number} .match $value 1 {{Il dit sa langue.}} * {{Il ne dit pas sa langue.}}",
    extent:
      ".input {$value :number} .match $value 2 {{Le lieu et le temps dont il traite sont connus.}} 1 {{Du lieu et du temps dont il traite, un seul est connu.}} * {{Ni le lieu ni le temps dont il traite ne sont connus.}}",
    columns: ".input {$value :number} {{{$value} % de ses colonnes sont décrites.}}",
    types:
      ".input {$value :number} {{{$value} % de ses colonnes sont des nombres, des dates ou des réponses qu’un programme sait lire.}}",
    filled: ".input {$value :number} {{{$value} % de ses cellules sont vides, ou l’on ne sait combien.}}",
    fresh:
      ".input {$value :number} .match $value one {{Renouvelé il y a {$value} jour ; promis : {$promise}.}} * {{Renouvelé il y a {$value} jours ; promis : {$promise}.}}",
    "frequency.none": "rien",
    "frequency.CONT": "en continu",
    "frequency.DAILY": "chaque jour",
    "frequency.WEEKLY": "chaque semaine",
    "frequency.BIWEEKLY": "toutes les deux semaines",
    "frequency.MONTHLY": "chaque mois",
    "frequency.QUARTERLY": "chaque trimestre",
    "frequency.ANNUAL_2": "deux fois par an",
    "frequency.ANNUAL": "chaque année",
    "frequency.BIENNIAL": "tous les deux ans",
    "frequency.IRREG": "de temps à autre",
    "frequency.NEVER": "plus jamais",
  },
  ar: {
    title: "الجودة والحداثة",
    score: "{$score} نقطة من 100",
    reason: "السبب",
    points: "النقاط",
    description: ".input {$value :number} .match $value 1 {{له وصف.}} * {{ليس له وصف.}}",
    contact:
      ".input {$value :number} .match $value 1 {{يذكر من يُسأل عنه.}} * {{ليس له بريد إلكتروني ولا هاتف للسؤال.}}",
    subject:
      ".input {$value :number} .match $value 1 {{له موضوع أو كلمات مفتاحية.}} * {{ليس له موضوع ولا كلمات مفتاحية.}}",
    language: ".input {$value :number} .match $value 1 {{يذكر لغته.}} * {{لا يذكر لغته.}}",
    extent:
      ".input {$value :number} .match $value 2 {{المكان والزمان اللذان يخصهما معروفان.}} 1 {{من المكان والزمان اللذين يخصهما واحد فقط معروف.}} * {{لا المكان ولا الزمان اللذان يخصهما معروفان.}}",
    columns: ".input {$value :number} {{نسبة الأعمدة الموصوفة: {$value} %.}}",
    types: ".input {$value :number} {{نسبة الأعمدة التي هي أرقام أو تواريخ أو أجوبة يقرؤها برنامج: {$value} %.}}",
    filled: ".input {$value :number} {{نسبة الخلايا الفارغة: {$value} %، أو أنها غير معروفة.}}",
    fresh: ".input {$value :number} {{عدد الأيام منذ آخر تجديد: {$value}؛ الموعود: {$promise}.}}",
    "frequency.none": "لا شيء",
    "frequency.CONT": "باستمرار",
    "frequency.DAILY": "يوميًا",
    "frequency.WEEKLY": "أسبوعيًا",
    "frequency.BIWEEKLY": "كل أسبوعين",
    "frequency.MONTHLY": "شهريًا",
    "frequency.QUARTERLY": "كل ثلاثة أشهر",
    "frequency.ANNUAL_2": "مرتين في السنة",
    "frequency.ANNUAL": "سنويًا",
    "frequency.BIENNIAL": "كل سنتين",
    "frequency.IRREG": "من حين إلى آخر",
    "frequency.NEVER": "لن يُجدَّد",
  },
});
