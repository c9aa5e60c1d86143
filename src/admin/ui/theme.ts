/**
 * Light, dark, or as the system has it. Charts are painted, so they ask here when colours have changed.
 * Invariant: the choice outlives the tab where the browser lets it.
 */
import { Store } from "./store.ts";

/** What the user chose. */
export type Theme = "auto" | "light" | "dark";

const storageKey = "nsqadmin_theme";

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === "light" || stored === "dark" ? stored : "auto";
  } catch {
    return "auto";
  }
}

/** The choice, for components to watch. */
export const theme: Store<Theme> = new Store(storedTheme());

/** Counts changes of colour, whatever brought them about. */
export const colourChanges: Store<number> = new Store(0);

function apply(choice: Theme): void {
  if (choice === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = choice;
  colourChanges.set(colourChanges.value + 1);
}

/** Applies the choice now and whenever it or the system changes. */
export function followTheme(): void {
  apply(theme.value);
  theme.subscribe(apply);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(theme.value));
}

/** The next choice in the circle auto, light, dark. */
export function nextTheme(choice: Theme): Theme {
  return choice === "auto" ? "light" : choice === "light" ? "dark" : "auto";
}

/** Chooses and remembers. */
export function chooseTheme(choice: Theme): void {
  try {
    if (choice === "auto") localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, choice);
  } catch {
    // A browser that keeps nothing for us still shows what was chosen.
  }
  theme.set(choice);
}
