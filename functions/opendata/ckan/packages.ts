import type { City } from "../../../shared/here.ts";
import { extentOf } from "../card/card.ts";
import { filesOf, type WholeFeeds } from "../card/files.ts";
import { areaOf } from "../geometry.ts";
import type { Dataset } from "../schema.ts";

const AUTHORITY = "http://publications.europa.eu/resource/authority";

/** A dataset as CKAN's clients know it: a package with its resources. The table's own resource is the datastore's. */
export function packageOf(city: City, dataset: Dataset, at: string, feeds: WholeFeeds) {
  const { id, slug, card, latest } = dataset;
  const { box, from, to } = extentOf(dataset);
  // As ckanext-dcat calls them, so that a harvester takes them along.
  const extras = Object.entries({
    spatial: box && JSON.stringify(areaOf(box)),
    temporal_start: from,
    temporal_end: to,
    frequency: card.frequency && `${AUTHORITY}/frequency/${card.frequency}`,
    theme: card.theme && JSON.stringify([`${AUTHORITY}/data-theme/${card.theme}`]),
    language: card.languages && JSON.stringify(card.languages),
    contact_phone: card.telephone,
  }).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
  const common = {
    package_id: id,
    state: "active",
    created: latest.publishedAt,
    last_modified: latest.publishedAt,
    hash: latest.digest,
  };
  const resources = filesOf(latest, feeds).map(({ extension, name, mediaType }, position) => ({
    ...common,
    id: `${id}-${extension}`,
    name: `${slug}.${extension}`,
    format: name,
    mimetype: mediaType,
    url: `${at}/data/${slug}/export.${extension}`,
    // The table's own is CSV.
    datastore_active: extension === "csv",
    position,
  }));
  return {
    id,
    name: slug,
    title: card.title,
    notes: card.description,
    license_id: card.licence,
    license_title: card.licence,
    author: card.source,
    maintainer: card.contact ?? "",
    maintainer_email: card.email ?? "",
    url: `${at}/data/${slug}`,
    version: String(latest.number),
    type: "dataset",
    state: "active",
    private: false,
    isopen: true,
    metadata_created: latest.publishedAt,
    metadata_modified: latest.publishedAt,
    owner_org: city.slug,
    organization: organizationOf(city),
    num_resources: resources.length,
    num_tags: card.keywords?.length ?? 0,
    resources,
    tags: (card.keywords ?? []).map(tagOf),
    groups: [],
    extras,
  };
}
export type Package = ReturnType<typeof packageOf>;

/** A keyword as CKAN's clients know it. */
export const tagOf = (name: string) => ({ id: name, name, display_name: name, state: "active", vocabulary_id: null });

/** Whose resource it is. */
export const datasetIdOf = (resource: string): string => resource.replace(/-[a-z.]+$/, "");

/** A city is its catalogue's one organization. */
export const organizationOf = (city: City) => ({
  id: city.slug,
  name: city.slug,
  title: city.name,
  display_name: city.name,
  type: "organization",
  state: "active",
  is_organization: true,
  approval_status: "approved",
  description: "",
  image_url: "",
  created: city.createdAt,
});
