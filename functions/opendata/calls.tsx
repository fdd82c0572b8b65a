import { raw } from "hono/html";
import type { City } from "../../shared/here.ts";
import { extentOf } from "./card/card.ts";
import { filesOf, type WholeFeeds } from "./card/files.ts";
import type { Card, Dataset } from "./schema.ts";

interface Props {
  dataset: Dataset;
  /** The city's address. */
  at: string;
}

interface CallsProps {
  /** What answers what the page shows. */
  address: string;
  label: (language: string) => string;
}

/** The same question in three languages, to be copied. */
export function Calls({ address, label }: CallsProps) {
  const calls = [
    ["curl", `curl '${address}'`],
    [
      "Python",
      `import json, urllib.request\n\nwith urllib.request.urlopen("${address}") as answer:\n    print(json.load(answer))`,
    ],
    ["JavaScript", `const answer = await fetch("${address}");\nconsole.log(await answer.json());`],
  ] as const;
  return (
    <>
      {calls.map(([language, text]) => (
        <details>
          <summary>{label(language)}</summary>
          <pre tabindex={0}>
            <code>{text}</code>
          </pre>
        </details>
      ))}
    </>
  );
}

function contactPoint({ contact, email, telephone }: Card): object {
  if (!contact && !email && !telephone) return {};
  return { contactPoint: { "@type": "ContactPoint", name: contact, email, telephone } };
}

/** What search engines for data read: schema.org/Dataset. It is data, not a program. */
export function DatasetCard({ dataset, city, at, feeds }: Props & { city: City; feeds: WholeFeeds }) {
  const { slug, card, latest } = dataset;
  const { box, from, to } = extentOf(dataset);
  const said = {
    "@context": "https://schema.org/",
    "@type": "Dataset",
    name: card.title,
    description: card.description || card.title,
    url: `${at}/data/${slug}`,
    license: card.licence,
    creator: { "@type": "Organization", name: card.source },
    ...(card.keywords ? { keywords: card.keywords } : {}),
    ...(card.languages ? { inLanguage: card.languages } : {}),
    ...(from || to ? { temporalCoverage: `${from ?? ".."}/${to ?? ".."}` } : {}),
    variableMeasured: latest.columns.map(({ name, title, description }) => ({
      "@type": "PropertyValue",
      name,
      ...(title || description ? { description: description ?? title } : {}),
    })),
    publisher: { "@type": "Organization", name: city.name, url: `${at}/`, ...contactPoint(card) },
    dateModified: latest.publishedAt,
    version: String(latest.number),
    ...(box
      ? {
          spatialCoverage: {
            "@type": "Place",
            geo: { "@type": "GeoShape", box: [1, 0, 3, 2].map((i) => box[i]).join(" ") },
          },
        }
      : {}),
    distribution: filesOf(latest, feeds).map(({ extension, name, mediaType }) => ({
      "@type": "DataDownload",
      name,
      encodingFormat: mediaType,
      contentUrl: `${at}/data/${slug}/export.${extension}`,
    })),
  };
  // No text of a card can end the element that holds it.
  const text = JSON.stringify(said).replaceAll("<", "\\u003c");
  return <script type="application/ld+json">{raw(text)}</script>;
}
