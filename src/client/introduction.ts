// The beginning of a connection, in which client and server speak in turns: IDENTIFY, the layers it leads to (TLS, then
// snappy or deflate, each confirmed by an OK through it), and AUTH where the server asks for it.
// Invariant: what came behind the last reply is not lost; it is what the result reads first.

import { reasonOf } from "../base/system_error.ts";
import { connectTls } from "../transport/tls_client.ts";
import { DeflateTransport } from "../transport/deflate.ts";
import { SnappyTransport } from "../transport/snappy_frames.ts";
import { PassingTransport, type Transport, withHead, writeWhole } from "../transport/transport.ts";
import { frameTypes } from "../wire/frames.ts";
import { parseAddress } from "./address.ts";
import { authCommand, identifyCommand, MAGIC, NOP } from "./command_bytes.ts";
import { type ConnectionSettings, identifyDocument } from "./connection_options.ts";
import { type ServerFeatures, serverFeatures } from "./connection_options.ts";
import { FrameReader } from "./frame_reader.ts";
import { errorOf, NsqError } from "./nsq_error.ts";

/** A connection that is ready for commands. */
export interface Introduced {
  readonly transport: Transport;
  readonly features: ServerFeatures;
}

/**
 * Introduces us over a connected socket; when that fails the socket is closed.
 * @throws {NsqError} CONNECT_FAILED, or the server's own refusal
 */
export async function introduce(
  socket: Transport,
  address: string,
  settings: ConnectionSettings,
): Promise<Introduced> {
  const introduction = new Introduction(socket, address, settings);
  try {
    return await introduction.run();
  } catch (caught) {
    introduction.close();
    const error = introduction.refusal ?? caught;
    if (error instanceof NsqError && error.code.startsWith("E_")) throw error;
    const text = `Cannot talk to nsqd at ${address}: ${reasonOf(error)}`;
    throw new NsqError("CONNECT_FAILED", text, { cause: error });
  }
}

class Introduction {
  readonly #address: string;
  readonly #settings: ConnectionSettings;
  #transport: Transport;
  #reader = new FrameReader();
  #isClosed = false;
  /** What the server said in plain text where TLS was expected. */
  refusal: NsqError | undefined;

  constructor(socket: Transport, address: string, settings: ConnectionSettings) {
    this.#transport = socket;
    this.#address = address;
    this.#settings = settings;
  }

  async run(): Promise<Introduced> {
    const { authSecret } = this.#settings;
    const command = identifyCommand(identifyDocument(this.#settings));
    const features = serverFeatures(await this.#ask(new Uint8Array([...MAGIC, ...command])));
    await this.#addLayers(features);
    if (features.isAuthRequired) {
      if (authSecret === "") {
        throw new NsqError("E_AUTH_FIRST", `nsqd at ${this.#address} asks for a secret; give one.`);
      }
      await this.#ask(authCommand(authSecret));
    }
    return { transport: this.#taken(), features };
  }

  close(): void {
    if (!this.#isClosed) this.#transport.close();
    this.#isClosed = true;
  }

  async #addLayers(features: ServerFeatures): Promise<void> {
    const { tls, dialTimeoutMs, deflateLevel } = this.#settings;
    if (tls !== undefined) {
      if (!features.isTls) throw new Error("it offers no TLS");
      await this.#addLayer((inner) => {
        const heard = new PlainTextEar(inner, (error) => this.refusal = error);
        return connectTls(heard, this.#host, tls, dialTimeoutMs);
      });
    }
    if (features.isSnappy) await this.#addLayer((inner) => new SnappyTransport(inner));
    if (features.isDeflate) {
      await this.#addLayer((inner) => new DeflateTransport(inner, deflateLevel));
    }
  }

  /** The name that the server's certificate must bear. */
  get #host(): string {
    const address = parseAddress(this.#address);
    return address.transport === "unix" ? "localhost" : address.hostname;
  }

  async #addLayer(layer: (inner: Transport) => Transport | Promise<Transport>): Promise<void> {
    this.#transport = await layer(this.#taken());
    await this.#ask(undefined);
  }

  #taken(): Transport {
    const rest = this.#reader.takeRest();
    this.#reader = new FrameReader();
    return withHead(this.#transport, rest);
  }

  /** Sends a command, if there is one, and gives the server's reply. */
  async #ask(command: Uint8Array | undefined): Promise<string> {
    const { timers, dialTimeoutMs } = this.#settings;
    let isLate = false;
    const cancel = timers.after(dialTimeoutMs, () => {
      isLate = true;
      this.close();
    });
    try {
      if (command !== undefined) await writeWhole(this.#transport, command);
      return await this.#reply();
    } catch (error) {
      if (!isLate) throw error;
      const text = `${this.#address} did not answer within ${dialTimeoutMs} ms.`;
      throw new NsqError("TIMED_OUT", text, { cause: error });
    } finally {
      cancel();
    }
  }

  async #reply(): Promise<string> {
    const reader = this.#reader;
    while (true) {
      while (!reader.next()) {
        const count = await this.#transport.read(reader.space());
        if (count === null) throw new Error("the server closed the connection");
        reader.filled(count);
      }
      const data = new TextDecoder().decode(reader.copyData());
      if (reader.type === frameTypes.error) throw errorOf(data);
      if (data !== "_heartbeat_") return data;
      await writeWhole(this.#transport, NOP);
    }
  }
}

/** Hears an error frame that stands alone in what passes: no record of TLS begins like one. */
class PlainTextEar extends PassingTransport {
  readonly #onError: (error: NsqError) => void;

  constructor(inner: Transport, onError: (error: NsqError) => void) {
    super(inner);
    this.#onError = onError;
  }

  override async read(into: Uint8Array): Promise<number | null> {
    const count = await super.read(into);
    if (count !== null && into[0] === 0) this.#hear(into.subarray(0, count));
    return count;
  }

  #hear(bytes: Uint8Array): void {
    const reader = new FrameReader();
    if (bytes.length > reader.space().length) return;
    reader.space().set(bytes);
    reader.filled(bytes.length);
    if (!reader.next() || reader.type !== frameTypes.error) return;
    this.#onError(errorOf(new TextDecoder().decode(reader.copyData())));
  }
}
