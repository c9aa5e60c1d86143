/**
 * Starts an nsqd of our own to be measured, on free ports and a data path that is deleted afterwards.
 * The ports are read from its log, the lines that other people's test suites rely on too.
 * Invariant: after `stop()` the process is gone and so are its files.
 */
import { reasonOf } from "../base/system_error.ts";
import { selfSigned } from "./self_signed.ts";
import type { Target } from "./target.ts";
import { textLines } from "./text_lines.ts";

/** Enough for any scenario's backlog: with the default of 10,000 the disk would be measured. */
const MEMORY_QUEUE_SIZE = 10_000_000;
const START_MS_MAX = 10_000;
const STOP_MS_MAX = 10_000;
const LISTENING = /(TCP|HTTP): listening on (.*):(\d+)/;

/** A server this process started. */
export interface StartedServer {
  readonly target: Target;
  /** Ends it, by force where it does not end by itself. */
  stop(): Promise<void>;
}

/** The command that starts our nsqd; flags are appended. */
export interface ServerCommand {
  readonly path: string;
  readonly args: readonly string[];
  /** True where it is to offer TLS. */
  readonly isTls: boolean;
  /** Flags of the scenario's and the user's, which come last and so win. */
  readonly flags: readonly string[];
}

/** Starts a server and waits until it listens. Throws its last log lines where it does not. */
export async function startServer(command: ServerCommand): Promise<StartedServer> {
  const folder = await Deno.makeTempDir({ prefix: "nsqd-bench-" });
  const child = new Deno.Command(command.path, {
    args: [...command.args, ...await serverFlags(folder, command.isTls), ...command.flags],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ports = Promise.withResolvers<Ports>();
  const timer = setTimeout(
    () => ports.reject(new Error("it did not listen in time")),
    START_MS_MAX,
  );
  const logged = readLog(child.stderr, ports);
  try {
    const { TCP, HTTP } = await ports.promise;
    return {
      target: { name: "nsqd", hostname: "127.0.0.1", tcpPort: TCP, httpPort: HTTP, pid: child.pid },
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`nsqd could not be started: ${reasonOf(error)}`);
  } finally {
    clearTimeout(timer);
  }

  async function stop(): Promise<void> {
    signal(child, "SIGTERM");
    const force = setTimeout(() => signal(child, "SIGKILL"), STOP_MS_MAX);
    await child.status;
    clearTimeout(force);
    await logged;
    await Deno.remove(folder, { recursive: true });
  }
}

async function serverFlags(folder: string, isTls: boolean): Promise<string[]> {
  const dataPath = `${folder}/data`;
  await Deno.mkdir(dataPath);
  return [
    ...isTls ? await tlsFlags(folder) : [],
    "--tcp-address=127.0.0.1:0",
    "--http-address=127.0.0.1:0",
    `--data-path=${dataPath}`,
    `--mem-queue-size=${MEMORY_QUEUE_SIZE}`,
  ];
}

async function tlsFlags(folder: string): Promise<string[]> {
  const { certificate, key } = selfSigned();
  const paths = [`${folder}/certificate.pem`, `${folder}/key.pem`] as const;
  await Deno.writeTextFile(paths[0], certificate);
  await Deno.writeTextFile(paths[1], key);
  // Else HTTPS would ask for the port that everybody takes.
  const https = "--https-address=127.0.0.1:0";
  return [`--tls-cert=${paths[0]}`, `--tls-key=${paths[1]}`, https];
}

interface Ports {
  TCP: number;
  HTTP: number;
}

/** Reads the log to its end, so that the server never waits for us, and picks the ports out of it. */
async function readLog(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  ports: PromiseWithResolvers<Ports>,
): Promise<void> {
  const found: Partial<Ports> = {};
  const last: string[] = [];
  for await (const line of textLines(stream)) {
    if (last.push(line) > 5) last.shift();
    const [, kind, , port] = LISTENING.exec(line) ?? [];
    if (kind === "TCP" || kind === "HTTP") found[kind] = Number(port);
    const { TCP, HTTP } = found;
    if (TCP !== undefined && HTTP !== undefined) ports.resolve({ TCP, HTTP });
  }
  ports.reject(new Error(`it ended and said: ${last.join(" | ")}`));
}

function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch {
    // It had ended by itself.
  }
}
