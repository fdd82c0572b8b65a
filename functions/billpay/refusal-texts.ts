import { defineRefusals } from "../../shared/refusals.ts";

/** What is refused about third parties. */
defineRefusals({
  en: {
    speaksAlready: "This key speaks for a third party already.",
  },
  fr: {
    speaksAlready: "Cette clé est déjà celle d’un tiers.",
  },
  ar: {
    speaksAlready: "هذا المفتاح لطرف ثالث من قبل.",
  },
});
