/**
 * The executable under test: the file NSQD_BIN names, how to run it to its end, and how to keep it
 * running as a broker. It knows processes and log lines and nothing of what a broker does.
 * Invariant: whatever a test started is gone when its scope ends.
 */
import { resolve } from "@std/path";
import { daemonCommand, DaemonProcess, FREE_PORTS } from "../daemons/daemon_process.ts";

/** What a run that ended left behind. */
export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Absolute path of the executable, or undefined when NSQD_BIN is not set. */
export function executablePath(): string | undefined {
  const path = Deno.env.get("NSQD_BIN");
  return path === undefined || path === "" ? undefined : resolve(path);
}

/** Registers a test that needs the executable; without one it is skipped and its name says why. */
export function executableTest(name: string, test: (path: string) => Promise<void>): void {
  const path = executablePath();
  if (path === undefined) {
    Deno.test.ignore(`${name} (skipped: NSQD_BIN names no executable)`, () => {});
  } else {
    Deno.test(name, () => withinTestMs(() => test(path)));
  }
}

const testMsMax = 60_000;
const running = new Set<Deno.ChildProcess>();

/** Spawns a process that a test which takes too long kills, so that whoever waits for it goes on. */
function spawn(command: Deno.Command): Deno.ChildProcess {
  const child = command.spawn();
  running.add(child);
  child.status.then(() => running.delete(child));
  return child;
}

async function withinTestMs(test: () => Promise<void>): Promise<void> {
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    for (const child of running) child.kill("SIGKILL");
  }, testMsMax);
  try {
    await test();
  } catch (error) {
    if (!isOver) throw error;
    throw new Error(`The test took longer than ${testMsMax} ms`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a program to its end with the given words and standard input. */
export async function runToEnd(path: string, words: string[], input = ""): Promise<Ended> {
  const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const child = spawn(new Deno.Command(path, { args: words, ...streams }));
  const ended = child.output();
  try {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch (error) {
    // A program that refuses its flags may end before it reads; its exit code is what is asked for.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  const { code, stdout, stderr } = await ended;
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

/** A broker process that is running; killed with its scope if the test did not end it. */
export class RunningBroker extends DaemonProcess {
  /** Starts a broker and waits until it listens. Throws with its log when it ends. */
  static async start(path: string, flags: readonly string[]): Promise<RunningBroker> {
    const broker = new RunningBroker(spawn(daemonCommand([path, ...flags])));
    await broker.listening();
    return broker;
  }

  /** Starts a broker on free ports with this data path. */
  static startOn(path: string, dataPath: string, flags: string[] = []): Promise<RunningBroker> {
    return RunningBroker.start(path, [`--data-path=${dataPath}`, ...FREE_PORTS, ...flags]);
  }
}
