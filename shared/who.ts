/** Roles of people in a city. An operator is the house's, never a city's. */
export const ROLES = ["resident", "agent", "treasurer", "data_officer", "administrator"] as const;
export type Role = (typeof ROLES)[number];

/** Who speaks: nobody known, a person signed in, a program with a key, or the house's operator. */
export type Who =
  | { kind: "anonymous" }
  | { kind: "person"; id: string; contacts: string[]; roles: Role[]; sid: string }
  | { kind: "program"; keyId: string; scopes: string[] }
  | { kind: "operator"; id: string; sid: string };

export type Needed = "public" | "operator" | Role | `scope:${string}`;

/** Does one of these needs admit them? */
export function admits(needed: readonly Needed[], who: Who): boolean {
  return needed.some((need) => {
    if (need === "public") return true;
    if (need === "operator") return who.kind === "operator";
    if (need.startsWith("scope:")) return who.kind === "program" && who.scopes.includes(need.slice("scope:".length));
    return who.kind === "person" && who.roles.includes(need as Role);
  });
}

/** A name for the log and for "who did it": never a contact. */
export const whoId = (who: Who): string =>
  who.kind === "anonymous" ? "anonymous" : who.kind === "program" ? who.keyId : who.id;

/** The session cookies: one per city, at the city's path; one for the house's operators. */
export const SESSION_COOKIE = "hansa_session";
export const OPERATOR_COOKIE = "hansa_operator";
export const LANG_COOKIE = "hansa_lang";

/** The audience of an operator's token; a city's is its slug, which cannot be this. */
export const HOUSE_AUDIENCE = "@house";
