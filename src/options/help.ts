// The text of `--help` and the options' table for the documentation, both from the rows alone.
// Invariant: every option of the table appears exactly once, with the default its row holds.

import { configKey, flagName, type OptionRow, type OptionTable, rowsOf } from "./option_row.ts";
import { boundsText, valueTypeOf } from "./value_types.ts";

const DEPRECATED_GROUP = "Accepted for old scripts, without effect";
const LINE_COLUMNS = 100;
const DESCRIPTION_COLUMN = 36;

/** The opening lines of a help text. */
export interface HelpOpening {
  /** How the program is called. */
  readonly program: string;
  /** What it is, in a sentence. */
  readonly about: string;
}

type NamedRow = readonly [string, OptionRow];

/** The help text: groups of flags under headings, deprecated ones last. Ends with a newline. */
export function helpText(table: OptionTable, opening: HelpOpening): string {
  const lines = [`Usage: ${opening.program} [flags]`, "", opening.about];
  for (const [group, rows] of groupsOf(table)) {
    lines.push("", `${group}:`);
    for (const [key, row] of rows) lines.push(...entry(synopsis(key, row), description(row)));
  }
  const forms = "A flag is written --flag=value or --flag value; one dash does as well.";
  return [...lines, "", forms, ""].join("\n");
}

/** A flag's lines: a long synopsis has a line to itself, the description keeps its column. */
function entry(flag: string, text: string): readonly string[] {
  const indent = " ".repeat(DESCRIPTION_COLUMN);
  const paragraph = wrap(text, LINE_COLUMNS - DESCRIPTION_COLUMN).map((line) => indent + line);
  const head = `  ${flag}`;
  if (head.length > DESCRIPTION_COLUMN - 2) return [head, ...paragraph];
  const [first = indent, ...rest] = paragraph;
  return [head.padEnd(DESCRIPTION_COLUMN) + first.slice(DESCRIPTION_COLUMN), ...rest];
}

/** Breaks text between words into lines of at most `columns` characters, if its words allow. */
function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** The table in Markdown: flag, key in the file, default and meaning. */
export function optionsMarkdown(table: OptionTable): string {
  const lines = ["| Flag | File key | Default | Meaning |", "| --- | --- | --- | --- |"];
  for (const [group, rows] of groupsOf(table)) {
    lines.push(`| **${group}** | | | |`);
    for (const [key, row] of rows) {
      const name = configKey(key, row);
      const standard = defaultText(row);
      const cells = [
        `\`--${flagName(key, row)}\``,
        name === undefined ? "" : `\`${name}\``,
        standard === "" || row.computedDefault ? standard : `\`${standard}\``,
        [...notes(row), ...idleNote(row, true)].join("; ").replaceAll("|", "\\|"),
      ];
      lines.push(`| ${cells.join(" | ")} |`);
    }
  }
  return lines.join("\n");
}

/** Rows by heading, headings in the order of their first row. */
function groupsOf(table: OptionTable): ReadonlyMap<string, NamedRow[]> {
  const groups = new Map<string, NamedRow[]>();
  const ordered = rowsOf(table).toSorted(([, a], [, b]) =>
    Number(a.deprecated ?? false) - Number(b.deprecated ?? false)
  );
  for (const [key, row] of ordered) {
    const group = row.deprecated ? DEPRECATED_GROUP : row.group;
    groups.set(group, [...groups.get(group) ?? [], [key, row]]);
  }
  return groups;
}

function synopsis(key: string, row: OptionRow): string {
  const placeholder = row.type === "choice"
    ? row.choices.join("|")
    : row.unit ?? valueTypeOf(row).placeholder;
  return `--${flagName(key, row)}${placeholder === "" ? "" : ` <${placeholder}>`}`;
}

function description(row: OptionRow): string {
  const standard = defaultText(row);
  const text = [...notes(row), ...idleNote(row, false)].join("; ");
  return standard === "" ? text : `${text} (default: ${standard})`;
}

function notes(row: OptionRow): readonly string[] {
  const bounds = row.bounds === undefined ? [] : [`must be ${boundsText(row)}`];
  return [row.help, ...bounds, ...valueTypeOf(row).isRepeatable ? ["may be repeated"] : []];
}

/** The heading of the deprecated ones says it already; the reason would crowd the help. */
function idleNote(row: OptionRow, isReasoned: boolean): readonly string[] {
  if (row.noEffect === undefined || row.deprecated) return [];
  return [isReasoned ? `no effect: ${row.noEffect}` : "no effect"];
}

/** A switch that is off and an empty text need no mention. */
function defaultText(row: OptionRow): string {
  if (row.computedDefault !== undefined) return row.computedDefault;
  if (row.default === false) return "";
  const text = valueTypeOf(row).toText(row.default);
  return text !== text.trim() ? JSON.stringify(text) : text;
}
