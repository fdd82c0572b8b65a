import { Actions, LinkButton } from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import type { Lang } from "../../shared/texts.ts";
import { peerTexts } from "./texts.ts";

/** From the city's modules to what it makes for others, and takes from them. */
export const PeerLinks = ({ lang, here }: { lang: Lang; here: Here }) => {
  const t = peerTexts.in(lang);
  return (
    <Actions>
      <LinkButton second href={here.url("/staff/packages")}>
        {t("packages")}
      </LinkButton>
      <LinkButton second href={here.url("/staff/adoptions")}>
        {t("adoptions")}
      </LinkButton>
    </Actions>
  );
};
