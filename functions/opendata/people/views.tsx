import { Notice } from "../../../shared/components.tsx";
import type { Protection } from "../schema.ts";
import type { Common } from "../showing.ts";

/** What was done so that nobody is found in a dataset. */
export function Protected({
  protection: { k, generalised, rowsWithheld, cellsWithheld },
  t,
}: { protection: Protection } & Common) {
  return (
    <Notice kind="info">
      <p>{t("protected", { k })}</p>
      <ul>
        {generalised.map(({ column, to, by }) => (
          <li>
            <bdi>{column}</bdi>: {t(`coarse.${to}`, { by: by ?? 0 })}
          </li>
        ))}
        {rowsWithheld > 0 && <li>{t("rowsWithheld", { n: rowsWithheld, k })}</li>}
        {cellsWithheld > 0 && <li>{t("cellsWithheld", { n: cellsWithheld, k })}</li>}
      </ul>
    </Notice>
  );
}
