// The server that the bench starts for itself: found by its log, stopped by its pid.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { startServer } from "../../src/bench/started_server.ts";

/** A command that runs `script` in place of an nsqd; flags reach it as arguments. */
function serverRunning(script: string) {
  return {
    path: Deno.execPath(),
    args: ["eval", "--quiet", script, "--"],
    isTls: false,
    flags: ["--extra"],
  };
}

const LISTENING = `
  console.error("[nsqd] INFO: TCP: listening on 127.0.0.1:4000");
  console.error("[nsqd] INFO: HTTP: listening on 127.0.0.1:4001");
`;

Deno.test("startServer() reads the ports from the log, and stop() ends the process", async () => {
  const server = await startServer(serverRunning(`${LISTENING} setInterval(() => {}, 1000);`));
  const { tcpPort, httpPort, pid } = server.target;
  if (pid === null) throw new Error("a started server's process is known");
  Deno.kill(pid, "SIGCONT");
  await server.stop();
  assertEquals([tcpPort, httpPort], [4000, 4001]);
  // A signal to a process that is gone is refused.
  assertThrows(() => Deno.kill(pid, "SIGCONT"));
});

Deno.test("startServer() repeats what a server said that does not start", async () => {
  const script = `console.error("FATAL: no such flag " + Deno.args.at(-1)); Deno.exit(1);`;
  await assertRejects(
    () => startServer(serverRunning(script)),
    Error,
    "nsqd could not be started: it ended and said: FATAL: no such flag --extra",
  );
});
