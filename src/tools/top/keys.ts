// The bytes of a terminal as the keys that were pressed. Pure. Invariant: unknown sequences are swallowed whole, and what
// is cut off at the end of a read is taken as it stands: a terminal sends a key in one piece.

/** Keys with a name; a printable character is its own name. */
const SEQUENCES: Readonly<Record<string, string>> = {
  "\x1b[A": "up",
  "\x1b[B": "down",
  "\x1b[C": "right",
  "\x1b[D": "left",
  "\x1bOA": "up",
  "\x1bOB": "down",
  "\x1bOC": "right",
  "\x1bOD": "left",
  "\x1b[5~": "page up",
  "\x1b[6~": "page down",
  "\x1b[H": "home",
  "\x1b[F": "end",
  "\x1b[1~": "home",
  "\x1b[4~": "end",
  "\x1b": "escape",
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x03": "ctrl-c",
  "\x0c": "ctrl-l",
};

// deno-lint-ignore no-control-regex -- terminals speak in control characters
const KEY = /\x1b\[[\d;?]*[\x40-\x7e]|\x1bO.|\x1b|[^]/g;

/** The keys in a piece of input, in order. */
export function keysIn(text: string): string[] {
  return [...text.matchAll(KEY)].flatMap(([piece]) => {
    const name = SEQUENCES[piece];
    if (name !== undefined) return [name];
    return /^[\x20-\x7e]$/.test(piece) ? [piece] : [];
  });
}
