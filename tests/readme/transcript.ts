// A `console` block of the README: lines that begin with `$ ` are typed, the others are what they print. In what is
// printed `…` stands for anything on that line. Pure.

/** A typed line and what it prints. */
export interface Exchange {
  readonly typed: string;
  readonly printed: readonly string[];
}

const PROMPT = "$ ";
const ANYTHING = "…";

/** The exchanges of a block. Throws when it does not begin with something typed. */
export function exchangesOf(block: string): Exchange[] {
  const exchanges: { typed: string; printed: string[] }[] = [];
  for (const line of block.trimEnd().split("\n")) {
    if (line.startsWith(PROMPT)) exchanges.push({ typed: line.slice(PROMPT.length), printed: [] });
    else if (exchanges.length > 0) exchanges.at(-1)!.printed.push(line);
    else throw new Error(`Nothing is typed before "${line}"`);
  }
  return exchanges;
}

/** Whether the lines say the same; spaces at the end of a line, and of the whole, do not count. */
export function isAsPrinted(printed: readonly string[], output: string): boolean {
  const lines = output.trimEnd().split("\n");
  const expected = printed.join("\n").trimEnd().split("\n");
  return lines.length === expected.length &&
    expected.every((line, index) => patternOf(line.trimEnd()).test(lines[index]!.trimEnd()));
}

function patternOf(line: string): RegExp {
  const parts = line.split(ANYTHING).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join(".*")}$`);
}
