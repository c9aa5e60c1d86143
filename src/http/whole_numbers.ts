// Whole numbers in queries.

import type { Query } from "../web/query.ts";
import { HttpError, type HttpErrorCode } from "./http_errors.ts";

const DIGITS = /^[0-9]{1,15}$/;

/** What a number in a query may be. */
export interface NumberBounds {
  readonly from: number;
  readonly to: number;
  /** What it is when the query does not say. */
  readonly otherwise: number;
  /** The error when it is anything else. */
  readonly code: HttpErrorCode;
}

/** The number that the query gives. Throws HttpError. */
export function numberOf(query: Query, name: string, bounds: NumberBounds): number {
  const text = query.get(name);
  if (text === undefined) return bounds.otherwise;
  const value = DIGITS.test(text) ? Number(text) : NaN;
  if (value >= bounds.from && value <= bounds.to) return value;
  throw new HttpError(bounds.code);
}
