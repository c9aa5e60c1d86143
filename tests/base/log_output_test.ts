// Lines of the log: their forms, their order, when they are written, and that nothing breaks them or the process.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { LogOutput, type LogOutputSettings } from "../../src/base/log_output.ts";

const WALL_MS = Date.UTC(2026, 0, 2, 3, 4, 5) + 6.789;

function open(settings: Partial<LogOutputSettings> = {}) {
  const writes: string[] = [];
  const clock = { now: WALL_MS, wallMs: () => clock.now };
  const output = new LogOutput({
    prefix: "[nsqd] ",
    level: "debug",
    format: "text",
    write: (lines) => void writes.push(new TextDecoder().decode(lines)),
    clock,
    ...settings,
  });
  return { output, writes, clock };
}

/** Local time as text, made another way than the product does. */
function localTime(wallMs: number): string {
  const shifted = new Date(wallMs - new Date(wallMs).getTimezoneOffset() * 60_000).toISOString();
  return shifted.slice(0, 19).replaceAll("-", "/").replace("T", " ");
}

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Runs a program that has `log` over the real standard error; `use` is given the process. */
async function withProgram<Result>(
  body: string,
  use: (child: Deno.ChildProcess) => Promise<Result>,
) {
  const module = new URL("../../src/base/log_output.ts", import.meta.url).href;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      file,
      `import { LogOutput } from ${JSON.stringify(module)};
      const log = new LogOutput({ prefix: "", level: "info", format: "text" });
      ${body}`,
    );
    const args = ["run", "--no-check", "-A", file];
    const command = new Deno.Command(Deno.execPath(), { args, stderr: "piped", stdout: "piped" });
    return await use(command.spawn());
  } finally {
    await Deno.remove(file);
  }
}

async function runProgram(body: string) {
  const { code, stderr } = await withProgram(body, (child) => child.output());
  return { code, lines: new TextDecoder().decode(stderr) };
}

Deno.test("LogOutput prints prefix, local time with microseconds, level and text", () => {
  const { output, writes } = open();
  output.warn("careful");
  assertEquals(writes, [`[nsqd] ${localTime(WALL_MS)}.006789 WARNING: careful\n`]);
});

Deno.test("LogOutput prints each level's word", () => {
  const { output, writes } = open();
  for (const level of ["debug", "info", "warn", "error", "fatal"] as const) output[level]("x");
  const words = writes.join("").trimEnd().split("\n").map((line) => line.split(" ")[3]);
  assertEquals(words, ["DEBUG:", "INFO:", "WARNING:", "ERROR:", "FATAL:"]);
});

Deno.test("LogOutput moves on to the next second", () => {
  const { output, writes, clock } = open();
  output.warn("a");
  clock.now += 1000;
  output.warn("b");
  clock.now -= 5000;
  output.warn("c");
  const times = writes.map((line) => line.slice(7, 26));
  assertEquals(times, [WALL_MS, WALL_MS + 1000, WALL_MS - 4000].map(localTime));
});

Deno.test("LogOutput leaves out what is below its level, which may change at run time", () => {
  const { output, writes } = open({ level: "error" });
  output.warn("no");
  output.level = "warn";
  output.warn("yes");
  assertEquals(writes.map((line) => line.slice(-5)), [" yes\n"]);
  assertEquals(output.level, "warn");
  assertEquals([output.isEnabled("info"), output.isEnabled("fatal")], [false, true]);
});

Deno.test("LogOutput writes the mild lines of a turn together, when it ends", async () => {
  const { output, writes } = open();
  for (let line = 0; line < 1000; line++) output.info(`line ${line}`);
  assertEquals(writes, []);
  await nextTurn();
  assertEquals(writes.length, 1);
  assertEquals(writes[0]!.split("\n").length, 1001);
});

Deno.test("LogOutput keeps the order when a grave line follows mild ones", async () => {
  const { output, writes } = open();
  output.debug("1");
  output.info("2");
  output.error("3");
  output.info("4");
  assertEquals(writes.length, 1);
  await nextTurn();
  const texts = writes.join("").trimEnd().split("\n").map((line) => line.at(-1));
  assertEquals(texts, ["1", "2", "3", "4"]);
});

Deno.test("LogOutput does not gather without bound", () => {
  const { output, writes } = open();
  for (let line = 0; line < 100; line++) output.info("x".repeat(10_000));
  assert(writes.length > 10);
});

Deno.test("LogOutput.flush() writes what is gathered, and nothing when there is nothing", () => {
  const { output, writes } = open();
  output.info("now");
  output.flush();
  output.flush();
  assertEquals(writes.length, 1);
});

Deno.test("LogOutput keeps one call on one line whatever the text holds", () => {
  const { output, writes } = open();
  output.warn("a\nb\r\tc\x1b[31m\x7f\x85\u2028d \u00e9\u{1f600} \\n");
  assertEquals(
    writes[0]!.slice(writes[0]!.indexOf(": ") + 2),
    "a\\nb\\r\\tc\\x1b[31m\\x7f\\u0085\\u2028d é😀 \\n\n",
  );
});

Deno.test("LogOutput in JSON writes one object a line with time, level, text and program", () => {
  const { output, writes } = open({ format: "json" });
  const text = 'two\nlines "quoted" \x85\u2028';
  output.warn(text);
  assertMatch(writes[0]!, /^[^\n\x85\u2028]+\n$/);
  assertEquals(JSON.parse(writes[0]!), {
    time: "2026-01-02T03:04:05.006789Z",
    level: "warn",
    text,
    program: "nsqd",
  });
});

Deno.test("LogOutput survives a write that fails, and goes on when it works again", () => {
  let isFull = true;
  const lines: string[] = [];
  const { output } = open({
    write: (bytes) => {
      if (isFull) throw new Error("No space left on device (os error 28)");
      lines.push(new TextDecoder().decode(bytes));
    },
  });
  output.error("lost");
  isFull = false;
  output.error("kept");
  assertEquals(lines.map((line) => line.slice(-5)), ["kept\n"]);
});

Deno.test("LogOutput stops writing when the reader has gone", () => {
  let tries = 0;
  const { output } = open({
    write: () => {
      tries++;
      throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
    },
  });
  for (let line = 0; line < 5; line++) output.error("nobody reads this");
  assertEquals(tries, 1);
});

Deno.test("LogOutput loses no line when the process exits in the middle of a turn", async () => {
  const { code, lines } = await runProgram(`log.info("last"); Deno.exit(3);`);
  assertEquals(code, 3);
  assertMatch(lines, /INFO: last\n$/);
});

Deno.test("LogOutput loses no line when an uncaught error ends the process", async () => {
  const { code, lines } = await runProgram(
    `setTimeout(() => { log.info("before"); throw new Error("oops"); }, 0);`,
  );
  assertEquals(code, 1);
  assertMatch(lines, /INFO: before\n/);
});

Deno.test("LogOutput does not end a process whose standard error was closed", async () => {
  const body = `for (let line = 0; line < 50; line++) {
      log.error("x".repeat(5000));
      log.info("y");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log("alive");`;
  await withProgram(body, async (child) => {
    await child.stderr.cancel();
    const printed = await new Response(child.stdout).text();
    assertEquals([printed, (await child.status).code], ["alive\n", 0]);
  });
});
