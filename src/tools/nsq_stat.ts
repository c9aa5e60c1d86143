// nsq_stat: a row of figures about one channel at regular times, added up over its nsqds.
// An nsqd that does not answer is named once and left out; without a single answer the tool ends, since there is nothing
// left to print.

import { httpGet } from "../base/http_get.ts";
import { reasonOf } from "../base/system_error.ts";
import { pause, systemTimers } from "../base/timers.ts";
import { VERSION } from "../base/version.ts";
import { findHttpServers } from "../client/discovery.ts";
import {
  type ChannelFigures,
  channelFigures,
  FIGURES_HEAD,
  type FiguresByServer,
  rowBetween,
} from "./channel_figures.ts";
import { type NsqStatSettings, nsqStatSettings, nsqStatTable } from "./nsq_stat_options.ts";
import { type ProcessStreams, withProcessStreams, writeAll, writeLog } from "./process_streams.ts";
import { runTool } from "./tool_options.ts";

/** What nsq_stat is, for its help. */
const nsqStatTool = {
  program: "nsq_stat",
  about: "Prints a row of figures about a channel at regular times.",
  table: nsqStatTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return withProcessStreams((streams) => runNsqStat(argv, streams), ["SIGHUP"]);
}

/** Runs the tool in given surroundings. */
export function runNsqStat(argv: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(nsqStatTool, argv, streams, async (words) => {
    const isCountGiven = argv.some((word) => /^--?count(=|$)/.test(word));
    return await new Watch(nsqStatSettings(words, isCountGiven), streams).run();
  });
}

/** The first look counts too, although it makes no row. */
const LOOKS_PER_HEAD = 25;
const STATS_BYTES_MAX = 64 * 1024 * 1024;

/** What one nsqd answered; undefined figures when it has no such channel. */
type Answer = { readonly figures: ChannelFigures | undefined } | { readonly reason: string };

/** One run of nsq_stat. */
class Watch {
  readonly #settings: NsqStatSettings;
  readonly #streams: ProcessStreams;
  /** Addresses that did not answer last time. */
  readonly #silent = new Set<string>();
  /** Those the nsqlookupds named last. */
  #addresses: readonly string[];
  #isLookupSilent = false;

  constructor(settings: NsqStatSettings, streams: ProcessStreams) {
    this.#settings = settings;
    this.#streams = streams;
    this.#addresses = settings.addresses;
  }

  /** Prints until it is enough, somebody says stop or its reader has gone. */
  async run(): Promise<number> {
    try {
      await this.#print();
      return 0;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return 0;
      if (this.#streams.interrupted.aborted) return 0;
      await writeLog(this.#streams, `ERROR: ${reasonOf(error)}`);
      return 1;
    }
  }

  async #print(): Promise<void> {
    const { intervalMs, rowsMax } = this.#settings;
    const { interrupted, output } = this.#streams;
    let before = await this.#figures();
    let beforeMs = performance.now();
    for (let row = 0; row < rowsMax && !interrupted.aborted; row++) {
      if (row === 0 || (row + 1) % LOOKS_PER_HEAD === 0) await writeAll(output, FIGURES_HEAD);
      await pause(systemTimers, intervalMs, interrupted);
      if (interrupted.aborted) return;
      const now = await this.#figures();
      const nowMs = performance.now();
      await writeAll(output, rowBetween(before, now, nowMs - beforeMs));
      [before, beforeMs] = [now, nowMs];
    }
  }

  async #figures(): Promise<FiguresByServer> {
    const { topic, channel } = this.#settings;
    await this.#lookUp();
    const addresses = this.#addresses;
    const answers = await Promise.all(addresses.map((address) => this.#ask(address)));
    const reasons: string[] = [];
    const found = new Map<string, ChannelFigures>();
    for (const [index, answer] of answers.entries()) {
      const address = addresses[index]!;
      if ("reason" in answer) reasons.push(`${address}: ${answer.reason}`);
      else if (answer.figures) found.set(address, answer.figures);
      await this.#tellSilence(address, answer);
    }
    if (reasons.length === addresses.length) {
      throw new Error(`failed to get nsqd stats - ${reasons.join("; ")}`);
    }
    if (found.size === 0) {
      throw new Error(
        `failed to find channel(${channel}) in stats metadata for topic(${topic})`,
      );
    }
    return found;
  }

  /** Nsqlookupds that fail later are no reason to end: the nsqds they named may well live. */
  async #lookUp(): Promise<void> {
    const { lookupds, limitMs, topic } = this.#settings;
    if (lookupds.length === 0) return;
    try {
      const addresses = await findHttpServers(topic, { lookupds, limitMs });
      if (addresses.length === 0) throw new Error(`no nsqd has topic ${topic}`);
      this.#addresses = addresses;
      this.#isLookupSilent = false;
    } catch (error) {
      const text = `failed to get topic producers - ${reasonOf(error)}`;
      if (this.#addresses.length === 0) throw new Error(text);
      if (!this.#isLookupSilent) await writeLog(this.#streams, `WARNING: ${text}`);
      this.#isLookupSilent = true;
    }
  }

  async #tellSilence(address: string, answer: Answer): Promise<void> {
    if (!("reason" in answer)) {
      if (this.#silent.delete(address)) await writeLog(this.#streams, `${address} answers again`);
    } else if (!this.#silent.has(address)) {
      this.#silent.add(address);
      const text = `WARNING: ${address} is left out of the sums: ${answer.reason}`;
      await writeLog(this.#streams, text);
    }
  }

  async #ask(address: string): Promise<Answer> {
    const { topic, channel, limitMs } = this.#settings;
    const query = `format=json&topic=${encodeURIComponent(topic)}` +
      `&channel=${encodeURIComponent(channel)}`;
    try {
      const { status, body } = await httpGet({
        url: `http://${address}/stats?${query}`,
        headers: { "user-agent": `nsq_stat/${VERSION}` },
        limitMs,
        bytesMax: STATS_BYTES_MAX,
      });
      if (status !== 200) return { reason: `got response ${status}` };
      return { figures: channelFigures(body, topic, channel) };
    } catch (error) {
      return { reason: reasonOf(error) };
    }
  }
}
