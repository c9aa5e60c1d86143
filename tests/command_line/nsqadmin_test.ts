// nsqadmin as a process: what it prints, how it ends, and that it still reads its files when it has given up the rest.

import { assertEquals, assertMatch } from "@std/assert";

const REPOSITORY = new URL("../../", import.meta.url).pathname;

function command(...words: string[]): Deno.Command {
  const run = ["run", "-A", `--config=${REPOSITORY}deno.json`, `${REPOSITORY}mod.ts`, "nsqadmin"];
  return new Deno.Command(Deno.execPath(), {
    args: [...run, ...words],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function refusal(...words: string[]): Promise<string> {
  const { code, stderr } = await command(...words).output();
  assertEquals(code, 1);
  return new TextDecoder().decode(stderr);
}

Deno.test("nsqadmin says in one line why it cannot start", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [alone, taken, unread] = await Promise.all([
    refusal("--http-address=127.0.0.1:0"),
    refusal(
      `--http-address=127.0.0.1:${listener.addr.port}`,
      "--nsqd-http-address=127.0.0.1:1",
      "--log-level=fatal",
    ),
    refusal(
      "--http-address=127.0.0.1:0",
      "--nsqd-http-address=127.0.0.1:1",
      "--log-level=fatal",
      "--auth-file=/nonexistent/users.toml",
    ),
  ]);
  assertMatch(
    alone,
    /^\[nsqadmin\] \S+ \S+ FATAL: --nsqd-http-address or --lookupd-http-address required\n$/,
  );
  assertMatch(
    taken,
    /^\[nsqadmin\] \S+ \S+ FATAL: failed to instantiate nsqadmin - listen \(127\.0\.0\.1:\d+\) failed - address already in use[^\n]*\n$/,
  );
  assertMatch(
    unread,
    /FATAL: failed to instantiate nsqadmin - \/nonexistent\/users\.toml: [^\n]*\n$/,
  );
});

Deno.test("nsqadmin reads its users again and shows files of --dev-static-dir after it has given up permissions", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/main.js`, "1");
  const digest = "0".repeat(64);
  const users = [{ name: "ann", role: "view", tokens: [`sha256:${digest}`] }];
  await Deno.writeTextFile(`${folder}/users.json`, JSON.stringify({ users }));
  const child = command(
    "--http-address=127.0.0.1:0",
    "--nsqd-http-address=127.0.0.1:1",
    `--dev-static-dir=${folder}`,
    `--auth-file=${folder}/users.json`,
  ).spawn();
  const output = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (pattern: RegExp): Promise<string> => {
    for (let match = pattern.exec(text);; match = pattern.exec(text)) {
      if (match !== null) return match[1] ?? "";
      const { value, done } = await output.read();
      if (done) throw new Error(`it ended without ${pattern}:\n${text}`);
      text += value;
    }
  };
  const base = `http://${await until(/HTTP: listening on (127\.0\.0\.1:\d+)\n/)}`;
  const page = await (await fetch(`${base}/`)).text();
  assertMatch(page, /src="\/static\/main\.js"/);
  assertEquals(await (await fetch(`${base}/static/main.js`)).text(), "1");
  child.kill("SIGHUP");
  await until(/read 1 users of \S+ again\n()/);
  child.kill("SIGTERM");
  await until(/NSQ: bye\n()/);
  await output.cancel();
  await child.stdout.cancel();
  assertEquals((await child.status).code, 0);
  await Deno.remove(folder, { recursive: true });
});
