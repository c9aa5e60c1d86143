// What a person chose to see, and what each key changes about it. Pure: the frame is drawn from it, never kept in it.

import { type Column, type ViewName, VIEWS } from "./columns.ts";

/** What is shown, and how. */
export interface ViewState {
  readonly view: ViewName;
  /** The heading rows are sorted by. */
  readonly sortedBy: string;
  readonly isReversed: boolean;
  readonly filter: string;
  /** The filter is being typed. */
  readonly isFiltering: boolean;
  /** The line the cursor is on, from 0, among the rows that pass the filter. */
  readonly cursor: number;
  /** Whose clients the view `clients` shows. */
  readonly subject: Subject | undefined;
  readonly isFrozen: boolean;
  readonly isHelpShown: boolean;
  readonly intervalMs: number;
}

/** A channel. */
export interface Subject {
  readonly topic: string;
  readonly channel: string;
}

/** What a key depends on beside the state. */
export interface Surroundings {
  /** How many rows pass the filter. */
  readonly rowCount: number;
  /** How many lines there are for rows. */
  readonly pageLines: number;
  /** What the cursor is on. */
  readonly selected: Subject | undefined;
  /** The headings of the table, from left to right. */
  readonly headings: readonly string[];
}

/** Each key of the help and what it does there. */
export const KEYS = {
  "q, Ctrl-C": "quit",
  "c, t, n": "channels, topics, nsqds",
  "Enter": "clients of the chosen channel; Esc goes back",
  "up, down, page up, page down, home, end": "move",
  "left, right (also < and >)": "sort by another column",
  "r": "reverse the order",
  "/": "filter by name; Enter keeps it, Esc clears it",
  "space": "freeze, and go on",
  "+, -": "look more or less often",
  "h or ?": "this help",
} as const satisfies Record<string, string>;

const INTERVALS_MS = [250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
const FILTER_CHARACTERS_MAX = 64;

/** How it begins. */
export function initialState(
  { view, sort, intervalMs, filter }: {
    readonly view: ViewName;
    readonly sort: string;
    readonly intervalMs: number;
    readonly filter: string;
  },
): ViewState {
  return {
    view,
    sortedBy: sort,
    isReversed: false,
    filter,
    isFiltering: false,
    cursor: 0,
    subject: undefined,
    isFrozen: false,
    isHelpShown: false,
    intervalMs,
  };
}

/** The state after a key; undefined when it was the one that quits. */
export function afterKey(
  state: ViewState,
  key: string,
  around: Surroundings,
): ViewState | undefined {
  if (key === "ctrl-c") return undefined;
  if (state.isHelpShown) return { ...state, isHelpShown: false };
  if (state.isFiltering) return afterFilterKey(state, key);
  if (key === "q") return undefined;
  if (key === "escape") return backOf(state);
  return afterCommand(moved(state, key, around), key, around);
}

function afterFilterKey(state: ViewState, key: string): ViewState {
  const { filter } = state;
  if (key === "enter") return { ...state, isFiltering: false };
  if (key === "escape") return { ...state, isFiltering: false, filter: "", cursor: 0 };
  if (key === "backspace") return { ...state, filter: filter.slice(0, -1), cursor: 0 };
  if (key.length > 1 || filter.length >= FILTER_CHARACTERS_MAX) return state;
  return { ...state, filter: filter + key, cursor: 0 };
}

/** Out of the innermost thing one is in. */
function backOf(state: ViewState): ViewState {
  if (state.view === "clients") return shown(state, "channels");
  return { ...state, filter: "", cursor: 0 };
}

function moved(state: ViewState, key: string, { rowCount, pageLines }: Surroundings): ViewState {
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    down: 1,
    "page up": -pageLines,
    "page down": pageLines,
    home: -Infinity,
    end: Infinity,
  };
  const cursor = Math.max(0, Math.min(state.cursor + (steps[key] ?? 0), rowCount - 1));
  return { ...state, cursor };
}

function afterCommand(state: ViewState, key: string, around: Surroundings): ViewState {
  switch (key) {
    case "c":
      return shown(state, "channels");
    case "t":
      return shown(state, "topics");
    case "n":
      return shown(state, "nodes");
    case "enter":
      return state.view === "channels" && around.selected !== undefined
        ? { ...shown(state, "clients"), subject: around.selected }
        : state;
    case "left":
    case "<":
      return sortedBeside(state, around.headings, -1);
    case "right":
    case ">":
      return sortedBeside(state, around.headings, 1);
    case "r":
      return { ...state, isReversed: !state.isReversed };
    case "/":
      return { ...state, isFiltering: true };
    case " ":
      return { ...state, isFrozen: !state.isFrozen };
    case "+":
      return { ...state, intervalMs: intervalBeside(state.intervalMs, -1) };
    case "-":
      return { ...state, intervalMs: intervalBeside(state.intervalMs, 1) };
    case "h":
    case "?":
      return { ...state, isHelpShown: true };
    default:
      return state;
  }
}

/** Another table; sorted as before if it has that column. */
function shown(state: ViewState, view: ViewName): ViewState {
  const columns: readonly Column[] = VIEWS[view].columns;
  const isThere = columns.some(({ heading }) => heading === state.sortedBy);
  const sortedBy = isThere ? state.sortedBy : view === "clients" ? "FINISHED" : "DEPTH";
  return { ...state, view, sortedBy, cursor: 0, filter: "", subject: undefined };
}

function sortedBeside(state: ViewState, headings: readonly string[], step: number): ViewState {
  const at = headings.indexOf(state.sortedBy);
  const next = headings[Math.max(0, Math.min(at + step, headings.length - 1))];
  return next === undefined ? state : { ...state, sortedBy: next, isReversed: false };
}

function intervalBeside(intervalMs: number, step: number): number {
  const at = INTERVALS_MS.findIndex((each) => each >= intervalMs);
  const from = at === -1 ? INTERVALS_MS.length - 1 : at;
  return INTERVALS_MS[Math.max(0, Math.min(from + step, INTERVALS_MS.length - 1))]!;
}
