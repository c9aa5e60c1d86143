/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * Tries, inside a thread, what a message lists, and says of each whether it was allowed: "allowed", "refused" when Deno
 * had not granted it, or the text of another error.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, statfsSync } from "node:fs";

/** A thing to try, by name, with where to try it. */
export type Attempt = readonly [name: keyof typeof attempts, place?: string];

const attempts = {
  read: (path) => Deno.readFileSync(path),
  readAsNode: (path) => readFileSync(path),
  list: (path) => [...Deno.readDirSync(path)],
  write: (path) => Deno.writeTextFileSync(path, "x"),
  remove: (path) => Deno.removeSync(path),
  link: (path) => Deno.symlinkSync("/etc", path),
  hardLink: (path) => Deno.linkSync("/etc/passwd", path),
  temporary: () => Deno.makeTempFileSync(),
  freeSpace: (path) => statfsSync(path),
  listen: (host) => Deno.listen({ hostname: host, port: 0 }).close(),
  listenAt: (address) => {
    const [hostname = "", port] = address.split(" ");
    Deno.listen({ hostname, port: Number(port) }).close();
  },
  listenUnix: (path) => Deno.listen({ transport: "unix", path }).close(),
  datagrams: () => Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" }),
  connect: async (port) =>
    (await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })).close(),
  fetch: (url) => fetch(url),
  resolve: (name) => Deno.resolveDns(name, "A"),
  run: (program) => new Deno.Command(program).outputSync(),
  runAsNode: (program) => execFileSync(program),
  environment: (name) => Deno.env.get(name),
  library: (path) => Deno.dlopen(path, {}),
  hostname: () => Deno.hostname(),
  interfaces: () => Deno.networkInterfaces(),
  importModule: (url) => import(url),
  moreRights: () =>
    new Worker("data:application/javascript,1", {
      type: "module",
      deno: { permissions: { read: true } },
    }),
} as const satisfies Record<string, (place: string) => unknown>;

self.onmessage = async ({ data }: MessageEvent<readonly Attempt[]>) => {
  const outcomes: string[] = [];
  for (const [name, place = ""] of data) outcomes.push(await outcomeOf(name, place));
  self.postMessage(outcomes);
};

async function outcomeOf(name: keyof typeof attempts, place: string): Promise<string> {
  try {
    await attempts[name](place);
    return "allowed";
  } catch (error) {
    const text = String(error);
    return error instanceof Deno.errors.NotCapable || / Requires \w+ access to /.test(text)
      ? "refused"
      : text;
  }
}
