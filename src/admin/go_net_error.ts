// Failures of connections in the words of Go's net/http, because upstream's API shows them to its users.

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
  EADDRNOTAVAIL: "connect: cannot assign requested address",
};
const LOOKUPS = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA", "EAI_NONAME"]);

/** What the request was and where it went. */
export interface FailedRequest {
  readonly method: string;
  readonly url: URL;
}

/** An error of node:http as Go words it: `Get "<url>": dial tcp <place>: connect: connection refused`. */
export function goNetError({ method, url }: FailedRequest, cause: unknown): Error {
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  return new Error(`${verb} "${url.href}": ${reasonOf(url, cause)}`, { cause });
}

function reasonOf(url: URL, cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code, address, port } = cause as Error & {
    code?: string;
    address?: string;
    port?: number;
  };
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  if (code !== undefined && LOOKUPS.has(code)) return `dial tcp: lookup ${hostname}: no such host`;
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason === undefined) {
    if (code === "ECONNRESET") return "read: connection reset by peer";
    return cause.message;
  }
  const host = address ?? hostname;
  const place = `${host.includes(":") ? `[${host}]` : host}:${port ?? (url.port || "80")}`;
  return `dial tcp ${place}: ${reason}`;
}
