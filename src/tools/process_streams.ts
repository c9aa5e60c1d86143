// What a tool has around it: standard input, output and errors, whether a person sees them, and the wish to stop.
// Tools are given this instead of reaching for Deno's, so that tests run them inside one process.

/** Bytes in. */
export interface ByteInput {
  /** Reads some bytes; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** Bytes out. */
export interface ByteOutput {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** The surroundings of a running tool. */
export interface ProcessStreams {
  readonly input: ByteInput;
  readonly output: ByteOutput;
  readonly errors: ByteOutput;
  /** A person looks at the output. */
  readonly isOutputTerminal: boolean;
  /** A person looks at the errors. */
  readonly areErrorsTerminal: boolean;
  /** Colour is unwelcome everywhere. */
  readonly isColourRefused: boolean;
  /** How many bytes the input has in all, when it is a file. */
  readonly inputBytes: number | undefined;
  /** Aborted when the person or the system wants the tool to end. */
  readonly interrupted: AbortSignal;
}

/** Runs a tool with the process's own streams, and listens for SIGINT, SIGTERM and `others` while it runs. */
export async function withProcessStreams(
  run: (streams: ProcessStreams) => Promise<number>,
  others: readonly Deno.Signal[] = [],
): Promise<number> {
  const signals = [...SIGNALS, ...others];
  const controller = new AbortController();
  const onSignal = () => {
    controller.abort();
    // A second signal finds nobody listening and ends the process at once.
    for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
  };
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  try {
    return await run({
      input: Deno.stdin,
      output: Deno.stdout,
      errors: Deno.stderr,
      isOutputTerminal: Deno.stdout.isTerminal(),
      areErrorsTerminal: Deno.stderr.isTerminal(),
      isColourRefused: isNoColourSet(),
      inputBytes: sizeOfInput(),
      interrupted: controller.signal,
    });
  } finally {
    if (!controller.signal.aborted) {
      for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
    }
  }
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

function isNoColourSet(): boolean {
  try {
    return (Deno.env.get("NO_COLOR") ?? "") !== "";
  } catch {
    return false;
  }
}

/** Only systems with /dev/stdin tell; elsewhere the size stays unknown. */
function sizeOfInput(): number | undefined {
  try {
    const info = Deno.statSync("/dev/stdin");
    return info.isFile ? info.size : undefined;
  } catch {
    return undefined;
  }
}

const encoder = new TextEncoder();

/** Writes all of a text or of bytes. */
export async function writeAll(output: ByteOutput, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  for (let at = 0; at < bytes.length;) at += await output.write(bytes.subarray(at));
}

/** Writes a line with the date in front to the errors, as NSQ's tools do. */
export function writeLog(streams: ProcessStreams, text: string): Promise<void> {
  return writeAll(streams.errors, datedLine(text));
}

/** A line with the local date and time in front. */
export function datedLine(text: string): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, "0");
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("/");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(":");
  return `${date} ${time} ${text}\n`;
}
