// Whether a request that changes something comes from a page of somebody else, which a browser would send with the user's
// cookie or from inside the user's network. Tools that are no browsers send none of these headers and pass.

import type { ApiRequest } from "../web/api_request.ts";

type Headers = ApiRequest["headers"];

/** Whether a browser says that another site's page sent this. */
export function isFromElsewhere(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = headers.get("origin");
  return origin !== null && !isOwnOrigin(origin, headers);
}

/** Whether it shows that a page of ours sent it: what a request with a cookie must do. */
export function isShownToBeOurs(headers: Headers): boolean {
  if (headers.has("x-nsqadmin")) return true; // another site's page may not set it
  if (headers.get("sec-fetch-site") === "same-origin") return true;
  const origin = headers.get("origin");
  return origin !== null && isOwnOrigin(origin, headers);
}

/** A proxy in front may have put its own name into `Host`. */
function isOwnOrigin(origin: string, headers: Headers): boolean {
  const host = URL.parse(origin)?.host;
  if (host === undefined || host === "") return false;
  return host === headers.get("host") || host === headers.get("x-forwarded-host");
}
