import { writeFileSync } from "node:fs";
import { openStripe } from "../../../functions/payments/stripe.ts";

// Records what stripe-mock, which Stripe makes from its own OpenAPI document, answers to exactly the requests of
// functions/payments/stripe.ts; it refuses a request that the document does not allow. Run as the README beside says.
const mock = process.argv[2] ?? "http://127.0.0.1:12111";
const caught: Record<string, unknown> = {};
const plain = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const answer = await plain(input, init);
  const path = new URL(String(input)).pathname.replace(/cs_test_\w+/, "{id}");
  caught[`${init?.method ?? "GET"} ${path}`] = { status: answer.status, body: await answer.clone().json() };
  return answer;
};
const stripe = openStripe({ secretKey: "sk_test_123456789", webhookSecret: "whsec_12345678" }, mock);
const at = new Date();
await stripe
  .open({
    payment: {
      id: "pay_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
      billId: "bill_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
      reference: "K7M2-9QXR-4",
      kind: "water",
      month: "2026-10",
      amountMinor: 500,
      currency: "EUR",
      state: "created",
      provider: "stripe",
      lang: "fr",
      createdAt: at.toISOString(),
      expiresAt: new Date(at.getTime() + 3_600_000).toISOString(),
    },
    title: "Water",
    lang: "fr",
    successUrl: "https://example.org/back",
    cancelUrl: "https://example.org/pay",
  })
  .catch((error: Error) => console.error(error.message));
await stripe.ask("cs_test_1").catch((error: Error) => console.error(error.message));
await stripe.register("https://example.org/webhooks").catch((error: Error) => console.error(error.message));
for (const path of ["/v1/payment_intents/pi_1", "/v1/events/evt_1"])
  await fetch(mock + path, { headers: { Authorization: "Bearer sk_test_123456789" } });
writeFileSync(new URL("recorded.json", import.meta.url), `${JSON.stringify(caught, null, 1)}\n`);
