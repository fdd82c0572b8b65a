import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Messages } from "../ports.ts";
import type { Settings } from "../settings.ts";

/** E-mail by SES, text messages by AWS End User Messaging. */
export function carrier(settings: Settings): Messages {
  const email = new SESv2Client({});
  const sms = new PinpointSMSVoiceV2Client({});
  return {
    async send({ to, subject, text }) {
      if (!to.includes("@")) {
        await sms.send(
          new SendTextMessageCommand({ DestinationPhoneNumber: to, MessageBody: text, MessageType: "TRANSACTIONAL" }),
        );
        return;
      }
      const utf8 = (Data: string) => ({ Data, Charset: "UTF-8" });
      await email.send(
        new SendEmailCommand({
          FromEmailAddress: settings.HANSA_MAIL_FROM,
          Destination: { ToAddresses: [to] },
          Content: { Simple: { Subject: utf8(subject ?? text.slice(0, 60)), Body: { Text: utf8(text) } } },
        }),
      );
    },
  };
}
