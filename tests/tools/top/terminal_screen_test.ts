// The terminal is taken and given back, and only what changed is written.

import { assertEquals } from "@std/assert";
import { TerminalScreen } from "../../../src/tools/top/terminal_screen.ts";

class FakeTerminal {
  readonly writes: string[] = [];
  isRaw = false;

  write(text: string): void {
    this.writes.push(text);
  }

  setRaw(isRaw: boolean): void {
    this.isRaw = isRaw;
  }

  size() {
    return undefined;
  }
}

/** The numbers of the lines that a write draws. */
function linesIn(text: string | undefined): string[] {
  // deno-lint-ignore no-control-regex -- where lines are put
  return [...(text ?? "").matchAll(/\x1b\[(\d+);1H/g)].map(([, line]) => line!);
}

Deno.test("TerminalScreen.draw() writes a frame at once, and afterwards only lines that changed", () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.open();
  screen.draw(["a", "b", "c"]);
  screen.draw(["a", "B", "c"]);
  screen.draw(["a", "B", "c"]);
  screen.forget();
  screen.draw(["a", "B", "c"]);
  screen.draw(["a"]);
  assertEquals(terminal.writes.slice(1).map(linesIn), [["1", "2", "3"], ["2"], ["1", "2", "3"], [
    "1",
  ]]);
});

Deno.test("TerminalScreen.close() gives the terminal back, once, and nothing is drawn afterwards", () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.close();
  assertEquals(terminal.writes, []);
  screen.open();
  assertEquals(terminal.isRaw, true);
  screen.close();
  screen.close();
  screen.draw(["x"]);
  assertEquals(terminal.isRaw, false);
  assertEquals(terminal.writes.length, 2);
  assertEquals(terminal.writes.at(-1), "\x1b[?25h\x1b[?1049l");
});

Deno.test("TerminalScreen.size is usual where the terminal does not say", () => {
  assertEquals(new TerminalScreen(new FakeTerminal()).size, { columns: 80, lines: 24 });
});
