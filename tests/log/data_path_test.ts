// The lock on the data path: who gets it, what is said to whom it is refused, and that it is upstream's flock.

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DataPathError, lockDataPath } from "../../src/log/data_path.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const BUSY = "resource temporarily unavailable (possibly in use by another instance of nsqd)";

async function withDirectory(use: (directory: string) => Promise<void> | void) {
  using temporary = new TemporaryFolder();
  const directory = temporary.path;
  await use(directory);
}

function assertRefused(path: string, reason: string): void {
  const error = assertThrows(() => lockDataPath(path), DataPathError);
  assertEquals(error.message, `failed to lock data-path: ${reason}`);
}

Deno.test("lockDataPath() refuses a second holder until the first unlocks", () =>
  withDirectory((directory) => {
    const lock = lockDataPath(directory);
    assertRefused(directory, `cannot flock directory ${directory} - ${BUSY}`);
    lock.unlock();
    lock.unlock();
    lockDataPath(directory).unlock();
  }));

Deno.test("lockDataPath() leaves nothing in the directory", () =>
  withDirectory((directory) => {
    lockDataPath(directory).unlock();
    assertEquals([...Deno.readDirSync(directory)], []);
  }));

Deno.test("lockDataPath() takes an empty path for the current directory", () =>
  withDirectory((directory) => {
    // The test process's own directory may be a checkout somebody works in: a child stands elsewhere.
    const module = new URL("../../src/log/data_path.ts", import.meta.url).href;
    const code = `import { lockDataPath } from ${JSON.stringify(module)};
      lockDataPath("");
      try { lockDataPath(Deno.cwd()); } catch (error) { console.log(error.message); }`;
    const { stdout } = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", code],
      cwd: directory,
    }).outputSync();
    const printed = new TextDecoder().decode(stdout).trim();
    assertEquals(
      printed,
      `failed to lock data-path: cannot flock directory ${Deno.realPathSync(directory)} - ${BUSY}`,
    );
  }));

Deno.test("lockDataPath() says when the directory is missing or is none", () =>
  withDirectory((directory) => {
    assertRefused(`${directory}/no`, `open ${directory}/no: no such file or directory`);
    Deno.writeTextFileSync(`${directory}/file`, "");
    assertRefused(`${directory}/file`, `open ${directory}/file: not a directory`);
    assertRefused(`${directory}/file/below`, `open ${directory}/file/below: not a directory`);
  }));

Deno.test({
  name: "lockDataPath() refuses a directory that cannot be written, and lets it go",
  // Root may write everywhere but in the kernel's own file systems.
  ignore: Deno.build.os !== "linux",
  fn() {
    const reasons = /cannot write to directory \/proc - |open \/proc: permission denied/;
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = assertThrows(() => lockDataPath("/proc"), DataPathError);
      assertEquals(reasons.test(error.message), true, error.message);
    }
  },
});

/** Whether Python can run here: it stands for any program that calls flock(2). */
function hasPython(): boolean {
  try {
    return new Deno.Command("python3", { args: ["-c", "import fcntl"] }).outputSync().success;
  } catch {
    return false;
  }
}

const HOLD = `import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDONLY)
try:
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("held", flush=True)
    sys.stdin.read()
except BlockingIOError:
    print("busy", flush=True)
`;

Deno.test({
  name: "lockDataPath() takes the lock that flock(2) takes, both ways, free after a kill",
  ignore: !hasPython(),
  fn: () =>
    withDirectory(async (directory) => {
      const command = new Deno.Command("python3", {
        args: ["-c", HOLD, directory],
        stdin: "piped",
        stdout: "piped",
      });
      const lock = lockDataPath(directory);
      const refused = command.spawn();
      await refused.stdin.close();
      assertEquals(new TextDecoder().decode((await refused.output()).stdout), "busy\n");
      lock.unlock();

      const holder = command.spawn();
      const reader = holder.stdout.getReader();
      assertMatch(new TextDecoder().decode((await reader.read()).value), /^held/);
      assertRefused(directory, `cannot flock directory ${directory} - ${BUSY}`);
      holder.kill("SIGKILL");
      await holder.status;
      await reader.cancel();
      await holder.stdin.close().catch(() => {});
      lockDataPath(directory).unlock();
    }),
});
