// The commands of NSQ's lookup protocol, V1: what each does to the registry and what it answers. Errors are NSQ's to the
// byte. Knows no sockets: bodies come through a function.

import { bytesOf, byteString, byteStringOfText } from "../base/byte_string.ts";
import { VERSION } from "../base/version.ts";
import { durationText } from "../web/duration_text.ts";
import { goJson } from "../web/go_json.ts";
import { ProtocolError } from "../wire/errors.ts";
import { parseFields } from "../wire/identify.ts";
import { isValidName } from "../wire/names.ts";
import { type LookupdHost, momentOf } from "./host.ts";
import { isComplete, Producer, producerFields } from "./producer.ts";
import { type Change, RegistryFull } from "./registry.ts";

/** nsqd's send some 200 bytes. */
const BODY_BYTES_MAX = 16 * 1024;
/** Between two of them a PING is worth a line in the log. */
const PING_LINE_PAUSE_MS = 1000;
const OK = "OK";
/** What is white space to Go, as bytes of UTF-8. */
const SPACE = [
  "[\\t-\\r ]",
  "\\xc2[\\x85\\xa0]",
  "\\xe1\\x9a\\x80",
  "\\xe2\\x80[\\x80-\\x8a\\xa8\\xa9\\xaf]",
  "\\xe2\\x81\\x9f",
  "\\xe3\\x80\\x80",
].join("|");
const SPACE_AT_START = new RegExp(`^(?:${SPACE})`);
const SPACE_AT_END = new RegExp(`(?:${SPACE})$`);
const SPACE_BYTES_MAX = 3;

/** One connection as its commands see it. */
export interface Caller {
  readonly host: LookupdHost;
  /** `ip:port`. */
  readonly address: string;
  /** What IDENTIFY made known; undefined before. */
  producer: Producer | undefined;
  /** The next bytes; undefined when the client hangs up before. */
  take(count: number): Promise<Uint8Array | undefined>;
}

type Command = (caller: Caller, parameters: readonly string[]) => string | Promise<string>;

/** The commands by name. */
const commands: Readonly<Record<string, Command>> = {
  PING: ping,
  IDENTIFY: identify,
  REGISTER: register,
  UNREGISTER: unregister,
};

/**
 * Carries out a line, a byte string, and returns the reply, another one.
 * @throws {ProtocolError} the connection ends with it
 */
export function carryOut(caller: Caller, line: string): string | Promise<string> {
  const [name = "", ...parameters] = trimmed(line).split(" ");
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new ProtocolError("E_INVALID", `invalid command ${name}`);
  return command(caller, parameters);
}

/** A byte string without the white space of Unicode at its ends: Go trims UTF-8, not single bytes. */
function trimmed(line: string): string {
  let start = 0;
  let end = line.length;
  for (let count = 1; count > 0; start += count) {
    count = SPACE_AT_START.exec(line.slice(start, start + SPACE_BYTES_MAX))?.[0].length ?? 0;
  }
  for (let count = 1; count > 0; end -= count) {
    const rest = line.slice(Math.max(start, end - SPACE_BYTES_MAX), end);
    count = SPACE_AT_END.exec(rest)?.[0].length ?? 0;
  }
  return line.slice(start, end);
}

/** The connection is over: its producer leaves the registry. */
export function leave({ host, producer }: Caller): void {
  if (producer === undefined) return;
  host.reachability?.forget(producer);
  host.registry.remove(producer);
}

function ping({ host, address, producer }: Caller): string {
  if (producer === undefined) return OK;
  const now = momentOf(host.clock);
  const agoMs = now.nowMs - producer.heard.nowMs;
  producer.heard = now;
  if (agoMs >= PING_LINE_PAUSE_MS) {
    host.log.info(`CLIENT(${address}): pinged (last ping ${durationText(agoMs)})`);
  }
  host.reachability?.remind(producer);
  return OK;
}

async function identify(caller: Caller): Promise<string> {
  const { host, address } = caller;
  if (caller.producer !== undefined) throw new ProtocolError("E_INVALID", "cannot IDENTIFY again");
  const facts = parseFields(producerFields, await bodyOf(caller));
  if (!isComplete(facts)) throw badBody("missing fields");
  const producer = new Producer(address, facts, momentOf(host.clock));
  caller.producer = producer;
  host.registry.add(producer);
  host.log.info(
    `CLIENT(${address}): IDENTIFY Address:${facts.broadcast_address} TCP:${facts.tcp_port} ` +
      `HTTP:${facts.http_port} Version:${facts.version}`,
  );
  host.log.info(databaseLine(caller, "REGISTER", "client", "", ""));
  host.reachability?.watch(producer);
  return introduction(host);
}

/** What nsqd is told of this nsqlookupd. */
function introduction(
  { options, hostname, tcpPort, httpPort, httpsPort }: LookupdHost,
): string {
  return byteStringOfText(goJson({
    broadcast_address: options.broadcastAddress,
    hostname,
    http_port: httpPort,
    // Ours, and only there when there is something to tell.
    ...(httpsPort > 0 ? { https_port: httpsPort } : {}),
    tcp_port: tcpPort,
    version: VERSION,
  }));
}

async function bodyOf(caller: Caller): Promise<Uint8Array> {
  const head = await caller.take(4);
  if (head === undefined) throw badBody("failed to read body size");
  const size = new DataView(head.buffer, head.byteOffset).getInt32(0);
  if (size < 0) throw badBody(`invalid body size ${size}`);
  if (size > BODY_BYTES_MAX) throw badBody(`body too big ${size} > ${BODY_BYTES_MAX}`);
  const body = await caller.take(size);
  if (body === undefined) throw badBody("failed to read body");
  return body;
}

function badBody(text: string): ProtocolError {
  return new ProtocolError("E_BAD_BODY", `IDENTIFY ${text}`);
}

function register(caller: Caller, parameters: readonly string[]): string {
  const { producer, topic, channel } = registrationOf(caller, "REGISTER", parameters);
  try {
    logChange(caller, "REGISTER", topic, caller.host.registry.register(producer, topic, channel));
  } catch (error) {
    if (!(error instanceof RegistryFull)) throw error;
    throw new ProtocolError("E_INVALID", `REGISTER failed - ${error.message}`);
  }
  return OK;
}

function unregister(caller: Caller, parameters: readonly string[]): string {
  const { producer, topic, channel } = registrationOf(caller, "UNREGISTER", parameters);
  const change = caller.host.registry.unregister(producer, topic, channel);
  logChange(caller, "UNREGISTER", topic, change);
  return OK;
}

function registrationOf(
  { producer }: Caller,
  command: string,
  [topic, channel = ""]: readonly string[],
): { producer: Producer; topic: string; channel: string } {
  if (producer === undefined) throw new ProtocolError("E_INVALID", "client must IDENTIFY");
  if (topic === undefined) {
    throw new ProtocolError("E_INVALID", `${command} insufficient number of params`);
  }
  if (!isValidName(topic)) {
    throw new ProtocolError("E_BAD_TOPIC", `${command} topic name '${topic}' is not valid`);
  }
  if (channel !== "" && !isValidName(channel)) {
    throw new ProtocolError("E_BAD_CHANNEL", `${command} channel name '${channel}' is not valid`);
  }
  return { producer, topic, channel };
}

function logChange(caller: Caller, command: string, topic: string, change: Change): void {
  const { log } = caller.host;
  for (const channel of change.channels) {
    log.info(databaseLine(caller, command, "channel", topic, channel));
  }
  if (change.topic) log.info(databaseLine(caller, command, "topic", topic, ""));
}

function databaseLine(
  { address }: Caller,
  command: string,
  category: string,
  key: string,
  subkey: string,
): string {
  return `DB: client(${address}) ${command} category:${category} key:${key} subkey:${subkey}`;
}

/** A reply as it goes over the wire: its length, big-endian, and the bytes of the byte string. */
export function framed(reply: string): Uint8Array {
  const bytes = new Uint8Array(4 + reply.length);
  new DataView(bytes.buffer).setInt32(0, reply.length);
  bytes.set(bytesOf(reply), 4);
  return bytes;
}

/** The bytes a connection begins with. */
export function isMagic(bytes: Uint8Array): boolean {
  return byteString(bytes) === "  V1";
}
