// OpenSSL's own client against our handshake: both versions of TLS, each policy for certificates of clients, and each
// kind of certificate. Certificates are made on the spot. Skipped where there is no openssl.

import { assert, assertEquals } from "@std/assert";
import { TlsMaterial } from "../../src/transport/tls_material.ts";
import { acceptTls } from "../../src/transport/tls_server.ts";
import { writeWhole } from "../../src/transport/transport.ts";

const LIMIT_MS = 10_000;
const VERSIONS = ["-tls1_2", "-tls1_3"];
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** A folder with an authority, and certificates of its making. */
class Certificates implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "nsqd-tls-" });

  constructor() {
    this.#openssl(
      "req",
      "-x509",
      ...KEY,
      ...this.#files("authority"),
      ..."-subj /CN=ca".split(" "),
    );
    this.#openssl("req", "-x509", ...KEY, ...this.#files("self"), ..."-subj /CN=self".split(" "));
    this.#sign("server", 30, "subjectAltName=DNS:localhost");
    this.#sign("good", 30, "extendedKeyUsage=clientAuth");
    this.#sign("expired", -1, "extendedKeyUsage=clientAuth");
  }

  #files(name: string): string[] {
    return ["-keyout", this.path(`${name}.key`), "-out", this.path(`${name}.crt`)];
  }

  #sign(name: string, days: number, extension: string): void {
    Deno.writeTextFileSync(this.path("extensions"), `${extension}\n`);
    const [request, key] = [this.path(`${name}.csr`), this.path(`${name}.key`)];
    this.#openssl("req", ...KEY, "-keyout", key, "-out", request, "-subj", `/CN=${name}`);
    const authority = ["-CA", this.path("authority.crt"), "-CAkey", this.path("authority.key")];
    const signing = ["x509", "-req", "-in", request, ...authority, "-CAcreateserial"];
    const validity = ["-days", `${days}`, "-extfile", this.path("extensions")];
    this.#openssl(...signing, ...validity, "-out", this.path(`${name}.crt`));
  }

  #openssl(...args: string[]): void {
    const { success, stderr } = new Deno.Command("openssl", { args, stdin: "null" }).outputSync();
    assert(success, `openssl ${args.join(" ")}\n${new TextDecoder().decode(stderr)}`);
  }

  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** A listener that sends everything back over TLS; what failed is kept as text. */
class EchoServer implements AsyncDisposable {
  readonly failures: string[] = [];
  readonly versions: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;

  constructor(readonly material: TlsMaterial) {
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) await this.#echo(connection);
  }

  async #echo(connection: Deno.TcpConn): Promise<void> {
    try {
      const accepted = await acceptTls(connection, this.material, LIMIT_MS);
      this.versions.push(accepted.description.version);
      const { transport } = accepted;
      const buffer = new Uint8Array(4096);
      for (let count; (count = await transport.read(buffer)) !== null;) {
        await writeWhole(transport, buffer.subarray(0, count));
      }
      transport.close();
    } catch (error) {
      this.failures.push(error instanceof Error ? error.message : String(error));
      connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }
}

/** Whether s_client gets back through TLS what it sends. */
async function isEchoed(port: number, words: string[]): Promise<boolean> {
  const child = new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, "-quiet", "-no_ign_eof", ...words],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill(), LIMIT_MS);
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode("here I am\n")).catch(() => {});
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  await input.close().catch(() => {});
  while (!(await reader.read()).done);
  await child.status;
  clearTimeout(timer);
  return value.includes("here I am");
}

const isMissing = !hasOpenssl();
const suffix = isMissing ? " (skipped: there is no openssl)" : "";

Deno.test({
  name: `acceptTls() lets in the clients of OpenSSL that each policy lets in${suffix}`,
  ignore: isMissing,
  fn: async () => {
    using certificates = new Certificates();
    const welcome: Readonly<Record<string, string[]>> = {
      "": ["none", "good", "self", "expired"],
      "require": ["good", "self", "expired"],
      "require-verify": ["good"],
    };
    for (const [policy, names] of Object.entries(welcome)) {
      await using server = new EchoServer(materialOf(certificates, policy));
      for (const version of VERSIONS) {
        for (const name of ["none", "good", "self", "expired"]) {
          const [crt, key] = [certificates.path(`${name}.crt`), certificates.path(`${name}.key`)];
          const shown = name === "none" ? [] : ["-cert", crt, "-key", key];
          const isIn = await isEchoed(server.port, [version, ...shown]);
          assertEquals(isIn, names.includes(name), `"${policy}" ${version} ${name}`);
        }
      }
      const isVerifying = policy === "require-verify";
      const refusals = isVerifying
        ? ["didn't provide", "cannot be verified", "was valid until"]
        : [];
      for (const text of refusals) assert(server.failures.join().includes(text), text);
    }
  },
});

Deno.test({
  name: `acceptTls() speaks no version that is too old with OpenSSL${suffix}`,
  ignore: isMissing,
  fn: async () => {
    using certificates = new Certificates();
    for (const [minimum, versions] of [["tls1.0", 2], ["tls1.2", 2], ["tls1.3", 1]] as const) {
      await using server = new EchoServer(materialOf(certificates, "", minimum));
      const old = ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"];
      assertEquals(await isEchoed(server.port, old), false);
      const echoed = [];
      for (const version of VERSIONS) echoed.push(await isEchoed(server.port, [version]));
      assertEquals(echoed, [versions === 2, true], minimum);
      assertEquals(server.versions, ["TLS1.2", "TLS1.3"].slice(2 - versions));
    }
  },
});

function materialOf(
  certificates: Certificates,
  tlsClientAuthPolicy: string,
  tlsMinVersion = "tls1.0",
): TlsMaterial {
  const files = {
    tlsCert: certificates.path("server.crt"),
    tlsKey: certificates.path("server.key"),
    tlsRootCaFile: certificates.path("authority.crt"),
  };
  const all = { ...files, tlsClientAuthPolicy, tlsMinVersion };
  return TlsMaterial.load(all, Deno.readTextFileSync)!;
}
