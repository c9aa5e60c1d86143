/**
 * A raw connection of a load client: opens it, writes all of an array, reads into a counter. No
 * buffering, no framing: counters do that.
 */
import { FrameCounter, type FrameCounterSettings } from "./frame_counter.ts";
import { joined, magicBytes, subscribeBytes } from "./prepared_bytes.ts";

/** Connects to `hostname:port` with Nagle's delay off. */
export async function connectedTo(hostname: string, port: number): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname, port });
  connection.setNoDelay(true);
  return connection;
}

/** Writes all of `bytes`. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
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
export async function readInto(connection: Deno.Conn, counter: ReadCounter): Promise<void> {
  const length = await connection.read(counter.space());
  if (length === null) throw new Error("the server closed the connection");
  counter.accept(length);
  if (counter.failure !== null) throw new Error(`the server answered "${counter.failure}"`);
}

/** A connection that is subscribed to a channel, and its counter. */
export interface Subscription {
  readonly connection: Deno.TcpConn;
  readonly counter: FrameCounter;
}

/** Opens a connection, subscribes it and waits for the OK. */
export async function subscribed(
  address: { readonly hostname: string; readonly port: number; readonly topic: string },
  channel: string,
  settings: FrameCounterSettings,
): Promise<Subscription> {
  const connection = await connectedTo(address.hostname, address.port);
  const counter = new FrameCounter(settings);
  await writeAll(connection, joined([magicBytes(), subscribeBytes(address.topic, channel)]));
  while (counter.oks === 0) await readInto(connection, counter);
  return { connection, counter };
}
