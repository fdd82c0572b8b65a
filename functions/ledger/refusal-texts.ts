import { defineRefusals } from "../../shared/refusals.ts";

/** What the books refuse. */
defineRefusals({
  en: {
    dayOver: "A day that is over.",
    fourEyes: "Another person than the one who asked must approve it.",
    dayOrder: "The last day is not before the first.",
    closedUpTo: "The books are closed up to {$day} already.",
  },
  fr: {
    dayOver: "Un jour terminé.",
    fourEyes: "Une autre personne que celle qui l’a demandé doit l’approuver.",
    dayOrder: "Le dernier jour ne peut pas précéder le premier.",
    closedUpTo: "Les livres sont déjà clos jusqu’au {$day}.",
  },
  ar: {
    dayOver: "يوم انتهى.",
    fourEyes: "يجب أن يوافق عليه شخص غير الذي طلبه.",
    dayOrder: "لا يكون اليوم الأخير قبل الأول.",
    closedUpTo: "الدفاتر مقفلة من قبل حتى {$day}.",
  },
});
