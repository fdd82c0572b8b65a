import { expect, test } from "vitest";
import { ErrorSummary, Field } from "../../shared/components.tsx";
import { withFieldNames } from "../../shared/mistakes.ts";

// Guards against a list of "Fill this in." that does not say what.
test("the mistakes above a form name their fields, as the form itself does", () => {
  const errors = [
    { field: "name", detail: "Fill this <in>." },
    { field: "kind", detail: "Choose one." },
    { field: "", detail: "Another person must sign." },
    { field: "gone", detail: "What is not asked here." },
  ];
  const html = (
    <main>
      <ErrorSummary title="Look again" errors={errors} />
      <p>Fill this in.</p>
      <Field label="Name & place" name="name" error="Fill this <in>." />
      <Field label="Kind" name="kind" type="radio" options={[["a", "A"]]} error="Choose one." />
    </main>
  ).toString();
  const named = withFieldNames(html, "fr");
  expect([...named.matchAll(/<li>(.*?)<\/li>/g)].map(([, item]) => item)).toEqual([
    '<a href="#f-name">Name &amp; place\u00a0: Fill this &lt;in&gt;.</a>',
    '<a href="#f-kind">Kind\u00a0: Choose one.</a>',
    "Another person must sign.",
    '<a href="#f-gone">What is not asked here.</a>',
  ]);
  expect(named.slice(named.indexOf("</ul>"))).toBe(html.slice(html.indexOf("</ul>")));
  expect(withFieldNames("<main></main>", "fr")).toBe("<main></main>");
});
