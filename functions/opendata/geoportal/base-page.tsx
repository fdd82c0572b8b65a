import { Field, Form, Notice } from "../../../shared/components.tsx";
import type { Dataset } from "../schema.ts";
import type { Role } from "./base.ts";
import type { Common } from "./page-parts.tsx";

export function BasePage({
  t,
  csrf,
  url,
  datasets,
  roles,
  isSaved,
}: Common & { datasets: Dataset[]; roles: Record<string, Role>; isSaved: boolean }) {
  if (datasets.length === 0) return <p>{t("noPlaces")}</p>;
  const options = ["none", "green", "water", "buildings", "roads", "boundary"] as const;
  return (
    <>
      {isSaved && (
        <Notice kind="success">
          <a href={url("/map")}>{t("saved")}</a>
        </Notice>
      )}
      <Form action={url("/staff/map")} csrf={csrf} submit={t("save")}>
        {datasets.map(({ id, card }) => (
          <Field
            label={card.title}
            name={id}
            type="select"
            value={roles[id] ?? "none"}
            options={options.map((one) => [one === "none" ? "" : one, t(`role.${one}`)] as const)}
          />
        ))}
      </Form>
    </>
  );
}
