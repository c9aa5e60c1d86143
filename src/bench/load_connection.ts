/**
 * A raw connection of a load client: opens it, writes all of an array, reads into a counter. No
 * buffering, no framing: counters do that.
 */
import { connectionSettings } from "../client/connection_options.ts";
import { dial } from "../client/dial.ts";
import { introduce, type Introduced } from "../client/introduction.ts";
import type { Layers } from "./client_task.ts";
import { FrameCounter, type FrameCounterSettings } from "./frame_counter.ts";
import { magicBytes, subscribeBytes } from "./prepared_bytes.ts";

/** A socket, or the layers around it. */
export type LoadConnection = Introduced["transport"];

/** Connections opened at a time: fewer than the listen backlog of any server. */
const OPENING_MAX = 100;

/** Opens `count` connections, a hundred at a time; `open` is told the number of each, from 0. */
export async function allOpened<Opened>(
  count: number,
  open: (index: number) => Promise<Opened>,
): Promise<Opened[]> {
  const all: Opened[] = [];
  while (all.length < count) {
    const first = all.length;
    const length = Math.min(count - first, OPENING_MAX);
    all.push(...await Promise.all(Array.from({ length }, (_, index) => open(first + index))));
  }
  return all;
}

/** Connects to `hostname:port` with Nagle's delay off. */
export async function connectedTo(hostname: string, port: number): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname, port });
  connection.setNoDelay(true);
  return connection;
}

/** Where a server listens, and through what it is spoken to. */
export interface LoadAddress {
  readonly hostname: string;
  readonly port: number;
  readonly layers: Layers;
}

/**
 * Connects as an NSQ client, ready for commands. Without layers no IDENTIFY is sent, so that the
 * server's own defaults are measured. Throws where the server does not grant what was asked for.
 */
export async function opened({ hostname, port, layers }: LoadAddress): Promise<LoadConnection> {
  const { tls, snappy, deflate } = layers;
  if (!tls && !snappy && !deflate) {
    const connection = await connectedTo(hostname, port);
    await writeAll(connection, magicBytes());
    return connection;
  }
  const settings = connectionSettings({
    snappy,
    deflate,
    tls: tls ? { isInsecure: true } : undefined,
  });
  const address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  const { transport, features } = await introduce(await dial(address, settings), address, settings);
  if (features.isSnappy === snappy && features.isDeflate === deflate) return transport;
  transport.close();
  throw new Error(`${address} has ${snappy ? "snappy" : "deflate"} turned off`);
}

/** Writes all of `bytes`. */
export async function writeAll(connection: LoadConnection, bytes: Uint8Array): Promise<void> {
  let at = await connection.write(bytes);
  while (at < bytes.length) at += await connection.write(bytes.subarray(at));
}

/** What a counter must offer to be read into. */
export interface ReadCounter {
  failure: string | null;
  space(): Uint8Array;
  accept(length: number): void;
}

/** Reads once into `counter`; throws what the server complained of, or that it hung up. */
export async function readInto(connection: LoadConnection, counter: ReadCounter): Promise<void> {
  const length = await connection.read(counter.space());
  if (length === null) throw new Error("the server closed the connection");
  counter.accept(length);
  if (counter.failure !== null) throw new Error(`the server answered "${counter.failure}"`);
}

/** A connection that is subscribed to a channel, and its counter. */
export interface Subscription {
  readonly connection: LoadConnection;
  readonly counter: FrameCounter;
}

/** Opens a connection, subscribes it and waits for the OK. */
export async function subscribed(
  address: LoadAddress & { readonly topic: string },
  channel: string,
  settings: FrameCounterSettings,
): Promise<Subscription> {
  const connection = await opened(address);
  const counter = new FrameCounter(settings);
  await writeAll(connection, subscribeBytes(address.topic, channel));
  while (counter.oks === 0) await readInto(connection, counter);
  return { connection, counter };
}
