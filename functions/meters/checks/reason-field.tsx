import { Field } from "../../../shared/components.tsx";
import type { Shown } from "./shown.ts";

/** Why somebody decides or sets something right. */
export const ReasonField = ({
  s: { t },
  value,
  error,
}: {
  s: Shown;
  value: string | undefined;
  error: string | undefined;
}) => (
  <Field
    label={t("reason")}
    name="reason"
    hint={t("reasonHint")}
    value={value}
    error={error}
    required
    maxlength={200}
  />
);
