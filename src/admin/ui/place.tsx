/**
 * Where the user is, as the browser's history has it, and links that change it without loading a page.
 * Invariant: every address shown is one that the server answers too, so it can be opened and kept.
 */
import type { ComponentChildren } from "preact";
import { parseRoute, pathBehind, type Route, routePath } from "./route.ts";
import { shellSettings } from "./shell_settings.ts";
import { Store, useStore } from "./store.ts";

/** The route and the query behind it. */
export interface Place {
  readonly route: Route;
  readonly query: URLSearchParams;
}

function presentPlace(): Place {
  const path = pathBehind(shellSettings.basePath, location.pathname) ?? "/";
  return { route: parseRoute(path, location.search), query: new URLSearchParams(location.search) };
}

const place = new Store<Place>(presentPlace());

let hasMoved = false;

/** Begins to follow the browser's back and forward. */
export function followHistory(): void {
  addEventListener("popstate", () => {
    hasMoved = true;
    place.set(presentPlace());
  });
}

/** Whether the user has been on another page before this one, without loading anew. */
export function hasComeFromPage(): boolean {
  return hasMoved;
}

/** Where the user is now. */
export function usePlace(): Place {
  return useStore(place);
}

/** The present place, for code that is no component. */
export function currentPlace(): Place {
  return place.value;
}

/** The full path of a route in this browser. */
export function addressOf(route: Route): string {
  return `${shellSettings.basePath}${routePath(route)}`;
}

/** Goes to a route as a link would. */
export function goTo(route: Route): void {
  hasMoved = true;
  history.pushState(null, "", addressOf(route));
  place.set(presentPlace());
  scrollTo(0, 0);
}

/** Changes values of the query in place; an empty text takes a name away. No new entry in the history. */
export function setQuery(changes: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", `${location.pathname}${text === "" ? "" : `?${text}`}`);
  place.set(presentPlace());
}

/** A link to a route. Clicks that ask for another tab stay the browser's business. */
export function Link(
  props: {
    readonly to: Route;
    readonly class?: string;
    readonly title?: string;
    readonly current?: boolean;
    readonly children: ComponentChildren;
  },
) {
  const follow = (event: MouseEvent) => {
    const wantsMore = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (wantsMore || event.button !== 0) return;
    event.preventDefault();
    goTo(props.to);
  };
  return (
    <a
      href={addressOf(props.to)}
      class={props.class}
      title={props.title}
      aria-current={props.current ? "page" : undefined}
      onClick={follow}
    >
      {props.children}
    </a>
  );
}
