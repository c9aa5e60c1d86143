// Finds the route of a request. Hono's router matches (20 ns, of 20 us for a /pub: measured; Hono's own request and
// response objects are not needed). What it leaves open is decided here from the same table: which
// methods a path has, and whether another spelling of the path would have been right.

import { RegExpRouter } from "hono/router/reg-exp-router";
import { percentEncoded } from "./percent.ts";

/** A route as far as finding it goes. */
export interface RoutePath {
  readonly method: string;
  /** The path; `:name` stands for one segment. */
  readonly path: string;
}

/** A route that answers a request. */
export interface Match<Route> {
  readonly route: Route;
  /** What stands for the first `:name`; empty in other routes. */
  readonly segment: string;
  /** What stands for each `:name`, in order. */
  readonly segments: readonly string[];
}

const SEGMENT = /:[a-z]+/g;
const NO_NAMES: readonly string[] = [];

/** Routes by method and path. */
export class Router<Route extends RoutePath> {
  readonly #routes: readonly Route[];
  readonly #methods: readonly string[];
  readonly #matcher = new RegExpRouter<Route>();
  readonly #namesOf = new Map<Route, readonly string[]>();

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
    this.#methods = [...new Set(routes.map(({ method }) => method))];
    for (const route of routes) {
      this.#matcher.add(route.method, route.path, route);
      const names = route.path.match(SEGMENT)?.map((name) => name.slice(1));
      this.#namesOf.set(route, names ?? NO_NAMES);
    }
  }

  /** The route for a path without escapes; undefined when there is none for this method. */
  find(method: string, path: string): Match<Route> | undefined {
    const [found, stash] = this.#matcher.match(method, path);
    const first = found[0];
    if (first === undefined) return undefined;
    const [route, parameters] = first;
    const names = this.#namesOf.get(route)!;
    if (names.length === 0) return { route, segment: "", segments: NO_NAMES };
    const segments = names.map((name) => {
      const index = parameters[name];
      return typeof index === "number" ? stash?.[index] ?? "" : "";
    });
    return { route, segment: segments[0] ?? "", segments };
  }

  /** The `Allow` header of a path, sorted; undefined when no method has it. */
  allow(path: string): string | undefined {
    const methods = this.#methods.filter((method) => this.find(method, path) !== undefined);
    return methods.length === 0 ? undefined : [...methods, "OPTIONS"].sort().join(", ");
  }

  /** The right spelling of a path this method has: letters in another case, slashes, dots. Escaped, for `Location`. */
  correctedPath(method: string, path: string): string | undefined {
    const clean = cleanPath(path);
    for (const route of this.#routes) {
      if (route.method !== method) continue;
      const match = looselyLike(route.path).exec(clean);
      if (match === null) continue;
      let count = 0;
      return route.path.replace(SEGMENT, () => percentEncoded(match[++count] ?? ""));
    }
    return undefined;
  }
}

/** Matches a route's path in any case, with and without a slash at its end. */
function looselyLike(path: string): RegExp {
  const plain = path.replace(/\/$/, "").replaceAll(".", "\\.").replace(SEGMENT, "([^/]+)");
  return new RegExp(`^${plain}/?$`, "i");
}

/** The path without empty segments, `.` and `..`. */
function cleanPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return "/" + segments.join("/");
}
