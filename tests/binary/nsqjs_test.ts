/**
 * The test suite that nsqjs carries in its npm package, run by mocha against our executable: another
 * project's idea of how nsqd behaves. Nothing of it is kept here; npm brings the suite and what it
 * needs into a cache folder. Runs when NSQD_BIN names the executable and npm is at hand.
 */
import { assert, assertEquals } from "@std/assert";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { executablePath } from "./executable.ts";

/** The suite and what its package.json wants for tests; linting and formatting tools left out. */
const packages = [
  "nsqjs@0.13.0",
  "mocha@9.2.2",
  "should@13.2.3",
  "sinon@11.1.2",
  "nock@13.5.6",
  "p-event@4.2.0",
  "temp@0.9.4",
  "async-retry@1.3.3",
  "debug@4.4.3",
  "snappystream@2.1.1",
];

/** The fewest tests that must have run: fewer means that the suite was not found. */
const testsMin = 171;

interface MochaTest {
  readonly fullTitle: string;
  readonly err: { readonly message?: string };
}

interface MochaReport {
  readonly stats: { readonly tests: number };
  readonly passes: readonly MochaTest[];
  readonly failures: readonly MochaTest[];
}

async function run(command: string, words: string[], folder: string): Promise<void> {
  const options = { args: words, cwd: folder };
  const { success, stdout, stderr } = await new Deno.Command(command, options).output();
  const decoder = new TextDecoder();
  assert(success, `${command} ${words[0]}:\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
}

function hasNpm(): boolean {
  try {
    return new Deno.Command("npm", { args: ["--version"] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Installs the packages, or finds them from an earlier run; returns the folder. */
async function installed(): Promise<string> {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const key = packages.join(" ").replaceAll(/[^\w.]+/g, "-");
  const folder = `${home}/nsqd-deno-tests/${key}`;
  try {
    await Deno.stat(folder);
    return folder;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const fresh = `${folder}.${Deno.pid}`;
  await Deno.mkdir(fresh, { recursive: true });
  await Deno.writeTextFile(`${fresh}/package.json`, '{ "private": true }\n');
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["install", ...quiet, ...packages], fresh);
  await Deno.rename(fresh, folder);
  return folder;
}

/**
 * Puts an `nsqd` into the folder that notes its process id and becomes the executable: the suite
 * leaves its brokers behind when one of its tests fails, and they must not outlive ours.
 */
async function writeLauncher(folder: string, executable: string): Promise<void> {
  const script = `#!/bin/sh\necho $$ >>"${folder}/pids"\nexec "${executable}" "$@"\n`;
  await Deno.writeTextFile(`${folder}/nsqd`, script, { mode: 0o755 });
}

/** Kills the brokers that still run; an id is ours only while its PATH leads to our folder. */
async function killLeftBehind(folder: string): Promise<void> {
  const noted = await Deno.readTextFile(`${folder}/pids`).catch(() => "");
  for (const pid of noted.split("\n").filter((line) => line !== "").map(Number)) {
    const environment = await Deno.readTextFile(`/proc/${pid}/environ`).catch(() => "");
    if (environment.includes(`PATH=${folder}:`)) Deno.kill(pid, "SIGKILL");
  }
}

/** Runs the suite with `nsqd` in the PATH leading to the executable. */
async function runSuite(folder: string, executable: string): Promise<MochaReport> {
  using names = new TemporaryFolder();
  await writeLauncher(names.path, executable);
  const mocha = [`${folder}/node_modules/mocha/bin/mocha`, "--exit", "--reporter", "json"];
  const { stdout, stderr } = await new Deno.Command("node", {
    args: [...mocha, "--timeout", "10000", "test"],
    cwd: `${folder}/node_modules/nsqjs`,
    env: { PATH: `${names.path}:${Deno.env.get("PATH") ?? ""}` },
    stdin: "null",
  }).output();
  await killLeftBehind(names.path);
  const text = new TextDecoder().decode(stdout);
  const start = text.indexOf('{\n  "stats"');
  assert(start >= 0, `mocha gave no report:\n${text}${new TextDecoder().decode(stderr)}`);
  return JSON.parse(text.slice(start));
}

/** The suite starts brokers on these ports and would else talk to whatever listens there. */
function assertPortsAreFree(): void {
  for (const port of [4150, 4151]) {
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
    } catch (error) {
      throw new Error(`The suite needs port ${port}, which is in use; stop that nsqd.`, {
        cause: error,
      });
    }
  }
}

function whySkipped(): string | undefined {
  if (executablePath() === undefined) return "NSQD_BIN names no executable";
  return hasNpm() ? undefined : "npm is not installed";
}

const skipped = whySkipped();
const suffix = skipped === undefined ? "" : ` (skipped: ${skipped})`;

Deno.test({
  name: `nsqjs passes its own test suite against the executable${suffix}`,
  ignore: skipped !== undefined,
  fn: async (t) => {
    assertPortsAreFree();
    const report = await runSuite(await installed(), executablePath() ?? "");
    for (const failure of report.failures) {
      await t.step(failure.fullTitle, () => {
        throw new Error(failure.err.message ?? "failed without a message");
      });
    }
    for (const pass of report.passes) await t.step(pass.fullTitle, () => {});
    assert(report.stats.tests >= testsMin, `only ${report.stats.tests} tests ran`);
    assertEquals(report.failures.length, 0);
  },
});
