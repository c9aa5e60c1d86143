// Opening a socket to a server, within a time limit. Knows no protocol.

import { reasonOf } from "../base/system_error.ts";
import { connectedWithin } from "../transport/dial_limit.ts";
import { parseAddress } from "./address.ts";
import type { ConnectionSettings } from "./connection_options.ts";
import { NsqError } from "./nsq_error.ts";

/** A connected socket. */
export type Socket = Deno.TcpConn | Deno.UnixConn;

/**
 * Connects to an address as people write it.
 * @throws {NsqError} BAD_ADDRESS, CONNECT_FAILED
 */
export async function dial(address: string, settings: ConnectionSettings): Promise<Socket> {
  const { dialTimeoutMs, timers } = settings;
  try {
    return await connectedWithin(connect(address), dialTimeoutMs, timers);
  } catch (error) {
    if (error instanceof NsqError) throw error;
    const text = `Cannot connect to nsqd at ${address}: ${reasonOf(error)}. Is it running there?`;
    throw new NsqError("CONNECT_FAILED", text, { cause: error });
  }
}

async function connect(text: string): Promise<Socket> {
  const address = parseAddress(text);
  if (address.transport === "unix") return await Deno.connect(address);
  const socket = await Deno.connect(address);
  // A command that waits for the acknowledgement of the one before would cost 40 ms.
  socket.setNoDelay(true);
  return socket;
}
