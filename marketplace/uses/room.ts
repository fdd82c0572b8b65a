import { cityRoom } from "../../shared/room.ts";
import { useRoutesOfCity } from "./city.tsx";
import { useTexts } from "./texts.ts";

/** A city says in public which modules it runs, if it wants to be named. It keeps nothing of it. */
export const uses = cityRoom("uses", {
  routes: useRoutesOfCity,
  nav: [{ path: "/staff/uses", label: (lang) => useTexts.in(lang)("title"), roles: ["administrator"] }],
});
