/**
 * Asks nsqadmin's JSON API. It knows addresses and refusals, no page.
 * Invariant: every call that changes something carries the header that proves it comes from this page.
 */
import type * as shapes from "./api_shapes.ts";
import { shellSettings } from "./shell_settings.ts";

/** A refusal or a failure to reach nsqadmin; `status` 0 means that it was not reached. */
export class ApiError extends Error {
  /** `message` is the server's own text or code. */
  constructor(readonly status: number, message: string) {
    super(message);
    this.name = "ApiError";
  }
}

/** How long a reply may take: what upstream's page allows. */
const patienceMs = 20_000;

type Method = "GET" | "POST" | "DELETE";
type Parameters = Readonly<Record<string, string | number | undefined>>;

let whenSessionEnds: (() => void) | undefined;

/** Registers what happens when nsqadmin says that nobody is logged in. */
export function onSessionEnd(listener: () => void): void {
  whenSessionEnds = listener;
}

/** The address of an API path with its query; names that are undefined are left out. */
export function apiAddress(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `${shellSettings.basePath}/api/${path}${text === "" ? "" : `?${text}`}`;
}

async function call<T>(
  method: Method,
  address: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(method, address, body, signal);
  const reply: unknown = await response.json().catch(() => ({}));
  if (response.ok) return reply as T;
  const text = (reply as shapes.Reply).message || `${response.status} ${response.statusText}`;
  if (response.status === 401 && !address.endsWith("/api/session")) whenSessionEnds?.();
  throw new ApiError(response.status, text);
}

async function send(
  method: Method,
  address: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const patience = AbortSignal.timeout(patienceMs);
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") {
    headers["X-Nsqadmin"] = "page";
    headers["Content-Type"] = "application/json";
  }
  try {
    return await fetch(address, {
      method,
      headers,
      signal: signal === undefined ? patience : AbortSignal.any([patience, signal]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, patience.aborted ? "no answer within 20 s" : "not reachable");
  }
}

/** Segments of a path, each encoded. */
function path(...segments: string[]): string {
  return segments.map(encodeURIComponent).join("/");
}

/** Reads a reply of the API. */
export function read<T>(
  apiPath: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<T> {
  return call<T>("GET", apiAddress(apiPath, parameters), undefined, signal);
}

/** The path of upstream's topic or channel. */
export function targetPath(topic: string, channel?: string): string {
  return channel === undefined ? path("topics", topic) : path("topics", topic, channel);
}

/** Does something to a topic or channel that can be done to it as a whole. */
export function act(
  action: "pause" | "unpause" | "empty",
  topic: string,
  channel?: string,
): Promise<shapes.Reply> {
  return call("POST", apiAddress(targetPath(topic, channel)), { action });
}

/** Deletes a topic or a channel everywhere. */
export function remove(topic: string, channel?: string): Promise<shapes.Reply> {
  return call("DELETE", apiAddress(targetPath(topic, channel)));
}

/** Hides a node as a producer of a topic. */
export function tombstone(node: string, topic: string): Promise<shapes.Reply> {
  return call("DELETE", apiAddress(path("nodes", node)), { topic });
}

/** Creates a topic on every node, and a channel of it when one is named. */
export function create(topic: string, channel: string): Promise<shapes.Reply> {
  const names = channel === "" ? { topic } : { topic, channel };
  return call("POST", apiAddress("topics"), { ...names, on_nodes: true });
}

/** Which message, and what to do with it. */
export interface MessageAction {
  readonly action: "requeue" | "finish" | "move";
  readonly topic: string;
  readonly channel: string;
  readonly node: string;
  readonly id: string;
  /** The topic to move to. */
  readonly destination?: string;
}

/** Does something to one deferred or requeued message. */
export function actOnMessage(action: MessageAction): Promise<shapes.Reply> {
  return call("POST", apiAddress("messages"), action);
}

/** What is published. */
export interface Publication {
  readonly topic: string;
  readonly body: string;
  readonly defer_ms?: number;
  readonly node?: string;
}

/** Publishes one message; the reply names the node it went to. */
export function publish(
  publication: Publication,
): Promise<shapes.Reply & { readonly node?: string }> {
  return call("POST", apiAddress("publish"), publication);
}

/** Logs in. Throws an ApiError of status 401 or 429 when refused. */
export function logIn(user: string, token: string): Promise<shapes.SessionReply> {
  return call("POST", apiAddress("session"), { user, token });
}

/** Ends the session. */
export function logOut(): Promise<shapes.SessionReply> {
  return call("DELETE", apiAddress("session"));
}
