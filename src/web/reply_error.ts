// An answer other than success, and the errors that every HTTP API of the house has. Those of one API are a list of its
// own, made of the same kind of rows.

/** What is fixed about an error. */
export interface ReplyErrorRow {
  status: number;
  /** Stands in the body as `{"message":"<text>"}`; the name of the row where it is left out. */
  text?: string;
  /** One line for the documentation. */
  meaning: string;
}

/** The errors of any API. */
export const generalErrors = {
  INVALID_REQUEST: { status: 400, meaning: "the query has a bad escape or a semicolon" },
  NOT_FOUND: { status: 404, meaning: "no such path" },
  METHOD_NOT_ALLOWED: { status: 405, meaning: "the path exists, for the methods in `Allow`" },
  INTERNAL_ERROR: {
    status: 500,
    meaning: "the request could not be read, or the program has a bug",
  },
} as const satisfies Record<string, ReplyErrorRow>;

/** An answer other than success; `message` is the name of its row. */
export class ReplyError extends Error {
  /** The status of the reply. */
  readonly status: number;
  /** What the reply's body says. */
  readonly text: string;

  constructor(code: string, row: ReplyErrorRow, options?: ErrorOptions) {
    super(code, options);
    this.status = row.status;
    this.text = row.text ?? code;
  }
}

/** One of the errors that every API has. */
export function generalError(code: keyof typeof generalErrors): ReplyError {
  return new ReplyError(code, generalErrors[code]);
}
