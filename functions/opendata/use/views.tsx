import { Facts } from "../../../shared/components.tsx";
import { USE } from "../domain.ts";
import type { Common } from "../showing.ts";
import { KINDS } from "./counted.ts";
import type { LateUse } from "./lately.ts";
import { useTexts } from "./texts.ts";

/** Who uses a dataset, as far as it can be told without telling of anybody. */
export function WhoUses({ title, counts, lang, url }: LateUse & Common) {
  const t = useTexts.in(lang);
  if (!counts) return <p>{t("usedNone")}</p>;
  const number = new Intl.NumberFormat(lang);
  return (
    <>
      <h3>{t("lately")}</h3>
      <Facts items={KINDS.map((kind) => [t(`column.${kind}`), number.format(counts[kind])] as const)} />
      <p class="quiet">
        <a href={url(`/data/${USE}`)}>{t("usedHow", { title })}</a>
      </p>
    </>
  );
}
