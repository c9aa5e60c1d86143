/**
 * What the HTML shell tells the page, read once from the globals it sets (upstream's names and ours).
 * It refuses to ask the server. Invariant: `basePath` has no slash at its end, so paths can be put behind it.
 */
import type { Role } from "./api_shapes.ts";

/** The settings of this page view. */
export interface ShellSettings {
  readonly version: string;
  readonly basePath: string;
  readonly lookupds: readonly string[];
  readonly mode: "lookupd" | "nsqd";
  readonly isLoginOn: boolean;
  readonly user: string | null;
  readonly role: Role | null;
  readonly graphite: GraphiteSettings | undefined;
}

/** How graphs of a graphite server are addressed; absent when graphs are off. */
export interface GraphiteSettings {
  readonly url: string;
  readonly counterFormat: string;
  readonly gaugeFormat: string;
  /** Seconds between two pushes of statsd. */
  readonly intervalSeconds: number;
  readonly prefix: string;
}

function textOf(globals: Globals, name: string): string {
  const value = globals[name];
  return typeof value === "string" ? value : "";
}

/** Globals of a window, by name. */
export type Globals = Readonly<Record<string, unknown>>;

function graphiteOf(globals: Globals, basePath: string): GraphiteSettings | undefined {
  if (globals["GRAPH_ENABLED"] !== true) return undefined;
  return {
    url: textOf(globals, "GRAPHITE_URL") || basePath,
    counterFormat: textOf(globals, "STATSD_COUNTER_FORMAT"),
    gaugeFormat: textOf(globals, "STATSD_GAUGE_FORMAT"),
    intervalSeconds: Number(globals["STATSD_INTERVAL"]) || 60,
    prefix: textOf(globals, "STATSD_PREFIX"),
  };
}

function roleOf(value: unknown, isAdmin: boolean, isLoginOn: boolean): Role | null {
  if (value === "view" || value === "operate" || value === "admin") return value;
  if (isLoginOn) return null;
  return isAdmin ? "admin" : "view";
}

/** Reads the globals that the shell sets; what is missing gets upstream's meaning. */
export function readShellSettings(globals: Globals): ShellSettings {
  const own = (globals["NSQADMIN"] ?? {}) as Globals;
  const basePath = textOf(globals, "BASE_PATH").replace(/\/+$/, "");
  const lookupds = Array.isArray(globals["NSQLOOKUPD"]) ? globals["NSQLOOKUPD"].map(String) : [];
  const isLoginOn = own["login"] === true;
  return {
    version: textOf(globals, "VERSION"),
    basePath,
    lookupds,
    mode: own["mode"] === "nsqd" || lookupds.length === 0 ? "nsqd" : "lookupd",
    isLoginOn,
    user: textOf(own, "user") || null,
    role: roleOf(own["role"], globals["IS_ADMIN"] === true, isLoginOn),
    graphite: graphiteOf(globals, basePath),
  };
}

/** The settings of this page view, for everything that runs in the browser. */
export const shellSettings: ShellSettings = readShellSettings(globalThis as unknown as Globals);
