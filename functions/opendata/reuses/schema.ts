import { z } from "@hono/zod-openapi";
import { Id } from "../../../shared/ids.ts";

const WebAddress = z.url({ protocol: /^https?$/, hostname: z.regexes.domain }).max(500);

/** Something that somebody has made of the city's data. */
export const NewReuse = z
  .strictObject({
    title: z.string().trim().min(3).max(120),
    text: z.string().trim().max(1_000).default(""),
    url: WebAddress,
    author: z.string().trim().min(1).max(120),
    /** Of what was made, not of the data. */
    licence: z.string().trim().max(80).optional(),
    /** The datasets that it is made of, by their addresses. */
    datasets: z.array(z.string().max(80)).min(1).max(10),
  })
  .meta({ id: "NewReuse" });
export type NewReuse = z.infer<typeof NewReuse>;

export const Reuse = NewReuse.extend({
  id: Id("reu"),
  createdAt: z.iso.datetime(),
  /** Whether it has a picture, at `/data-reuses/{id}/picture`. */
  hasPicture: z.boolean(),
}).meta({ id: "Reuse" });
export type Reuse = z.infer<typeof Reuse>;

export const KeptReuse = Reuse.extend({
  isShown: z.boolean(),
  pictureType: z.enum(["image/jpeg", "image/png", "image/webp"]).optional(),
});
export type KeptReuse = z.infer<typeof KeptReuse>;
