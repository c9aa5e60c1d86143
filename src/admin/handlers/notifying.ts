// Telling --notification-http-endpoint what a request did.

import { byteString, readableText } from "../../base/byte_string.ts";
import type { Call } from "../call.ts";

/** What it was done to; empty is nothing. */
export interface Subject {
  readonly topic: string;
  readonly channel?: string;
  readonly node?: string;
}

/** Has an action told, if there is somebody to tell. */
export function notify(call: Call, action: string, { topic, channel, node }: Subject): void {
  const { host, request, remote, sender } = call;
  if (!host.notifications.isOn) return;
  const { headers } = request;
  host.notifications.tell({
    action,
    topic,
    channel: channel || undefined,
    node: node || undefined,
    timestamp: Math.floor(host.clock.wallMs() / 1000),
    user: sender.user ?? basicUser(headers.get("authorization")),
    remote_ip: remote,
    user_agent: readableText(headers.get("user-agent") ?? ""),
    url: urlOf(call),
    via: host.hostname,
  });
}

function urlOf({ request }: Call): string {
  const isSecure = request.headers.get("x-scheme") === "https";
  return request.url.replace(/^http:/, isSecure ? "https:" : "http:");
}

function basicUser(header: string | null): string | undefined {
  const encoded = /^Basic (\S+)$/.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  try {
    const secret = readableText(byteString(Uint8Array.fromBase64(encoded)));
    return secret.includes(":") ? secret.split(":", 1)[0] || undefined : undefined;
  } catch {
    return undefined;
  }
}
