import type { Messages } from "../ports.ts";
import type { Settings } from "../settings.ts";

/** E-mail by an SMTP server; a telephone number needs a carrier that this house does not have, and says so. */
export function smtp(settings: Settings): Messages {
  if (!settings.HANSA_SMTP_URL) throw new Error("HANSA_MESSAGES is smtp, so HANSA_SMTP_URL must be set.");
  // Loaded when it is first needed: it is no part of the bundles for AWS.
  const transport = import("nodemailer").then(({ createTransport }) => createTransport(settings.HANSA_SMTP_URL));
  return {
    async send({ to, subject, text }) {
      if (!to.includes("@")) throw new Error("This house has an SMTP server only: no message can go to a telephone.");
      await (await transport).sendMail({ from: settings.HANSA_MAIL_FROM, to, subject, text });
    },
  };
}
