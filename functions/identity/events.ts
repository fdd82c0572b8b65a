import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";

/** Who may do what has changed: told in the transaction that changes it, so that the log answers for it. */
export const RolesChanged = defineEvent(
  "identity.roles_changed.v1",
  z.object({ personId: Id("per"), roles: z.array(z.string()), by: z.string() }),
);
export const KeyMade = defineEvent(
  "identity.key_made.v1",
  z.object({ keyId: Id("key"), scopes: z.array(z.string()), by: z.string() }),
);
export const KeyRevoked = defineEvent("identity.key_revoked.v1", z.object({ keyId: Id("key"), by: z.string() }));
