import { defineTexts } from "../../shared/texts.ts";

export const asksTexts = defineTexts({
  en: {
    hear: "It works {$what}. For what: {$purpose}",
    read: "It may read {$what}. For what: {$purpose}",
    readIfWanted: "If the city wants: it may read {$what}. For what: {$purpose}",
    may: "It may {$what}. For what: {$purpose}",
    mayIfWanted: "If the city wants: it may {$what}. For what: {$purpose}",
    ownTables: "what the city has published of a table of its own",
    ownRows: "write rows into tables of its own, which leave the city with it",
    hour: ", hour by hour",
    day: ", day by day",
    ofDays: ".input {$days :number} .match $days one {{, of {$days} day}} * {{, of {$days} days}}",
    where: ", only where {$where}",
  },
  fr: {
    hear: "Il travaille {$what}. Pourquoi : {$purpose}",
    read: "Il peut lire {$what}. Pourquoi : {$purpose}",
    readIfWanted: "Si la ville le veut : il peut lire {$what}. Pourquoi : {$purpose}",
    may: "Il peut {$what}. Pourquoi : {$purpose}",
    mayIfWanted: "Si la ville le veut : il peut {$what}. Pourquoi : {$purpose}",
    ownTables: "ce que la ville a publié d’une table à lui",
    ownRows: "écrire des lignes dans ses propres tables, qui quittent la ville avec lui",
    hour: ", heure par heure",
    day: ", jour par jour",
    ofDays: ".input {$days :number} .match $days one {{, sur {$days} jour}} * {{, sur {$days} jours}}",
    where: ", seulement quand {$where}",
  },
  ar: {
    hear: "تعمل {$what}. الغرض: {$purpose}",
    read: "يجوز لها أن تقرأ {$what}. الغرض: {$purpose}",
    readIfWanted: "إن أرادت المدينة: يجوز لها أن تقرأ {$what}. الغرض: {$purpose}",
    may: "يجوز لها {$what}. الغرض: {$purpose}",
    mayIfWanted: "إن أرادت المدينة: يجوز لها {$what}. الغرض: {$purpose}",
    ownTables: "ما نشرته المدينة من جدول خاص بها",
    ownRows: "كتابة صفوف في جداول خاصة بها تغادر المدينة معها",
    hour: "، ساعة بساعة",
    day: "، يوماً بيوم",
    ofDays:
      ".input {$days :number} .match $days zero {{، لمدة {$days} يوم}} one {{، ليوم واحد ({$days})}} two {{، ليومين ({$days})}} few {{، لمدة {$days} أيام}} many {{، لمدة {$days} يوماً}} * {{، لمدة {$days} يوم}}",
    where: "، فقط عندما {$where}",
  },
});
