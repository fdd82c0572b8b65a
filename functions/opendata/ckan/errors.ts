/** CKAN's own refusals: its clients tell them apart by `__type`. */
const KINDS = {
  validation: { status: 409, type: "Validation Error" },
  absent: { status: 404, type: "Not Found Error" },
  forbidden: { status: 403, type: "Authorization Error" },
  search: { status: 400, type: "Search Query Error" },
} as const;

/** A refusal in CKAN's envelope: `{ help, success: false, error: { __type, message | <field>: [...] } }`. */
export class ActionError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;
  constructor(kind: keyof typeof KINDS, detail: string | Record<string, string[]>) {
    super(typeof detail === "string" ? detail : JSON.stringify(detail));
    const { status, type } = KINDS[kind];
    this.status = status;
    this.body = { __type: type, ...(typeof detail === "string" ? { message: detail } : detail) };
  }
}

export const notFound = (): ActionError => new ActionError("absent", "Not found");
export const invalidField = (field: string, detail: string): ActionError =>
  new ActionError("validation", { [field]: [detail] });
