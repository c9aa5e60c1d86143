// The documentation is true: what it types prints what it says, its examples are right, and everything it names exists.

import { assert, assertEquals } from "@std/assert";
import { adminRoutes } from "../src/admin/routes.ts";
import { benchHelp } from "../src/bench/command_line.ts";
import { legacyRoutes } from "../src/http/legacy_routes.ts";
import { routes } from "../src/http/routes.ts";
import { lookupdRoutes } from "../src/lookupd/routes.ts";
import { NSQADMIN_OPTIONS } from "../src/options/nsqadmin_options.ts";
import { NSQLOOKUPD_OPTIONS } from "../src/options/nsqlookupd_options.ts";
import { NSQD_OPTIONS } from "../src/options/nsqd_options.ts";
import { flagName, rowsOf } from "../src/options/option_row.ts";
import { exportTable } from "../src/command_line/export.ts";
import { fsckTable } from "../src/command_line/fsck.ts";
import { devTable } from "../src/command_line/dev_options.ts";
import { installLinksTable } from "../src/command_line/install_links.ts";
import { checkTable } from "../src/tools/check/check.ts";
import { doctorTable } from "../src/tools/doctor/doctor.ts";
import { topTable } from "../src/tools/top/top_options.ts";
import { nsqPubTable } from "../src/tools/nsq_pub_options.ts";
import { nsqStatTable } from "../src/tools/nsq_stat_options.ts";
import { nsqTailTable } from "../src/tools/nsq_tail_options.ts";
import { nsqToFileTable } from "../src/tools/nsq_to_file_options.ts";
import { nsqToHttpTable } from "../src/tools/nsq_to_http_options.ts";
import { nsqToNsqTable } from "../src/tools/nsq_to_nsq_options.ts";
import { toNsqTable } from "../src/tools/to_nsq_options.ts";
import { errors } from "../src/wire/errors.ts";
import { deno, writeExample } from "./readme/example.ts";
import {
  blocksOf,
  DOCUMENTS,
  examples,
  isInRepository,
  repositoryText,
} from "./readme/documents.ts";
import { Terminal } from "./readme/terminal.ts";
import { exchangesOf, isAsPrinted } from "./readme/transcript.ts";

const readme = repositoryText("README.md");
const documents = DOCUMENTS.map((path) => [path, repositoryText(path)] as const);

/** Flags that stand in no table: those of deno, curl and the scripts. */
const OTHER_FLAGS = [
  "flag",
  "help",
  "quiet",
  "data-binary",
  "config",
  "check",
  "entry",
  "output",
  "target",
  "way",
  "no-prompt",
  "unstable-net",
  "v8-flags",
  "max-semi-space-size",
  "no-parallel-scavenge",
  "allow-net",
  "allow-read",
  "allow-write",
  "allow-sys",
  "allow-env",
];

Deno.test("README: what is typed prints what it says", async () => {
  await using terminal = await Terminal.open();
  const consoles = blocksOf(readme).filter(({ language }) => language === "console");
  for (const { typed, printed } of consoles.flatMap(({ text }) => exchangesOf(text))) {
    const { code, output } = await terminal.type(typed);
    assert(isAsPrinted(printed, output), `"${typed}" prints otherwise:\n${output}`);
    assertEquals(code, 0, typed);
  }
});

Deno.test("README: the example of the client library runs", async () => {
  const example = examples().get("README.md 1") ?? "";
  await using terminal = await Terminal.open();
  const path = await writeExample(terminal.rewritten(example));
  const { code, stdout } = await deno("run", "-A", path);
  await Deno.remove(path);
  assertEquals(code, 0);
  const bodies = ["a first message", "a second", '{"total":12.5}', "half a second later"];
  assertEquals(stdout, bodies.map((body) => `1 ${body}\n`).join(""));
});

Deno.test("documentation: every flag it names exists", () => {
  const tables = [
    NSQD_OPTIONS,
    NSQLOOKUPD_OPTIONS,
    NSQADMIN_OPTIONS,
    nsqPubTable,
    nsqTailTable,
    nsqToFileTable,
    nsqToHttpTable,
    nsqToNsqTable,
    toNsqTable,
    nsqStatTable,
    exportTable,
    fsckTable,
    devTable,
    topTable,
    doctorTable,
    checkTable,
    installLinksTable,
  ];
  const own = tables.flatMap((table) => rowsOf(table).map(([key, row]) => flagName(key, row)));
  const known = new Set([...own, ...flagsIn(benchHelp()), ...OTHER_FLAGS]);
  assertNothing(flagsIn, (flag) => known.has(flag));
});

function flagsIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w-])--([a-z][a-z0-9-]*\w)/g)].map(([, name = ""]) => name);
}

Deno.test("documentation: every HTTP path it names exists", () => {
  const named = /(?:`|:4151)(?:(?:GET|POST|PUT) )?(\/[a-z/:_]+)/g;
  const isRoute = (path: string) =>
    [...routes, ...legacyRoutes, ...lookupdRoutes, ...adminRoutes].some((route) => {
      const asRoute = path.replace(/^\/config\/.*/, "/config/:option");
      return route.path === asRoute || route.path.startsWith(`${path.replace(/\/$/, "")}/`);
    });
  assertNothing((text) => [...text.matchAll(named)].map(([, path = ""]) => path), isRoute);
});

Deno.test("documentation: every error code it names exists", () => {
  const codesIn = (text: string) => text.match(/\bE_[A-Z]+(?:_[A-Z]+)*\b/g) ?? [];
  assertNothing(codesIn, (code) => Object.hasOwn(errors, code));
});

Deno.test("documentation: every task it names exists", () => {
  const { tasks } = JSON.parse(repositoryText("deno.json"));
  const named = /\b(?:deno|deno@[\d.]+) task (?:--quiet )?([a-z:]+)/g;
  const tasksIn = (text: string) => [...text.matchAll(named)].map(([, name = ""]) => name);
  assertNothing(tasksIn, (name) => Object.hasOwn(tasks, name));
});

Deno.test("documentation: every file it names is in the repository", () => {
  const named = /`((?:src|tests|scripts)\/[\w./-]*)`/g;
  const linked = /\]\((?!https?:)([^)#]+)/g;
  const pathsIn = (text: string) =>
    [...text.matchAll(named), ...text.matchAll(linked)].map(([, path = ""]) => path);
  assertNothing(pathsIn, isInRepository);
});

Deno.test("documentation: every link within a document leads to a heading", () => {
  for (const [path, text] of documents) {
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
    );
    const linked = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = ""]) => anchor);
    assertEquals(linked.filter((anchor) => !anchors.includes(anchor)), [], path);
  }
});

/** No document has something found by `find` that is not known. */
function assertNothing(find: (text: string) => string[], isKnown: (name: string) => boolean): void {
  const strangers = documents.flatMap(([path, text]) =>
    find(text).filter((name) => !isKnown(name)).map((name) => `${path}: ${name}`)
  );
  assertEquals(strangers, []);
}
