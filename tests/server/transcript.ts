// Transcripts: conversations with the broker as text. One line a thing that happens:
//
//   # a comment                          set maxRdyCount=10      an option, before anything else
//   C: "  V2"                            bytes as they are, with JSON escapes (\u0000 to \u00ff)
//   C: PUB t | body                      a line, its LF, and a sized body
//   C: MPUB t | one | two                a batch
//   C: (hangs up)  (stops reading)  (reads)
//   S: OK                                a response the client must receive next
//   S: error E_INVALID ...               an error
//   S: message 1 body                    a message, delivered for the first time; its id is @body from here on
//   S: closed                            the connection ended, after all that was expected
//   +60s  +250ms                         the clock moves
//   * pause channel t c                  also unpause, empty, delete, of a topic or channel
//   * t c depth=1 inFlight=0             counts of a topic or channel
//
// `C2:` and `S2:` are a second client, and so on. Nothing may arrive that was not expected: this is looked at wherever
// the clock moves, an operator acts, and at the end.

import { assert, assertEquals } from "@std/assert";
import { bytesOf, byteString } from "../../src/base/byte_string.ts";
import type { Topic } from "../../src/queue/topic.ts";
import { batchBody, singleBytes, sized } from "../wire/wire_bytes.ts";
import { BROKER_DEFAULTS, type BrokerOptions, FakeBroker } from "./fake_broker.ts";
import { FrameReader } from "./frame_reader.ts";
import type { MemoryConnection } from "./memory_connection.ts";

/** How the client's bytes come: as written, neighbouring lines at once, or byte by byte. */
export type Pieces = "lines" | "pipelined" | "bytes";

/** Plays a transcript; throws where the broker departs from it. */
export async function playTranscript(text: string, pieces: Pieces): Promise<void> {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const player = new Player(optionsOf(lines), pieces);
  for (const [index, line] of lines.entries()) {
    try {
      await player.play(line, lines[index + 1] ?? "");
    } catch (error) {
      throw new Error(`${line}: ${error instanceof Error ? error.message : error}`);
    }
  }
  player.expectNothingMore();
  await player.end();
}

function optionsOf(lines: readonly string[]): BrokerOptions {
  const options = { ...BROKER_DEFAULTS };
  for (const line of lines) {
    const match = /^set (\w+)=(\d+)$/.exec(line);
    if (match === null) continue;
    assert(match[1]! in options, `${line}: there is no such option`);
    options[match[1] as keyof BrokerOptions] = Number(match[2]);
  }
  return options;
}

class Player {
  readonly #broker: FakeBroker;
  readonly #pieces: Pieces;
  readonly #clients = new Map<string, { connection: MemoryConnection; frames: FrameReader }>();
  readonly #ids = new Map<string, string>();
  #held = "";

  constructor(options: BrokerOptions, pieces: Pieces) {
    this.#broker = new FakeBroker(options);
    this.#pieces = pieces;
  }

  async play(line: string, nextLine: string): Promise<void> {
    if (line.startsWith("set ")) return;
    const spoken = /^([CS])(\d*): (.*)$/.exec(line);
    if (spoken === null) return await this.#playOther(line);
    const [, side, name = "", rest = ""] = spoken;
    if (side === "S") return this.#expect(name, rest);
    await this.#say(name, rest, nextLine.startsWith(`C${name}: `) && !nextLine.includes(": ("));
  }

  async #playOther(line: string): Promise<void> {
    this.expectNothingMore();
    const time = /^\+([\d.]+)(ms|s|m)$/.exec(line);
    if (time !== null) {
      const unitMs = { ms: 1, s: 1000, m: 60_000 }[time[2]!]!;
      return await this.#broker.advance(Number(time[1]) * unitMs);
    }
    assert(line.startsWith("* "), "this is no line of a transcript");
    const words = line.slice(2).split(" ");
    if (words.some((word) => word.includes("="))) return this.#expectCounts(words);
    this.#operate(words);
    await this.#broker.settle();
  }

  async #say(name: string, text: string, isNextAlike: boolean): Promise<void> {
    const { connection } = this.#client(name);
    if (text.startsWith("(")) {
      this.#gesture(connection, text);
      return await this.#broker.settle();
    }
    this.#held += bytesToSay(this.#fill(text));
    if (isNextAlike && this.#pieces === "pipelined") return;
    const bytes = bytesOf(this.#held);
    this.#held = "";
    for (const piece of this.#pieces === "bytes" ? singleBytes(bytes) : [bytes]) {
      connection.say(piece);
      await this.#broker.settle();
    }
  }

  #gesture(connection: MemoryConnection, text: string): void {
    if (text === "(hangs up)") connection.hangUp();
    else if (text === "(stops reading)") connection.stopReading();
    else if (text === "(reads)") connection.resumeReading();
    else throw new Error("clients do no such thing");
  }

  #expect(name: string, text: string): void {
    const { connection, frames } = this.#client(name);
    frames.push(connection.take());
    if (text === "closed") {
      assertEquals([frames.next()?.text, connection.hasEnded], [undefined, true]);
      return;
    }
    const frame = frames.next();
    if (frame?.id !== undefined) this.#ids.set(frame.body, frame.id);
    assertEquals(frame?.text, this.#fill(text));
  }

  /** Throws when a client was sent something that no line expects. */
  expectNothingMore(): void {
    for (const [name, { connection, frames }] of this.#clients) {
      frames.push(connection.take());
      const frame = frames.next();
      assert(frame === undefined, `S${name} was sent more: ${frame?.text}`);
      assertEquals(frames.restBytes, 0);
    }
  }

  #expectCounts(words: readonly string[]): void {
    const names = words.filter((word) => !word.includes("="));
    const topic = this.#topic(names[0]!);
    const channel = names[1] === undefined ? undefined : topic.channels.get(names[1]);
    const counts: Record<string, number> = channel === undefined
      ? { depth: topic.depth, channels: topic.channels.size, messages: topic.messageCount }
      : {
        depth: channel.depth,
        inFlight: channel.inFlightCount,
        deferred: channel.deferredCount,
        consumers: channel.consumers.size,
        requeued: channel.counters.requeueCount,
        timedOut: channel.counters.timeoutCount,
      };
    for (const word of words.slice(names.length)) {
      const [what, count] = word.split("=") as [string, string];
      assertEquals(counts[what], Number(count), word);
    }
  }

  #operate([action, kind, topicName, channelName]: readonly string[]): void {
    const { topics } = this.#broker;
    const topic = this.#topic(topicName!);
    const isPaused = action === "pause";
    if (kind === "topic") {
      if (action === "empty") return topic.empty();
      if (action === "delete") return topics.delete(topic);
      return topics.setTopicPaused(topic, isPaused);
    }
    const channel = topic.channels.get(channelName!)!;
    if (action === "empty") return topic.emptyChannel(channel);
    if (action === "delete") return topics.deleteChannel(topic, channel);
    topics.setChannelPaused(topic, channel, isPaused);
  }

  #topic(name: string): Topic {
    const topic = this.#broker.topics.get(name);
    if (topic === undefined) throw new Error(`there is no topic ${name}`);
    return topic;
  }

  #client(name: string) {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = { connection: this.#broker.connect(), frames: new FrameReader() };
      this.#clients.set(name, client);
    }
    return client;
  }

  /** Puts ids in the place of `@body`. */
  #fill(text: string): string {
    return text.replaceAll(/@(\w+)/g, (reference, body) => this.#ids.get(body) ?? reference);
  }

  /** Everybody hangs up, so that nothing is left running. */
  async end(): Promise<void> {
    for (const { connection } of this.#clients.values()) {
      connection.resumeReading();
      connection.hangUp();
    }
    await this.#broker.settle();
    assertEquals(this.#broker.server.clientCount, 0);
  }
}

/** What a client sends for the text behind `C:`. */
function bytesToSay(text: string): string {
  if (text.startsWith('"')) return JSON.parse(text);
  const [line = "", ...bodies] = text.split(" | ");
  if (bodies.length === 0) return `${line}\n`;
  if (line.startsWith("MPUB")) return `${line}\n${batchBody(bodies)}`;
  return `${line}\n${sized(byteString(new TextEncoder().encode(bodies.join(" | "))))}`;
}
