import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody, paged } from "../../shared/http.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { Version } from "../contract/manifest.ts";
import { adopt, differenceOf, edit, localiseAs, mergeIn, packageAdopted } from "./adopting.ts";
import { gathered } from "./gathering.ts";
import { packageUp } from "./packaging.ts";
import {
  Adoption,
  AdoptionId,
  Candidate,
  Difference,
  Made,
  NewAdoptedPackage,
  NewAdoption,
  NewEdit,
  NewMerge,
  NewPackage,
  OwnName,
  Profile,
  Signed,
} from "./schema.ts";
import { peerStore } from "./store.ts";

export const READ = "peers.packages:read";
export const WRITE = "peers.packages:write";
const reads = ["administrator", `scope:${READ}`] as const;
const writes = ["administrator", `scope:${WRITE}`] as const;
const reading = { middleware: needs(...reads), ...secured(...reads) };
const writing = { middleware: needs(...writes), ...secured(...writes) };
const refused = faults("unauthenticated", "forbidden", "absent", "conflict", "invalid");
const ById = z.object({ id: AdoptionId });
/** An adoption with both trees. */
const Whole = Adoption.extend({ base: z.unknown(), own: z.unknown() }).meta({ id: "WholeAdoption" });
const changed = (description: string) => ({ 200: json(Adoption, description), ...refused });

const listCandidates = createRoute({
  method: "get",
  path: "/v1/package-candidates",
  summary: "What serves in the city and another city could use",
  ...reading,
  responses: { 200: json(z.object({ candidates: z.array(Candidate) }), "Candidates"), ...refused },
});
const listPackages = createRoute({
  method: "get",
  path: "/v1/packages",
  summary: "The packages that the city made, the latest first",
  ...reading,
  responses: { 200: json(z.object({ packages: z.array(Made) }), "Packages"), ...refused },
});
const newPackage = createRoute({
  method: "post",
  path: "/v1/packages",
  summary: "Turn a working service into a module under the city’s own key",
  ...writing,
  request: { body: jsonBody(NewPackage) },
  responses: { 201: json(Signed, "Signed"), 200: json(Signed, "Signed before"), ...refused },
});
const showPackage = createRoute({
  method: "get",
  path: "/v1/packages/{name}/{version}",
  summary: "A package with its signatures, to bring it to a marketplace",
  ...reading,
  request: { params: z.object({ name: OwnName, version: Version }) },
  responses: { 200: json(Signed, "The signed package"), ...refused },
});
const listAdoptions = createRoute({
  method: "get",
  path: "/v1/adoptions",
  summary: "Other cities’ modules on their way to be the city’s own",
  ...reading,
  request: { query: paged() },
  responses: {
    200: json(z.object({ adoptions: z.array(Adoption), next: z.string().optional() }), "The latest first"),
    ...refused,
  },
});
const newAdoption = createRoute({
  method: "post",
  path: "/v1/adoptions",
  summary: "Take another’s module to make it the city’s own",
  ...writing,
  request: { body: jsonBody(NewAdoption) },
  responses: { 201: json(Adoption, "Taken"), ...refused },
});
const showAdoption = createRoute({
  method: "get",
  path: "/v1/adoptions/{id}",
  summary: "An adoption: as upstream had it, and as the city has it",
  ...reading,
  request: { params: ById },
  responses: { 200: json(Whole, "The adoption"), ...refused },
});
const showDifference = createRoute({
  method: "get",
  path: "/v1/adoptions/{id}/difference",
  summary: "What the city and what upstream changed, part by part",
  ...reading,
  request: { params: ById, query: z.object({ version: Version.optional() }) },
  responses: { 200: json(Difference, "The difference to this version of upstream, else to its latest"), ...refused },
});
const newProfile = createRoute({
  method: "put",
  path: "/v1/adoptions/{id}/profile",
  summary: "Localise it: languages, names, hosts, amounts",
  ...writing,
  request: { params: ById, body: jsonBody(Profile) },
  responses: changed("As it is now"),
});
const newMerge = createRoute({
  method: "post",
  path: "/v1/adoptions/{id}/merges",
  summary: "Take in a version of upstream and lose nothing of one’s own",
  ...writing,
  request: { params: ById, body: jsonBody(NewMerge) },
  responses: changed("As it is now"),
});
const newEdit = createRoute({
  method: "post",
  path: "/v1/adoptions/{id}/edits",
  summary: "Change one place by hand",
  ...writing,
  request: { params: ById, body: jsonBody(NewEdit) },
  responses: changed("As it is now"),
});
const newAdoptedPackage = createRoute({
  method: "post",
  path: "/v1/adoptions/{id}/packages",
  summary: "Sign it as the city’s own module, with upstream’s share",
  ...writing,
  request: { params: ById, body: jsonBody(NewAdoptedPackage) },
  responses: { 201: json(Signed, "Signed"), 200: json(Signed, "Signed before"), ...refused },
});
const removal = createRoute({
  method: "delete",
  path: "/v1/adoptions/{id}",
  summary: "Drop it; packages that were made of it stay",
  ...writing,
  request: { params: ById },
  responses: { 204: { description: "Dropped" }, ...refused },
});

export function peerApi(app: CityApp): void {
  type C = { var: Pick<CityEnv["Variables"], "here" | "who"> };
  const store = (c: C) => peerStore(c.var.here);
  const by = (c: C) => whoId(c.var.who);
  async function signed(c: C, { created, made }: { created: boolean; made: Made }) {
    const { made: kept, ...envelopes } = await store(c).signed(made.module, made.version);
    return [{ ...kept, ...envelopes }, created ? 201 : 200] as const;
  }

  app.openapi(listCandidates, async (c) => {
    const found = await gathered(c.var.here, c.var.lang);
    return c.json({ candidates: found.map(({ candidate }) => candidate) }, 200);
  });
  app.openapi(listPackages, async (c) => c.json({ packages: await store(c).made() }, 200));
  app.openapi(newPackage, async (c) => {
    const made = await packageUp(c.var.here, c.req.valid("json"), by(c), c.var.lang);
    return c.json(...(await signed(c, made)));
  });
  app.openapi(showPackage, async (c) => {
    const { name, version } = c.req.valid("param");
    const { made, ...envelopes } = await store(c).signed(`${c.var.city.slug}/${name}`, version);
    return c.json({ ...made, ...envelopes }, 200);
  });

  app.openapi(listAdoptions, async (c) => c.json(await store(c).adoptions(c.req.valid("query")), 200));
  app.openapi(newAdoption, async (c) => c.json(await adopt(c.var.here, c.req.valid("json"), by(c)), 201));
  app.openapi(showAdoption, async (c) => {
    const { adoption, base, own } = await store(c).adoption(c.req.valid("param").id);
    return c.json({ ...adoption, base, own }, 200);
  });
  app.openapi(showDifference, async (c) => {
    const kept = await store(c).adoption(c.req.valid("param").id);
    return c.json(await differenceOf(c.var.here, kept, c.req.valid("query").version), 200);
  });
  app.openapi(newProfile, async (c) => {
    const kept = await store(c).adoption(c.req.valid("param").id);
    return c.json(await localiseAs(c.var.here, kept, c.req.valid("json"), by(c)), 200);
  });
  app.openapi(newMerge, async (c) => {
    const kept = await store(c).adoption(c.req.valid("param").id);
    return c.json(await mergeIn(c.var.here, kept, c.req.valid("json"), by(c)), 200);
  });
  app.openapi(newEdit, async (c) => {
    const kept = await store(c).adoption(c.req.valid("param").id);
    return c.json(await edit(c.var.here, kept, c.req.valid("json"), by(c)), 200);
  });
  app.openapi(newAdoptedPackage, async (c) => {
    const kept = await store(c).adoption(c.req.valid("param").id);
    const made = await packageAdopted(c.var.here, kept, c.req.valid("json"), by(c));
    return c.json(...(await signed(c, made)));
  });
  app.openapi(removal, async (c) => {
    await store(c).adoption(c.req.valid("param").id);
    await store(c).remove(c.req.valid("param").id);
    return c.body(null, 204);
  });
}
