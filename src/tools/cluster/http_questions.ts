// Asking daemons over HTTP: a document, or one sentence why there is none. Knows no particular document.
// Invariant: nothing rejects; every question ends within the limit.

import { httpGet } from "../../base/http_get.ts";
import { reasonOf } from "../../base/system_error.ts";
import type { ClusterSettings } from "./cluster_flags.ts";
import { plainText } from "./json_value.ts";

const REPLY_BYTES_MAX = 256 * 1024 * 1024;
const REASON_CHARACTERS_MAX = 200;

/** What came of a question. */
export type Answer<Value> =
  | { readonly kind: "answer"; readonly value: Value }
  | { readonly kind: "failure"; readonly reason: string };

/** The text of an answer, with the server's clock beside ours. */
export interface TextAnswer {
  readonly status: number;
  readonly text: string;
  /** The `Date` header; undefined when there is none. */
  readonly date: string | undefined;
}

/** Asks for the text at a path, whatever its status. */
export async function askText(
  { limitMs, headers }: Pick<ClusterSettings, "limitMs" | "headers">,
  address: string,
  path: string,
): Promise<Answer<TextAnswer>> {
  try {
    const { status, body, date } = await httpGet({
      url: `http://${address}${path}`,
      headers,
      limitMs,
      bytesMax: REPLY_BYTES_MAX,
    });
    return { kind: "answer", value: { status, text: body, date } };
  } catch (error) {
    return failure(error);
  }
}

/** Asks for a JSON document and has it read; any other status than 200 is a failure. */
export async function askJson<Value>(
  settings: Pick<ClusterSettings, "limitMs" | "headers">,
  address: string,
  path: string,
  read: (document: unknown) => Value,
): Promise<Answer<Value>> {
  const answer = await askText(settings, address, path);
  if (answer.kind === "failure") return answer;
  const { status, text } = answer.value;
  if (status !== 200) return { kind: "failure", reason: statusReason(status) };
  try {
    return { kind: "answer", value: read(JSON.parse(text)) };
  } catch (error) {
    return failure(error);
  }
}

function statusReason(status: number): string {
  const remedy = status === 401 || status === 403 ? "; give --http-auth-token-file" : "";
  return `it answered with status ${status}${remedy}`;
}

function failure(error: unknown): { readonly kind: "failure"; readonly reason: string } {
  const reason = plainText(reasonOf(error)).slice(0, REASON_CHARACTERS_MAX);
  return { kind: "failure", reason };
}
