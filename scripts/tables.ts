// Writes the tables of the documentation from the lists the program itself runs on, so that they
// cannot drift: whatever stands between `<!-- table: NAME -->` and `<!-- end table -->` in README.md
// is replaced. With `--check` nothing is written, and stale tables mean exit code 1.
// To add a table: one line in TABLES.
// deno-lint-ignore-file no-console -- a script's way to speak

import { adminErrors } from "../src/admin/http_errors.ts";
import { adminRoutes } from "../src/admin/routes.ts";
import { SCENARIOS } from "../src/bench/scenarios.ts";
import { SETTINGS } from "../src/bench/settings.ts";
import { httpErrors } from "../src/http/http_errors.ts";
import { lookupdErrors } from "../src/lookupd/http_errors.ts";
import { lookupdRoutes } from "../src/lookupd/routes.ts";
import { NSQADMIN_OPTIONS } from "../src/options/nsqadmin_options.ts";
import { NSQLOOKUPD_OPTIONS } from "../src/options/nsqlookupd_options.ts";
import { renamed } from "../src/http/legacy_routes.ts";
import { routes } from "../src/http/routes.ts";
import { optionsMarkdown } from "../src/options/help.ts";
import { NSQD_OPTIONS } from "../src/options/nsqd_options.ts";
import { configKey, type OptionTable, rowsOf } from "../src/options/option_row.ts";
import { valueTypeOf } from "../src/options/value_types.ts";
import { exportTable } from "../src/command_line/export.ts";
import { fsckTable } from "../src/command_line/fsck.ts";
import { programs } from "../src/command_line/programs.ts";
import { devTable } from "../src/command_line/dev_options.ts";
import { installLinksTable } from "../src/command_line/install_links.ts";
import { checkTable } from "../src/tools/check/check.ts";
import { MEASURES } from "../src/tools/check/thresholds.ts";
import { doctorTable } from "../src/tools/doctor/doctor.ts";
import { topTable } from "../src/tools/top/top_options.ts";
import { KEYS } from "../src/tools/top/view_state.ts";
import { clientOptionTable } from "../src/tools/client_option_table.ts";
import { nsqPubTable } from "../src/tools/nsq_pub_options.ts";
import { nsqStatTable } from "../src/tools/nsq_stat_options.ts";
import { nsqTailTable } from "../src/tools/nsq_tail_options.ts";
import { nsqToFileTable } from "../src/tools/nsq_to_file_options.ts";
import { nsqToHttpTable } from "../src/tools/nsq_to_http_options.ts";
import { nsqToNsqTable } from "../src/tools/nsq_to_nsq_options.ts";
import { toNsqTable } from "../src/tools/to_nsq_options.ts";
import type { ReplyErrorRow } from "../src/web/reply_error.ts";
import { commands } from "../src/wire/commands.ts";
import { errors } from "../src/wire/errors.ts";
import { identifyFields } from "../src/wire/identify.ts";

/** Each table's name in the markers, and how its Markdown is made. */
export const TABLES: Readonly<Record<string, () => string>> = {
  "programs": programsMarkdown,
  "nsqd-options": () => optionsMarkdown(NSQD_OPTIONS),
  "nsq-pub-options": () => toolOptionsMarkdown(nsqPubTable),
  "nsq-tail-options": () => toolOptionsMarkdown(nsqTailTable),
  "nsq-to-file-options": () => toolOptionsMarkdown(nsqToFileTable),
  "nsq-to-http-options": () => toolOptionsMarkdown(nsqToHttpTable),
  "nsq-to-nsq-options": () => toolOptionsMarkdown(nsqToNsqTable),
  "to-nsq-options": () => toolOptionsMarkdown(toNsqTable),
  "nsq-stat-options": () => toolOptionsMarkdown(nsqStatTable),
  "export-options": () => toolOptionsMarkdown(exportTable),
  "fsck-options": () => toolOptionsMarkdown(fsckTable),
  "dev-options": () => toolOptionsMarkdown(devTable),
  "top-options": () => toolOptionsMarkdown(topTable),
  "top-keys": topKeysMarkdown,
  "doctor-options": () => toolOptionsMarkdown(doctorTable),
  "check-options": () => toolOptionsMarkdown(checkTable),
  "check-limits": checkLimitsMarkdown,
  "install-links-options": () => toolOptionsMarkdown(installLinksTable),
  "client-options": () => keysMarkdown(clientOptionTable),
  "bench-scenarios": benchScenariosMarkdown,
  "bench-numbers": benchNumbersMarkdown,
  "commands": commandsMarkdown,
  "identify-fields": identifyFieldsMarkdown,
  "errors": errorsMarkdown,
  "routes": routesMarkdown,
  "legacy-routes": legacyRoutesMarkdown,
  "http-errors": () => httpErrorsMarkdown(httpErrors),
  "nsqlookupd-options": () => optionsMarkdown(NSQLOOKUPD_OPTIONS),
  "nsqlookupd-routes": lookupdRoutesMarkdown,
  "nsqlookupd-http-errors": () => httpErrorsMarkdown(lookupdErrors),
  "nsqadmin-options": () => optionsMarkdown(NSQADMIN_OPTIONS),
  "nsqadmin-routes": adminRoutesMarkdown,
  "nsqadmin-http-errors": () => httpErrorsMarkdown(adminErrors),
};

/** A table in Markdown. Cells may hold Markdown of their own; a bar in one would end it, so it is escaped. */
function markdown(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

function programsMarkdown(): string {
  const rows = Object.entries(programs).map(([name, { help }]) => [code(name), help]);
  return markdown(["Name", "What it does"], rows);
}

/** Tools read no file: the second column, its keys, is left out. Neither of the first two ever holds a bar. */
function toolOptionsMarkdown(table: OptionTable): string {
  return optionsMarkdown(table).replace(/^(\|[^|]*)\|[^|]*/gm, "$1");
}

function topKeysMarkdown(): string {
  return markdown(["Keys", "What they do"], Object.entries(KEYS).map(([key, help]) => [key, help]));
}

function checkLimitsMarkdown(): string {
  const rows = Object.entries(MEASURES).map(([name, { worse, help }]) => [code(name), worse, help]);
  return markdown(["Name", "Alarm", "What is limited"], rows);
}

/** Options that are written `key,value` behind a flag. */
function keysMarkdown(table: OptionTable): string {
  const groups = Map.groupBy(rowsOf(table), ([, { group }]) => group);
  const rows = [...groups].flatMap(([group, members]) => [
    [`**${group}**`, "", ""],
    ...members.map(([key, row]) => {
      const standard = valueTypeOf(row).toText(row.default);
      return [code(configKey(key, row) ?? key), code(standard), row.help];
    }),
  ]);
  return markdown(["Key", "Default", "Meaning"], rows);
}

function benchScenariosMarkdown(): string {
  const rows = Object.entries(SCENARIOS).map(([name, { help }]) => [code(name), help]);
  return markdown(["Scenario", "What is measured"], rows);
}

function benchNumbersMarkdown(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    return [code(`--${name}`), code(String(setting.default)), setting.help];
  });
  return markdown(["Flag", "Default", "Meaning"], rows);
}

const BODY_TEXTS = {
  none: "",
  message: "one message",
  batch: "several messages",
  document: "JSON or a secret",
} as const;

function commandsMarkdown(): string {
  const rows = Object.entries(commands).map(([name, row]) => [
    code([name, ...row.parameters.map((parameter) => `<${parameter}>`)].join(" ")),
    BODY_TEXTS[row.body],
    row.states.length === 3 ? "any" : row.states.join(", "),
    row.reply,
    row.help,
  ]);
  return markdown(["Command", "Body", "State", "Reply", "What it does"], rows);
}

function identifyFieldsMarkdown(): string {
  const rows = Object.entries(identifyFields).map(([name, { type, help }]) => {
    return [code(name), type.replace(/\d+$/, ""), help];
  });
  return markdown(["Field", "Type", "Meaning"], rows);
}

function errorsMarkdown(): string {
  const rows = Object.entries(errors).map(([name, { fatal, meaning }]) => {
    return [code(name), fatal ? "yes" : "no", meaning];
  });
  return markdown(["Error", "Ends the connection", "Meaning"], rows);
}

function routesMarkdown(): string {
  const rows = routes.map(({ method, path, role, parameters, help }) => [
    code(`${method} ${path}`),
    parameters.map((parameter) => code(parameter)).join(" "),
    role === "open" ? "" : role,
    help,
  ]);
  const header = [
    "Request",
    "Query (`?` may be left out)",
    "Role with `--http-auth`",
    "What it does",
  ];
  return markdown(header, rows);
}

function legacyRoutesMarkdown(): string {
  const rows = Object.entries(renamed).map(([path, successor]) => [code(path), code(successor)]);
  return markdown(["Before 1.0", "Is answered as"], rows);
}

function lookupdRoutesMarkdown(): string {
  const rows = lookupdRoutes.map(({ method, path, parameters, help }) => [
    code(`${method} ${path}`),
    parameters.map((parameter) => code(parameter)).join(" "),
    help,
  ]);
  return markdown(["Request", "Query", "What it does"], rows);
}

/** The page has many addresses; one stands for them. */
function adminRoutesMarkdown(): string {
  const [page] = adminRoutes;
  const rows = adminRoutes.filter((route) => route === page || route.handle !== page?.handle)
    .map(({ method, path, role, help }) => [
      code(`${method} ${path}`),
      role === "open" ? "" : role,
      help,
    ]);
  return markdown(["Request", "Role", "What it does"], rows);
}

function httpErrorsMarkdown(table: Readonly<Record<string, ReplyErrorRow>>): string {
  const rows = Object.entries(table).map(([name, row]) => {
    return [String(row.status), code(row.text ?? name), row.meaning];
  });
  return markdown(["Status", "`message`", "Meaning"], rows);
}

const BLOCK = /^(<!-- table: (\S+) -->\n)[^]*?^(<!-- end table -->)$/gm;

/**
 * `document` with the marked tables made anew. The formatter is kept away from them: it would pad
 * every cell to the widest. Throws Error for a table that is not in `tables`.
 */
export function withFreshTables(
  document: string,
  tables: Readonly<Record<string, () => string>>,
): string {
  return document.replace(BLOCK, (_block, opening: string, name: string, closing: string) => {
    const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
    if (table === undefined) {
      throw new Error(`No table is called "${name}": choose from ${Object.keys(tables)}`);
    }
    const [start, end] = ["<!-- deno-fmt-ignore-start -->", "<!-- deno-fmt-ignore-end -->"];
    return `${opening}${start}\n\n${table()}\n\n${end}\n${closing}`;
  });
}

/** Refreshes or checks the file; returns the exit code. */
function main(isCheck: boolean): number {
  const path = new URL("../README.md", import.meta.url);
  let document: string;
  try {
    document = Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error("There is no README.md yet, so there are no tables to refresh.");
    return isCheck ? 1 : 0;
  }
  const fresh = withFreshTables(document, TABLES);
  if (fresh === document) return 0;
  if (isCheck) {
    console.error("Tables in README.md are stale: run `deno run -A scripts/tables.ts`.");
    return 1;
  }
  Deno.writeTextFileSync(path, fresh);
  return 0;
}

if (import.meta.main) Deno.exit(main(Deno.args.includes("--check")));
