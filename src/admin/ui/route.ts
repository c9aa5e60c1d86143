/**
 * The addresses of the page: upstream's paths and ours, both ways. Pure text, no browser.
 * Invariant: parseRoute(routePath(route)) is the same route, whatever characters a name has.
 */

/** Where the user is. */
export type Route =
  | { readonly page: "topics" }
  | { readonly page: "topic"; readonly topic: string }
  | { readonly page: "channel"; readonly topic: string; readonly channel: string }
  | { readonly page: "messages"; readonly topic: string; readonly channel: string }
  | { readonly page: "nodes" }
  | { readonly page: "node"; readonly node: string }
  | { readonly page: "counter" }
  | { readonly page: "lookup" }
  | { readonly page: "create" }
  | { readonly page: "login" }
  | { readonly page: "missing"; readonly path: string };

const plainPages = ["topics", "nodes", "counter", "lookup", "create", "login"] as const;

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Finds the route of a path behind the base path, and of its query for the browser of messages. */
export function parseRoute(path: string, query = ""): Route {
  const [first = "", second, third, ...rest] = path.split("/").filter((text) => text !== "")
    .map(decoded);
  if (first === "") return { page: "topics" };
  if (rest.length > 0) return { page: "missing", path };
  if (first === "messages" && second === undefined) {
    const names = new URLSearchParams(query);
    return {
      page: "messages",
      topic: names.get("topic") ?? "",
      channel: names.get("channel") ?? "",
    };
  }
  if (first === "topics" && second !== undefined) {
    return third === undefined
      ? { page: "topic", topic: second }
      : { page: "channel", topic: second, channel: third };
  }
  if (first === "nodes" && second !== undefined && third === undefined) {
    return { page: "node", node: second };
  }
  const plain = plainPages.find((page) => page === first && second === undefined);
  return plain === undefined ? { page: "missing", path } : { page: plain };
}

/** The path and query of a route, behind the base path. */
export function routePath(route: Route): string {
  switch (route.page) {
    case "topic":
      return `/topics/${encodeURIComponent(route.topic)}`;
    case "channel":
      return `/topics/${encodeURIComponent(route.topic)}/${encodeURIComponent(route.channel)}`;
    case "node":
      return `/nodes/${encodeURIComponent(route.node)}`;
    case "messages": {
      const names = new URLSearchParams();
      if (route.topic !== "") names.set("topic", route.topic);
      if (route.channel !== "") names.set("channel", route.channel);
      return `/messages?${names}`;
    }
    case "missing":
      return route.path;
    default:
      return `/${route.page}`;
  }
}

/** The page one step up: what Escape leads to. */
export function routeAbove(route: Route): Route {
  switch (route.page) {
    case "channel":
      return { page: "topic", topic: route.topic };
    case "messages":
      if (route.topic === "") return { page: "topics" };
      if (route.channel === "") return { page: "topic", topic: route.topic };
      return { page: "channel", topic: route.topic, channel: route.channel };
    case "node":
      return { page: "nodes" };
    default:
      return { page: "topics" };
  }
}

/** The title of a route, for the tab and for who listens to the page. */
export function routeTitle(route: Route): string {
  switch (route.page) {
    case "topic":
      return route.topic;
    case "channel":
      return `${route.channel} · ${route.topic}`;
    case "messages":
      return `Messages · ${route.topic}`;
    case "node":
      return route.node;
    case "missing":
      return "Not found";
    default:
      return route.page[0]!.toUpperCase() + route.page.slice(1);
  }
}

/** Cuts the base path off a browser's path; undefined when it lies elsewhere. */
export function pathBehind(basePath: string, path: string): string | undefined {
  if (path === basePath) return "/";
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
}
