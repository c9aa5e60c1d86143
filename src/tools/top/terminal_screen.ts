// The terminal while a program draws on all of it: another screen, no cursor, keys without Enter; and the way back, in
// whatever way the program ends. Knows nothing of what is drawn.
// Invariant: a frame is one write, and only lines that changed are in it, so that nothing flickers.

import type { Size } from "./frame.ts";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[?25h\x1b[?1049l";
/** Terminals that know it show a frame as a whole. */
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";
const FALLBACK: Size = { columns: 80, lines: 24 };

/** What drawing needs of the system. */
export interface TerminalPort {
  /** Writes all of a text before it returns. */
  write(text: string): void;
  /** Keys one by one and unseen, or as usual. Ctrl-C and Ctrl-Z keep working. */
  setRaw(isRaw: boolean): void;
  /** Undefined when the terminal does not say. */
  size(): Size | undefined;
}

/** The terminal of this process. */
export const systemTerminal: TerminalPort = {
  write(text) {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  },
  setRaw(isRaw) {
    // Windows has no such mode: there Ctrl-C comes as a key.
    Deno.stdin.setRaw(isRaw, { cbreak: isRaw && Deno.build.os !== "windows" });
  },
  size() {
    try {
      const { columns, rows: lines } = Deno.consoleSize();
      return columns > 0 && lines > 0 ? { columns, lines } : undefined;
    } catch {
      return undefined;
    }
  },
};

/** A screen to draw on. */
export class TerminalScreen {
  readonly #port: TerminalPort;
  #isOpen = false;
  /** What stands on the terminal; empty when nothing of it is known. */
  #drawn: readonly string[] = [];

  constructor(port: TerminalPort) {
    this.#port = port;
  }

  /** How large it is now. */
  get size(): Size {
    return this.#port.size() ?? FALLBACK;
  }

  /** Takes the terminal. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#drawn = [];
    this.#port.setRaw(true);
    this.#port.write(ENTER);
  }

  /** Gives the terminal back as it was; may be called at any time. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#port.write(LEAVE);
    this.#port.setRaw(false);
  }

  /** Has the next frame drawn whole, as after a change of size. */
  forget(): void {
    this.#drawn = [];
  }

  /** Draws a frame. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const isWhole = this.#drawn.length !== lines.length;
    const changed = lines.flatMap((line, index) =>
      isWhole || line !== this.#drawn[index] ? [`\x1b[${index + 1};1H${line}\x1b[K`] : []
    );
    this.#drawn = [...lines];
    if (changed.length === 0) return;
    // What lies below a frame that got shorter goes, too.
    const below = isWhole ? "\x1b[J" : "";
    this.#port.write(BEGIN_FRAME + changed.join("") + below + END_FRAME);
  }
}
