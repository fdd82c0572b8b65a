import { writeFileSync } from "node:fs";
import { stripe } from "../../../functions/payments/rails/stripe/index.ts";

// Records what stripe-mock, which Stripe makes from its own OpenAPI document, answers to exactly the requests of
// functions/payments/rails/stripe; it refuses a request that the document does not allow. Run as the README beside says.
const mock = process.argv[2] ?? "http://127.0.0.1:12111";
const caught: Record<string, unknown> = {};
const plain = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const answer = await plain(input, init);
  const path = new URL(String(input)).pathname.replace(/cs_test_\w+/, "{id}");
  caught[`${init?.method ?? "GET"} ${path}`] = { status: answer.status, body: await answer.clone().json() };
  return answer;
};
const now = () => new Date();
const home = { now, callbackUrl: "https://example.org/webhooks", standIn: mock };
const connection = stripe.connect({ secretKey: "sk_test_123456789", webhookSecret: "whsec_12345678" }, home);
const tried = async (call: Promise<unknown> | undefined) => {
  await call?.catch((error: Error) => console.error(error.message));
};
await tried(
  connection.open({
    paymentId: "pay_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
    reference: "K7M2-9QXR-4",
    amountMinor: 500,
    currency: "EUR",
    title: "Water",
    lang: "fr",
    expiresAt: new Date(now().getTime() + 3_600_000).toISOString(),
    successUrl: "https://example.org/back",
    cancelUrl: "https://example.org/pay",
  }),
);
await tried(connection.ask("cs_test_1", { paymentId: "", currency: "EUR" }));
await tried(connection.end?.("cs_test_1"));
await tried(connection.setUp?.());
const refund = {
  refundId: "rfd_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
  paymentId: "pay_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
  sessionId: "cs_test_1",
  providerRef: "pi_1",
  amountMinor: 200,
  currency: "EUR",
};
await tried(connection.refund?.(refund));
await tried(connection.askRefund?.(refund));
await tried(connection.statement?.(new Date(now().getTime() - 86_400_000), now()));
await fetch(`${mock}/v1/disputes/dp_1`, { headers: { Authorization: "Bearer sk_test_123456789" } });
for (const path of ["/v1/payment_intents/pi_1", "/v1/events/evt_1"])
  await fetch(mock + path, { headers: { Authorization: "Bearer sk_test_123456789" } });
writeFileSync(new URL("recorded.json", import.meta.url), `${JSON.stringify(caught, null, 1)}\n`);
