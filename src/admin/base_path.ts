// The path below which everything is served, and the routes there.

import { OptionError } from "../options/option_error.ts";
import type { AdminRoute } from "./call.ts";

const SEGMENT = /^[A-Za-z0-9._~-]+$/;

/**
 * The path that a text means: with a slash in front and none at the end; `/` is all.
 * @throws {OptionError} for what could not be told from a route's own signs
 */
export function parseBasePath(text: string): string {
  const segments: string[] = [];
  for (const segment of text.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  if (!segments.every((segment) => SEGMENT.test(segment))) {
    throw new OptionError(`--base-path (${text}) may have letters, digits and . _ ~ - in it`, 1);
  }
  return `/${segments.join("/")}`;
}

/** The routes below a base path, which is one itself with and without a slash at its end. */
export function routesBelow(
  basePath: string,
  routes: readonly AdminRoute[],
): readonly AdminRoute[] {
  if (basePath === "/") return routes;
  return routes.flatMap((route) =>
    route.path === "/"
      ? [{ ...route, path: basePath }, { ...route, path: `${basePath}/` }]
      : [{ ...route, path: basePath + route.path }]
  );
}
