import { z } from "@hono/zod-openapi";
import { ROLES } from "../../shared/who.ts";

export const Contact = z
  .string()
  .min(3)
  .max(200)
  .meta({ example: "+2250707123456", description: "A telephone number or an e-mail address." });
export const Code = z.string().regex(/^\d{6}$/, "six digits");

export const NewCode = z.strictObject({ contact: Contact }).meta({ id: "NewSignInCode" });
export const NewSession = z.strictObject({ contact: Contact, code: Code }).meta({ id: "NewSession" });
export const OpenedSession = z.object({ token: z.string(), expiresAt: z.iso.datetime() }).meta({ id: "Session" });

export const Role = z.enum(ROLES);
export const Me = z
  .object({ id: z.string(), contacts: z.array(z.string()), roles: z.array(Role) })
  .meta({ id: "Person" });

export const NewStaff = z
  .strictObject({ contact: Contact, roles: z.array(Role).max(ROLES.length) })
  .meta({ id: "NewStaff" });

export const NewKey = z
  .strictObject({ name: z.string().min(1).max(80), scopes: z.array(z.string().max(80)).min(1).max(50) })
  .meta({ id: "NewKey" });
export const Key = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    usedOn: z.string().optional(),
  })
  .meta({ id: "Key" });

export const Provider = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }).max(300),
  clientId: z.string().min(1).max(200),
  clientSecret: z.string().min(1).max(400),
});
