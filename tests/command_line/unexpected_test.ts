/** A thread that was told to survive goes on after whatever nobody catches, and says what it was. */
import { assertEquals, assertMatch } from "@std/assert";

const UNEXPECTED = new URL("../../src/command_line/unexpected.ts", import.meta.url).href;
const FORESEEN_FAULTS = new URL("../../src/base/foreseen_faults.ts", import.meta.url).href;
const LOG_OUTPUT = new URL("../../src/base/log_output.ts", import.meta.url).href;

/** Runs `code` in a process that survives; gives what its log says and its standard output. */
async function run(code: string): Promise<{ log: string; output: string }> {
  const begin = `
    import { surviveFaults } from ${JSON.stringify(UNEXPECTED)};
    import { FORESEEN_FAULTS } from ${JSON.stringify(FORESEEN_FAULTS)};
    import { LogOutput } from ${JSON.stringify(LOG_OUTPUT)};
    surviveFaults(new LogOutput({ prefix: "", level: "info", format: "text" }));
    setTimeout(() => console.log("alive"), 50);`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-check", begin + code],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { log: text(stderr), output: text(stdout) };
}

const THROWN = {
  "a timer": `setTimeout(() => { throw new TypeError("spoiled"); }, 1);`,
  "a microtask": `queueMicrotask(() => { throw new TypeError("spoiled"); });`,
  "node's next tick": `import process from "node:process";
    process.nextTick(() => { throw new TypeError("spoiled"); });`,
  "an emitter nobody listens to": `import { EventEmitter } from "node:events";
    setImmediate(() => new EventEmitter().emit("error", new TypeError("spoiled")));`,
  "a promise": `Promise.reject(new TypeError("spoiled"));`,
};

for (const [where, code] of Object.entries(THROWN)) {
  Deno.test(`surviveFaults() logs what is thrown in ${where}, with its stack`, async () => {
    const { log, output } = await run(code);
    assertEquals(output, "alive\n");
    assertMatch(log, /ERROR: unexpected: TypeError: spoiled\\n\s+at .*:\d+:\d+/);
  });
}

Deno.test("surviveFaults() leaves an error alone that somebody foresaw", async () => {
  const { log, output } = await run(`
    setTimeout(() => {
      globalThis.addEventListener("error", (event) => FORESEEN_FAULTS.add(event.error));
      reportError(new TypeError("foreseen"));
    }, 1);`);
  assertEquals({ log, output }, { log: "", output: "alive\n" });
});
