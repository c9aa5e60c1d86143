/**
 * The self-extracting file with a stand-in for the runtime: a shell script that tells how it was
 * called. So the launcher is tried in milliseconds; tests/binary tries it around the real Deno.
 */
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { fillLauncher, writeSelfExtracting } from "../../../scripts/compile/self_extracting.ts";
import { TemporaryFolder } from "../../daemons/temporary_folder.ts";

const standIn = `#!/bin/sh
echo "pid $$"
echo "as $NSQD_INVOKED_AS"
echo "from $0"
echo "umask $(umask)"
for word in "$@"; do echo "word $word"; done
cat
exit 7
`;

interface Launch {
  readonly pid: number;
  readonly code: number;
  readonly errors: string;
  readonly lines: string[];
}

/** Gives each test a folder with an executable `nsqd` in it and removes both afterwards. */
async function withExecutable(test: (folder: string) => Promise<void>): Promise<void> {
  using temporary = new TemporaryFolder();
  const folder = temporary.path;
  await Deno.writeTextFile(`${folder}/runtime`, standIn, { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/bundle.js`, "// the program\n");
  const payload = { runtime: `${folder}/runtime`, bundle: `${folder}/bundle.js` };
  const files = new Map([["ui/page.html", `${folder}/bundle.js`]]);
  await writeSelfExtracting({ ...payload, files }, `${folder}/nsqd`);
  await test(folder);
}

async function launch(
  path: string,
  environment: Record<string, string>,
  words: string[] = [],
): Promise<Launch> {
  const child = new Deno.Command(path, {
    args: words,
    env: { PATH: Deno.env.get("PATH") ?? "", ...environment },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("standard input\n"));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  const lines = decoder.decode(stdout).trimEnd().split("\n");
  return { pid: child.pid, code, lines, errors: decoder.decode(stderr) };
}

/** The folder the program ran from, as it said itself. */
function homeOf(launched: Launch): string {
  const line = launched.lines.find((text) => text.startsWith("from "));
  return (line ?? "").slice("from ".length).replace(/\/deno$/, "");
}

Deno.test("self-extracting file becomes the program: pid, words, input, exit code", async () => {
  await withExecutable(async (folder) => {
    const words = ["--topic=a b", "", "*"];
    const launched = await launch(`${folder}/nsqd`, { XDG_CACHE_HOME: `${folder}/cache` }, words);
    assertEquals(launched.errors, "");
    assertEquals(launched.code, 7);
    assertEquals(launched.lines[0], `pid ${launched.pid}`);
    assertEquals(launched.lines.slice(-4), [
      "word --topic=a b",
      "word ",
      "word *",
      "standard input",
    ]);
  });
});

Deno.test("self-extracting file passes on the name of a symlink", async () => {
  await withExecutable(async (folder) => {
    await Deno.symlink("nsqd", `${folder}/nsq_tail`);
    const environment = { XDG_CACHE_HOME: `${folder}/cache` };
    assert((await launch(`${folder}/nsq_tail`, environment)).lines.includes("as nsq_tail"));
    assert((await launch(`${folder}/nsqd`, environment)).lines.includes("as nsqd"));
  });
});

Deno.test("self-extracting file unpacks once, for its owner alone, and leaves no litter", async () => {
  await withExecutable(async (folder) => {
    const environment = { XDG_CACHE_HOME: `${folder}/cache` };
    const first = await launch(`${folder}/nsqd`, environment);
    const home = homeOf(first);
    assertMatch(home, /\/cache\/nsqd-deno\/[0-9a-f]{24}$/);
    assertEquals((await Deno.stat(home)).mode! & 0o777, 0o700);
    const { ino } = await Deno.stat(home);
    assertEquals(homeOf(await launch(`${folder}/nsqd`, environment)), home);
    assertEquals((await Deno.stat(home)).ino, ino);
    const entries = [...Deno.readDirSync(`${folder}/cache/nsqd-deno`)];
    assertEquals(entries.map((entry) => entry.name), [home.split("/").at(-1)]);
    assertEquals(await Deno.readTextFile(`${home}/ui/page.html`), "// the program\n");
  });
});

Deno.test("self-extracting file keeps the umask of its caller", async () => {
  await withExecutable(async (folder) => {
    const umask = Deno.umask().toString(8).padStart(4, "0");
    const launched = await launch(`${folder}/nsqd`, { XDG_CACHE_HOME: `${folder}/cache` });
    assert(launched.lines.includes(`umask ${umask}`));
  });
});

Deno.test("self-extracting file takes many first runs at once", async () => {
  await withExecutable(async (folder) => {
    const environment = { XDG_CACHE_HOME: `${folder}/cache` };
    const runs = Array.from({ length: 8 }, () => launch(`${folder}/nsqd`, environment));
    for (const launched of await Promise.all(runs)) {
      assertEquals(launched.errors, "");
      assertEquals(launched.code, 7);
    }
    assertEquals([...Deno.readDirSync(`${folder}/cache/nsqd-deno`)].length, 1);
  });
});

Deno.test("self-extracting file repairs what a cleaner of old files left", async () => {
  await withExecutable(async (folder) => {
    const environment = { XDG_CACHE_HOME: `${folder}/cache` };
    const home = homeOf(await launch(`${folder}/nsqd`, environment));
    await Deno.remove(`${home}/deno`);
    assertEquals(homeOf(await launch(`${folder}/nsqd`, environment)), home);
  });
});

Deno.test("self-extracting file falls back to the home, then to the temporary folder", async () => {
  await withExecutable(async (folder) => {
    await Deno.writeTextFile(`${folder}/no_folder`, "");
    await Deno.mkdir(`${folder}/home`);
    await Deno.mkdir(`${folder}/tmp`);
    const XDG_CACHE_HOME = `${folder}/no_folder`;
    const TMPDIR = `${folder}/tmp`;
    const atHome = { XDG_CACHE_HOME, HOME: `${folder}/home`, TMPDIR };
    const homeless = { XDG_CACHE_HOME, HOME: `${folder}/no_folder`, TMPDIR };
    assertMatch(homeOf(await launch(`${folder}/nsqd`, atHome)), /\/home\/\.cache\/nsqd-deno\/\w+$/);
    assertMatch(homeOf(await launch(`${folder}/nsqd`, homeless)), /\/tmp\/nsqd-deno-\d+-\w+$/);
  });
});

Deno.test("self-extracting file does not run from a folder that is a link", async () => {
  await withExecutable(async (folder) => {
    const XDG_CACHE_HOME = `${folder}/cache`;
    const home = homeOf(await launch(`${folder}/nsqd`, { XDG_CACHE_HOME }));
    await Deno.rename(home, `${folder}/elsewhere`);
    await Deno.symlink(`${folder}/elsewhere`, home);
    await Deno.mkdir(`${folder}/tmp`);
    const launched = await launch(`${folder}/nsqd`, { XDG_CACHE_HOME, TMPDIR: `${folder}/tmp` });
    assertMatch(homeOf(launched), /\/tmp\/nsqd-deno-/);
  });
});

Deno.test("self-extracting file says in one line what to do when it can unpack nowhere", async () => {
  await withExecutable(async (folder) => {
    const launched = await launch(`${folder}/nsqd`, { TMPDIR: `${folder}/nsqd` });
    assertEquals(launched.code, 1);
    assertMatch(launched.errors, /^nsqd: cannot unpack the program\. Set XDG_CACHE_HOME .*\n$/);
  });
});

Deno.test("writeSelfExtracting() gives the same file twice and another for another program", async () => {
  await withExecutable(async (folder) => {
    const payload = { runtime: `${folder}/runtime`, bundle: `${folder}/bundle.js` };
    const identity = async (name: string) => {
      await writeSelfExtracting({ ...payload, files: new Map() }, `${folder}/${name}`);
      return /^identity=(\w+)$/m.exec(await Deno.readTextFile(`${folder}/${name}`))?.[1];
    };
    const first = await identity("first");
    assertEquals(await identity("second"), first);
    await Deno.writeTextFile(`${folder}/bundle.js`, "// another program\n");
    assert(await identity("third") !== first);
  });
});

Deno.test("writeSelfExtracting() throws when there is no program", async () => {
  using temporary = new TemporaryFolder();
  const folder = temporary.path;
  const payload = { runtime: Deno.execPath(), bundle: `${folder}/none.js`, files: new Map() };
  await assertRejects(() => writeSelfExtracting(payload, `${folder}/nsqd`), Deno.errors.NotFound);
});

Deno.test("fillLauncher() counts the lines before the archive and misses no blank", () => {
  const filled = fillLauncher("a @IDENTITY@\nb @ARCHIVE_LINE@\nc @RUN_FLAGS@\n", "abc");
  assertMatch(filled, /^a abc\nb 4\nc --quiet .*-A/);
  assertThrows(() => fillLauncher("#!/bin/sh\n", "abc"), Error, "@IDENTITY@");
});
