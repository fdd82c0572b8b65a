import { type AskedRead, defineOffers, type Fields, heard } from "../../marketplace/contract/offers.ts";
import type { Here } from "../../shared/here.ts";
import { dayOf, dayPlus, dayRange } from "../../shared/time.ts";
import { MetersNamed, ReadingsKept, UsageInSpans } from "./events.ts";

// What modules of the marketplace may hear and read of meters.

const HOUR_MS = 3_600_000;

const ROWS: Fields = {
  meterId: { type: "text", id: "meter", title: { en: "the meter", fr: "le compteur", ar: "العداد" } },
  accountId: { type: "text", id: "account", title: { en: "the account", fr: "le compte", ar: "الحساب" } },
  kind: { type: "text", title: { en: "the kind of meter", fr: "le genre de compteur", ar: "نوع العداد" } },
  day: { type: "moment", title: { en: "the day", fr: "le jour", ar: "اليوم" } },
  /** Since midnight in the city; of days none. */
  hour: { type: "number", title: { en: "the hour", fr: "l’heure", ar: "الساعة" } },
  from: { type: "moment", title: { en: "its beginning", fr: "son début", ar: "بدايتها" } },
  /** Whole Wh or litres. */
  quantity: { type: "number", title: { en: "the quantity", fr: "la quantité", ar: "الكمية" } },
  /** How much of the hour or day has readings: 0 to 1. */
  coverage: { type: "number", title: { en: "the share with readings", fr: "la part relevée", ar: "الجزء المقروء" } },
};

interface Span {
  day: string;
  hour?: number;
  from: Date;
  to: Date;
}

/** The hours or days of the city that end with the day of the instant. */
function spansOf({ grain, days = 1, at }: AskedRead, zone: string): Span[] {
  const last = dayOf(at, zone);
  return Array.from({ length: days }, (_, i) => dayPlus(last, i + 1 - days)).flatMap((day): Span[] => {
    const { from, to } = dayRange(day, zone);
    if (grain !== "hour") return [{ day, from, to }];
    return Array.from({ length: (to.getTime() - from.getTime()) / HOUR_MS }, (_, hour) => ({
      day,
      hour,
      from: new Date(from.getTime() + hour * HOUR_MS),
      to: new Date(from.getTime() + (hour + 1) * HOUR_MS),
    }));
  });
}

async function readings(here: Here, asked: AskedRead): Promise<Record<string, unknown>[]> {
  const spans = spansOf(asked, here.city.timeZone);
  const named = new Map((await here.ask(MetersNamed, { names: [...asked.ids] })).map((one) => [one.meterId, one]));
  const iso = spans.map(({ from, to }) => ({ from: from.toISOString(), to: to.toISOString() }));
  const used = await here.ask(UsageInSpans, { parts: [...named.keys()].map((meterId) => ({ meterId, spans: iso })) });
  return used.flatMap(({ meterId, kind, spans: counted }) =>
    counted.flatMap(({ quantity, coverage }, i) => {
      if (coverage === 0) return [];
      const { day, hour, from } = spans[i]!;
      const accountId = named.get(meterId)?.accountId;
      return [
        {
          ...{ meterId, kind, day, from: from.toISOString(), quantity, coverage },
          ...(accountId === undefined ? {} : { accountId }),
          ...(hour === undefined ? {} : { hour }),
        },
      ];
    }),
  );
}

export const meterOffers = defineOffers({
  events: [
    {
      event: heard(ReadingsKept),
      class: "operational",
      says: {
        en: "when readings of up to a hundred meters have come",
        fr: "quand des relevés d’au plus cent compteurs sont arrivés",
        ar: "عند وصول قراءات ما لا يزيد على مئة عداد",
      },
      data: {
        deliveryId: { type: "text", title: { en: "the delivery", fr: "la livraison", ar: "التسليم" } },
        readings: {
          type: "number",
          title: { en: "the number of readings", fr: "le nombre de relevés", ar: "عدد القراءات" },
        },
        meterCount: {
          type: "number",
          title: { en: "the number of meters", fr: "le nombre de compteurs", ar: "عدد العدادات" },
        },
        meterIds: {
          type: { list: "text" },
          id: "meter",
          title: { en: "the meters", fr: "les compteurs", ar: "العدادات" },
        },
        from: { type: "moment", title: { en: "the first reading", fr: "le premier relevé", ar: "القراءة الأولى" } },
        to: { type: "moment", title: { en: "the last reading", fr: "le dernier relevé", ar: "القراءة الأخيرة" } },
      },
    },
  ],
  reads: [
    {
      scope: "meters.readings:read",
      class: "household",
      about: "meter",
      says: {
        en: "what these meters counted",
        fr: "ce que ces compteurs ont compté",
        ar: "ما عدّته هذه العدادات",
      },
      rows: ROWS,
      grains: ["hour", "day"],
      daysMax: 31,
      run: readings,
    },
  ],
});
