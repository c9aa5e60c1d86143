// The names that nsqd's HTTP API had before 1.0, for scripts that still use them (--legacy-http). A row is a name and its
// successor; everything else about it is the successor's. All but publishing took GET as well in those days.

import { type RouteRow, routes } from "./routes.ts";

type Path = typeof routes[number]["path"];

/** Old paths and the paths that replaced them. */
export const renamed = {
  "/put": "/pub",
  "/mput": "/mpub",
  "/empty": "/channel/empty",
  "/create_topic": "/topic/create",
  "/delete_topic": "/topic/delete",
  "/empty_topic": "/topic/empty",
  "/pause_topic": "/topic/pause",
  "/unpause_topic": "/topic/unpause",
  "/create_channel": "/channel/create",
  "/delete_channel": "/channel/delete",
  "/empty_channel": "/channel/empty",
  "/pause_channel": "/channel/pause",
  "/unpause_channel": "/channel/unpause",
} as const satisfies Record<string, Path>;

const WITH_BODY: readonly Path[] = ["/pub", "/mpub"];

/** The routes of the old paths. */
export const legacyRoutes: readonly RouteRow[] = Object.entries(renamed).flatMap(
  ([path, successor]) =>
    routes.filter((route) => route.path === successor).flatMap((route) => {
      const row: RouteRow = { ...route, path };
      return WITH_BODY.includes(successor) ? [row] : [row, { ...row, method: "GET" }];
    }),
);
