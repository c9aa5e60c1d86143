// Run as a process: gives up what the main thread gives up, and prints what is left as JSON, outcome by name.

import { giveUpPermissions } from "../../src/confinement/broker_thread.ts";

const attempts: Record<string, () => unknown> = {
  read: () => Deno.readTextFileSync("/etc/passwd"),
  write: () => Deno.writeTextFileSync("/tmp/nsqd-gave-up", "x"),
  run: () => new Deno.Command("/bin/true").outputSync(),
  library: () => Deno.dlopen("libc.so.6", {}),
  thread: () =>
    new Worker("data:application/javascript,1", {
      type: "module",
      deno: { permissions: { read: true } },
    }),
  network: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
};

giveUpPermissions();
const outcomes = Object.entries(attempts).map(([name, attempt]) => {
  try {
    attempt();
    return [name, "allowed"];
  } catch (error) {
    return [name, error instanceof Deno.errors.NotCapable ? "refused" : String(error)];
  }
});
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(Object.fromEntries(outcomes))));
Deno.exit(0);
