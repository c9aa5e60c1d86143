/**
 * The measuring process's end of a load client: starts it, waits until it is connected, tells it to
 * go, takes its result. How this program is started again is its caller's knowledge.
 * Invariant: every client started here has ended when `result()` settled or `stop()` returned.
 */
import type { ClientResult, ClientTask } from "./client_task.ts";
import { textLines } from "./text_lines.ts";

/** The command that runs this program's `bench` again; the client's arguments are appended. */
export interface SelfCommand {
  readonly path: string;
  readonly args: readonly string[];
}

/** A started and connected client. */
export interface LoadProcess {
  readonly role: ClientTask["role"];
  /** Starts the run and waits for its end. Throws what failed in the client. */
  result(): Promise<ClientResult>;
  /** Ends the client early. */
  stop(): Promise<void>;
}

/** Starts a client for `task` and waits until it is connected. Throws what failed in the client. */
export async function startLoadProcess(self: SelfCommand, task: ClientTask): Promise<LoadProcess> {
  const child = new Deno.Command(self.path, {
    args: [...self.args, "--client", JSON.stringify(task)],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = textLines(child.stdout).getReader();
  const input = child.stdin.getWriter();
  const first = (await lines.read()).value;
  if (first !== "ready") {
    await stop();
    throw new Error(`a load client (${task.role}) failed: ${failureIn(first)}`);
  }
  return { role: task.role, result, stop };

  async function result(): Promise<ClientResult> {
    await input.write(new TextEncoder().encode("go\n"));
    const { value } = await lines.read();
    await stop();
    if (value === undefined) throw new Error(`a load client (${task.role}) ended without a result`);
    const outcome: ClientResult = JSON.parse(value);
    if (outcome.failure === null) return outcome;
    throw new Error(`a load client (${task.role}) failed: ${outcome.failure}`);
  }

  async function stop(): Promise<void> {
    await input.close().catch(() => {});
    await lines.cancel().catch(() => {});
    try {
      child.kill("SIGKILL");
    } catch {
      // It had ended by itself.
    }
    await child.status;
  }
}

function failureIn(line: string | undefined): string {
  if (line === undefined) return "it ended without a word";
  const result: ClientResult = JSON.parse(line);
  return result.failure ?? "no reason given";
}
