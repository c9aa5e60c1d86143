/**
 * Obeys the keys: walks rows, finds the search field, goes to pages. Enter is the browser's own: the
 * focus stands on a link. It refuses keys with Ctrl, Meta or Alt, which belong to the browser.
 */
import { useEffect, useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { type KeyMeaning, keyMeaning, keyRows } from "./key_meaning.ts";
import { currentPlace, goTo } from "./place.tsx";
import { type Route, routeAbove } from "./route.ts";
import { chooseTheme, nextTheme, theme } from "./theme.ts";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}

/** Moves the focus to the row before or after the one that has it. */
function walk(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const present = rows.findIndex((row) => row.contains(document.activeElement));
  const index = present < 0 ? (step > 0 ? 0 : rows.length - 1) : present + step;
  const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
  const target = row?.querySelector<HTMLElement>("a, summary, button") ?? row;
  target?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

/** Escape: out of a field first, then one level up. */
function goUp(): void {
  const { activeElement } = document;
  if (activeElement instanceof HTMLInputElement && activeElement.type === "search") {
    if (activeElement.value === "") activeElement.blur();
    return;
  }
  if (isTyping(activeElement)) return (activeElement as HTMLElement).blur();
  goTo(routeAbove(currentPlace().route));
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('input[type="search"]');
  if (field === null) return goTo({ page: "topics" });
  field.focus();
  field.select();
}

const pages: Partial<Record<KeyMeaning, Route>> = {
  topics: { page: "topics" },
  nodes: { page: "nodes" },
  counter: { page: "counter" },
  lookup: { page: "lookup" },
};

function obey(meaning: KeyMeaning, showKeys: () => void): void {
  const page = pages[meaning];
  if (page !== undefined) return goTo(page);
  switch (meaning) {
    case "next row":
      return walk(1);
    case "previous row":
      return walk(-1);
    case "search":
      return focusSearch();
    case "up":
      return goUp();
    case "theme":
      return chooseTheme(nextTheme(theme.value));
    case "older page":
    case "newer page":
      document.querySelector<HTMLElement>(`[data-page="${meaning}"]`)?.click();
      return;
    default:
      return showKeys();
  }
}

/** Listens to keys as long as the page is open, and shows their list when asked. */
export function Keyboard() {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    let waiting = "";
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      // A dialog has its own Escape, and nothing behind it may move.
      if (document.querySelector("dialog[open]") !== null) return;
      const result = keyMeaning(waiting, event.key, isTyping(event.target));
      waiting = result.waiting;
      if (result.meaning === undefined) return;
      if (result.meaning !== "up") event.preventDefault();
      obey(result.meaning, () => setShown(true));
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  if (!isShown) return null;
  return (
    <Dialog title="Keys" onClose={() => setShown(false)}>
      <dl class="keys">
        {keyRows.map((row) => (
          <div key={row.meaning}>
            <dt>{row.keys.map((key) => <kbd key={key}>{key === "Escape" ? "Esc" : key}</kbd>)}</dt>
            <dd>{row.text}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>Open the row in focus</dd>
        </div>
      </dl>
      <div class="buttons">
        <button type="button" onClick={() => setShown(false)}>Close</button>
      </div>
    </Dialog>
  );
}
