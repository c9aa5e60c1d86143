// nsqadmin as a process: what it prints, how it ends, and that it still reads its files when it has given up the rest.

import { assertEquals, assertMatch } from "@std/assert";
import { Daemon } from "../daemons/daemon.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { toolEnd } from "../tools_e2e/tool_process.ts";

async function refusal(...words: string[]): Promise<string> {
  const { code, errors } = await toolEnd("nsqadmin", ...words);
  assertEquals(code, 1);
  return errors;
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
    /^\[nsqadmin\] \S+ \S+ FATAL: failed to instantiate nsqadmin - --nsqd-http-address or --lookupd-http-address required\n$/,
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
  using temporary = new TemporaryFolder();
  const folder = temporary.path;
  await Deno.writeTextFile(`${folder}/main.js`, "1");
  const digest = "0".repeat(64);
  const users = [{ name: "ann", role: "view", tokens: [`sha256:${digest}`] }];
  await Deno.writeTextFile(`${folder}/users.json`, JSON.stringify({ users }));
  const flags = [
    "--nsqd-http-address=127.0.0.1:1",
    `--dev-static-dir=${folder}`,
    `--auth-file=${folder}/users.json`,
  ];
  await using admin = await Daemon.start({ program: "nsqadmin", flags });
  const base = `http://${admin.httpAddress}`;
  const page = await (await fetch(`${base}/`)).text();
  assertMatch(page, /src="\/static\/main\.js"/);
  assertEquals(await (await fetch(`${base}/static/main.js`)).text(), "1");
  admin.signal("SIGHUP");
  await admin.logged(/read 1 users of \S+ again$/);
  assertEquals(await admin.stop(), 0);
  assertMatch(admin.tail, /NSQ: bye$/);
});
