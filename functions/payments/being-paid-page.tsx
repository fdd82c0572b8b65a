import { Actions, Facts, Form, LinkButton, Notice } from "../../shared/components.tsx";
import type { BeingPaid } from "./turns.ts";
import type { Given, Shown } from "./views.tsx";

interface Props {
  s: Shown;
  reference: string;
  amountMinor?: number | undefined;
  given: Given;
  says: BeingPaid;
}

/** Told who comes second, before anything is asked of a provider: until when at most, and how to go on. */
export function BeingPaidPage({ s, reference, amountMinor, given, says }: Props) {
  const { t, here, lang, csrf } = s;
  const until = new Intl.DateTimeFormat(lang, { timeStyle: "short", timeZone: here.city.timeZone }).format(
    new Date(says.payableUntil),
  );
  const asked = {
    reference,
    ...(amountMinor === undefined ? {} : { amountMinor: String(amountMinor) }),
  };
  return (
    <>
      <Notice kind="warning">{t("beingPaidSays")}</Notice>
      <Facts
        items={[
          [t("reference"), <bdi style="white-space:nowrap">{reference}</bdi>],
          [t("beingPaidUntil"), <strong>{until}</strong>],
        ]}
      />
      <Actions>
        <LinkButton href={here.url(`/payments/ways?${new URLSearchParams(asked)}`)}>{t("askAgain")}</LinkButton>
      </Actions>
      {says.maySayIsSure && (
        <section>
          <h2>{t("sureTitle")}</h2>
          <p>{t("sureLead")}</p>
          <Form action={here.url("/payments")} csrf={csrf} submit={t("sureDo")}>
            {Object.entries({ ...asked, ...given, isSure: "yes" }).map(([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ))}
          </Form>
        </section>
      )}
    </>
  );
}
