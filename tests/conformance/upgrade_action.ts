/**
 * The step that puts TLS, deflate or snappy around a connection, as its client does.
 *
 * Only the daemon is judged: a certificate of any server will do.
 */
import { crc32c } from "../../src/base/crc32c.ts";
import { DeflateTransport } from "../../src/transport/deflate.ts";
import { SnappyTransport } from "../../src/transport/snappy_frames.ts";
import { connectTls } from "../../src/transport/tls_client.ts";
import { type Transport, TransportError, writeWhole } from "../../src/transport/transport.ts";
import type { CaseRun } from "./case_run.ts";
import type { Json, StepOf } from "./vectors.ts";

const FOLDER = new URL("./tls/", import.meta.url);
const HANDSHAKE_MS_MAX = 6000;
const DEFLATE_LEVEL = 6;
const RAW_BYTES_MAX = 65536;

/** Plays the step; the outcome is `handshake failed` when the daemon refuses TLS. */
export async function upgrade(run: CaseRun, step: StepOf<"upgrade">): Promise<Json> {
  try {
    await run.connection(step.conn).wrap((socket) => layerOf(step, socket));
    return "upgraded";
  } catch (error) {
    if (error instanceof TransportError) return "handshake failed";
    throw error;
  }
}

function layerOf(step: StepOf<"upgrade">, socket: Transport): Transport | Promise<Transport> {
  if (step.kind === "deflate") return new DeflateTransport(socket, DEFLATE_LEVEL);
  if (step.kind === "tls") return encrypted(socket, step.cert === true);
  const snappy = new SnappyTransport(socket);
  return step.mode === "raw" ? writingRawChunks(socket, snappy) : snappy;
}

function encrypted(socket: Transport, isCertificateShown: boolean): Promise<Transport> {
  const shown = isCertificateShown
    ? { certificate: textOf("client.crt"), key: textOf("client.key") }
    : {};
  const settings = { isInsecure: true, ...shown };
  return connectTls(socket, "localhost", settings, HANDSHAKE_MS_MAX);
}

function textOf(name: string): string {
  return Deno.readTextFileSync(new URL(name, FOLDER));
}

/** The same connection, that sends every chunk uncompressed. */
function writingRawChunks(socket: Transport, snappy: SnappyTransport): Transport {
  let lead = Uint8Array.fromHex("ff060000734e61507059");
  return {
    read: (into) => snappy.read(into),
    async write(bytes) {
      const data = bytes.subarray(0, RAW_BYTES_MAX);
      const head = new DataView(new ArrayBuffer(8));
      head.setUint32(0, 0x01 | ((4 + data.length) << 8), true);
      const checksum = crc32c(data);
      head.setUint32(4, ((checksum >>> 15) | (checksum << 17)) + 0xa282ead8, true);
      await writeWhole(socket, Uint8Array.of(...lead, ...new Uint8Array(head.buffer), ...data));
      lead = new Uint8Array(0);
      return data.length;
    },
    closeWrite: () => snappy.closeWrite(),
    close: () => snappy.close(),
  };
}
