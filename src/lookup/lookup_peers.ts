// All nsqlookupds, and a copy of what is registered with them: it is what a server is told that comes back. It obeys the
// broker's orders and asks over HTTP which channels a new topic has elsewhere.
// Invariant: an address has one peer; without servers nothing is kept.

import type { ClientTls } from "../base/client_tls.ts";
import { Gangway } from "../base/gangway.ts";
import { httpGet } from "../base/http_get.ts";
import type { Logger } from "../base/logger.ts";
import { RareLine } from "../base/rare_line.ts";
import { reasonOf } from "../base/system_error.ts";
import { systemTimers, type Timers } from "../base/timers.ts";
import { isEphemeralName, isValidName } from "../wire/names.ts";
import { LookupPeer, PEER_TIMINGS, type PeerTimings } from "./lookup_peer.ts";
import type { LookupOrder, LookupPort } from "./lookup_port.ts";

/** Questions under way at once: a burst of topics must not become a burst of connections. */
const QUESTIONS_MAX = 32;
const REPLY_BYTES_MAX = 1024 * 1024;
/** A server that knows more channels of one topic is not believed; so many are created by one record of the topic's log. */
const CHANNELS_MAX = 800;
const ACCEPT = "application/vnd.nsq; version=1.0";

/** What it needs besides orders. */
export interface LookupPeersInputs {
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly timers?: Timers;
  readonly timings?: PeerTimings;
}

type Servers = Extract<LookupOrder, { kind: "servers" }>;

/** The nsqlookupds a broker announces itself to. */
export class LookupPeers implements LookupPort {
  readonly #inputs: LookupPeersInputs;
  readonly #gangway = new Gangway(QUESTIONS_MAX, Infinity);
  readonly #peers = new Map<string, LookupPeer>();
  readonly #topics = new Map<string, Set<string>>();
  readonly #unanswered: RareLine;
  #requestLimitMs = 0;
  #tls: ClientTls | undefined;

  constructor(inputs: LookupPeersInputs) {
    this.#inputs = inputs;
    this.#unanswered = new RareLine((text) => inputs.log.error(text), () => performance.now());
  }

  order(order: LookupOrder): void {
    if (order.kind === "servers") return this.#setServers(order);
    const { topic, channel } = order;
    const channels = this.#topics.get(topic);
    if (order.kind === "register") {
      if (channels === undefined) this.#topics.set(topic, new Set());
      if (channel !== undefined) this.#topics.get(topic)!.add(channel);
    } else if (channel === undefined) this.#topics.delete(topic);
    else channels?.delete(channel);
    const command = commandOf(
      order.kind === "register" ? "REGISTER" : "UNREGISTER",
      topic,
      channel,
    );
    for (const peer of this.#peers.values()) peer.tell(command);
  }

  /** Those that were there before keep their connections. */
  #setServers({ addresses, node, registrations, requestLimitMs, tls }: Servers): void {
    this.#requestLimitMs = requestLimitMs;
    this.#tls = tls;
    this.#topics.clear();
    for (const [topic, channels] of registrations) this.#topics.set(topic, new Set(channels));
    const wanted = new Set(addresses);
    for (const [address, peer] of this.#peers) {
      if (wanted.has(address)) continue;
      peer.close();
      this.#peers.delete(address);
      this.#inputs.log.info(`LOOKUPD(${address}): left`);
    }
    for (const address of wanted) {
      if (this.#peers.has(address)) continue;
      const peer = new LookupPeer({
        address,
        node,
        tls: () => this.#tls,
        log: this.#inputs.log,
        timers: this.#inputs.timers ?? systemTimers,
        timings: this.#inputs.timings ?? PEER_TIMINGS,
        registrations: () => this.#registrations(),
        nowMs: () => performance.now(),
      });
      this.#peers.set(address, peer);
    }
  }

  async channelsOf(topic: string): Promise<readonly string[]> {
    if (this.#peers.size === 0) return [];
    const deadlineMs = performance.now() + this.#requestLimitMs;
    const servers = [...this.#peers.values()].flatMap(({ httpOrigin }) => httpOrigin ?? []);
    if (servers.length === 0) {
      const text = "no available nsqlookupd to query for channels to pre-create for topic";
      this.#unanswered.say(`${text} ${topic}`);
    }
    const found = await Promise.all([...new Set(servers)].map(async (server) => {
      try {
        return await this.#gangway.pass(() => channelsAt(server, topic, deadlineMs, this.#tls));
      } catch (error) {
        const reason = reasonOf(error);
        const text = "failed to query nsqlookupd for channels to pre-create for topic";
        this.#unanswered.say(`${text} ${topic} - ${server}: ${reason}`);
        return [];
      }
    }));
    return [...new Set(found.flat())].toSorted().slice(0, CHANNELS_MAX);
  }

  #registrations(): string[] {
    return [...this.#topics].flatMap(([topic, channels]) =>
      channels.size === 0
        ? commandOf("REGISTER", topic)
        : [...channels].map((channel) => commandOf("REGISTER", topic, channel))
    );
  }
}

function commandOf(verb: "REGISTER" | "UNREGISTER", topic: string, channel?: string): string {
  return channel === undefined ? `${verb} ${topic}` : `${verb} ${topic} ${channel}`;
}

/** @throws {Error} when the server does not say */
async function channelsAt(
  origin: string,
  topic: string,
  deadlineMs: number,
  tls: ClientTls | undefined,
): Promise<string[]> {
  const limitMs = Math.floor(deadlineMs - performance.now());
  if (limitMs <= 0) throw new Error("too many questions before this one");
  const { status, body } = await httpGet({
    url: `${origin}/channels?topic=${encodeURIComponent(topic)}`,
    tls,
    headers: { accept: ACCEPT },
    limitMs,
    bytesMax: REPLY_BYTES_MAX,
  });
  if (status !== 200) throw new Error(`it answered with status ${status}`);
  const names: unknown = JSON.parse(body)?.channels;
  if (!Array.isArray(names)) throw new Error("it answered without a list of channels");
  if (names.length > CHANNELS_MAX) throw new Error(`it named more than ${CHANNELS_MAX} channels`);
  return names.filter((name) =>
    typeof name === "string" && isValidName(name) && !isEphemeralName(name)
  );
}
