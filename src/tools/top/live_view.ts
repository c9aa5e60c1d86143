// top on a terminal: looks again and again, draws, and does what the keys say, until it is told to end.
// Invariant: the terminal is given back whatever happens; one look is under way at most, and keys are served meanwhile.

import { unlessAborted } from "../../base/interruption.ts";
import { pause, systemTimers } from "../../base/timers.ts";
import { clusterStats, type Silence } from "../cluster/cluster_nodes.ts";
import type { ProcessStreams } from "../process_streams.ts";
import { type Frame, frameOf, type Picture } from "./frame.ts";
import { keysIn } from "./keys.ts";
import { pictureOf } from "./picture.ts";
import type { Sample } from "./sample.ts";
import { type TerminalPort, TerminalScreen } from "./terminal_screen.ts";
import type { TopSettings } from "./top_options.ts";
import { afterKey, initialState, type ViewState } from "./view_state.ts";

/** After these nothing of ours runs that could give the terminal back. */
const CRASHES = ["error", "unhandledrejection", "unload"] as const;
/** Windows knows none of these. */
const hasTerminalSignals = Deno.build.os !== "windows";

/** One run of top on a terminal. */
export class LiveView {
  readonly #settings: TopSettings;
  readonly #streams: ProcessStreams;
  readonly #screen: TerminalScreen;
  readonly #ending = new AbortController();
  #wake = new AbortController();
  #state: ViewState;
  #before: Sample | undefined;
  #now: Sample = { atMs: 0, nsqds: new Map() };
  #silent: readonly Silence[] = [];
  /** Of the latest look and the table that is shown; undefined when one of them is another now. */
  #picture: Picture | undefined;
  #frame: Frame | undefined;

  constructor(settings: TopSettings, streams: ProcessStreams, terminal: TerminalPort) {
    this.#settings = settings;
    this.#streams = streams;
    this.#screen = new TerminalScreen(terminal);
    this.#state = initialState(settings);
  }

  /** Runs until a key or a signal ends it. */
  async run(): Promise<number> {
    const { interrupted } = this.#streams;
    const stop = () => this.#stop();
    const restore = () => this.#screen.close();
    interrupted.addEventListener("abort", stop);
    if (interrupted.aborted) stop();
    // An error nobody catches ends the process without another word.
    for (const kind of CRASHES) globalThis.addEventListener(kind, restore);
    const ignore = this.#listen();
    try {
      this.#screen.open();
      this.#draw();
      void this.#readKeys().catch(stop);
      await this.#watch();
      return 0;
    } finally {
      restore();
      ignore();
      for (const kind of CRASHES) globalThis.removeEventListener(kind, restore);
      interrupted.removeEventListener("abort", stop);
    }
  }

  #stop(): void {
    this.#ending.abort();
    this.#wake.abort();
  }

  #listen(): () => void {
    if (!hasTerminalSignals) return () => {};
    const listeners: [Deno.Signal, () => void][] = [
      ["SIGWINCH", () => this.#redraw()],
      ["SIGTSTP", () => this.#suspend()],
      ["SIGHUP", () => this.#stop()],
    ];
    for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
    return () => {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    };
  }

  /** Ctrl-Z: the shell gets its terminal back, and we ours when we go on. */
  #suspend(): void {
    this.#screen.close();
    Deno.kill(Deno.pid, "SIGSTOP");
    this.#screen.open();
    this.#redraw();
  }

  async #watch(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#wake = new AbortController();
      const { signal } = this.#wake;
      if (!this.#state.isFrozen) await this.#look();
      if (this.#ending.signal.aborted) return;
      this.#draw();
      await pause(systemTimers, this.#state.intervalMs, signal);
    }
  }

  async #look(): Promise<void> {
    const { subject } = this.#state;
    const wish = subject === undefined ? {} : { ...subject, isWithClients: true };
    const asking = clusterStats(this.#settings.cluster, wish);
    const found = await unlessAborted(asking, this.#ending.signal);
    // What was asked for may not be what is wanted by now.
    if (found === undefined || subject !== this.#state.subject) return;
    this.#before = this.#now.atMs === 0 ? undefined : this.#now;
    this.#now = { atMs: performance.now(), nsqds: found.nsqds };
    this.#silent = found.silent;
    this.#picture = undefined;
  }

  async #readKeys(): Promise<void> {
    const buffer = new Uint8Array(256);
    const decoder = new TextDecoder();
    while (!this.#ending.signal.aborted) {
      const length = await this.#streams.input.read(buffer);
      if (length === null) return this.#stop();
      for (const key of keysIn(decoder.decode(buffer.subarray(0, length)))) this.#press(key);
    }
  }

  #press(key: string): void {
    if (this.#ending.signal.aborted) return;
    if (key === "ctrl-l") return this.#redraw();
    const { shownRows = [], pageLines = 1, headings = [], cursor = 0 } = this.#frame ?? {};
    const selected = shownRows[cursor];
    const state = afterKey({ ...this.#state, cursor }, key, {
      rowCount: shownRows.length,
      pageLines,
      headings,
      selected: selected === undefined || selected.channel === "" ? undefined : selected,
    });
    if (state === undefined) return this.#stop();
    const hasNewSubject = state.subject !== this.#state.subject;
    const isLookDue = hasNewSubject || this.#state.isFrozen !== state.isFrozen ||
      this.#state.intervalMs !== state.intervalMs;
    if (state.view !== this.#state.view) this.#picture = undefined;
    this.#state = state;
    // Rates between a document of everything and one of a channel would be nonsense.
    if (hasNewSubject) this.#now = { ...this.#now, atMs: 0 };
    this.#draw();
    if (isLookDue) this.#wake.abort();
  }

  #redraw(): void {
    this.#screen.forget();
    this.#draw();
  }

  #draw(): void {
    const before = this.#now.atMs === 0 ? undefined : this.#before;
    this.#picture ??= pictureOf(this.#state, before, this.#now, this.#silent, new Date());
    const isColoured = !this.#streams.isColourRefused;
    this.#frame = frameOf(this.#picture, this.#state, this.#screen.size, isColoured);
    this.#screen.draw(this.#frame.lines);
  }
}
