// nsq_to_http: makes an HTTP request of each message. What fails is requeued, and failures make it go slower.

import { SystemClock } from "../base/clock.ts";
import { Slots } from "../base/slots.ts";
import { systemTimers } from "../base/timers.ts";
import { VERSION } from "../base/version.ts";
import { Consumer } from "../client/consumer.ts";
import type { Message } from "../client/message.ts";
import { NsqError, reasonOf } from "../client/nsq_error.ts";
import { AddressPool } from "./address_pool.ts";
import { connectionOptionsOf, consumingOptionsOf } from "./client_option_table.ts";
import { eventText } from "./consumer_event_text.ts";
import { DurationReport } from "./duration_report.ts";
import {
  type NsqToHttpSettings,
  nsqToHttpSettings,
  nsqToHttpTable,
} from "./nsq_to_http_options.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "./process_streams.ts";
import { ProgressLine } from "./progress_line.ts";
import { ToolLog } from "./tool_log.ts";
import { runTool } from "./tool_options.ts";

/** What nsq_to_http is, for its help. */
export const nsqToHttpTool = {
  program: "nsq_to_http",
  about: "Makes an HTTP request of each message of a topic.",
  table: nsqToHttpTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return withProcessStreams((streams) => runNsqToHttp(argv, streams));
}

/** Runs the tool in given surroundings. */
export function runNsqToHttp(argv: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(nsqToHttpTool, argv, streams, async (words) => {
    return await new Forwarding(nsqToHttpSettings(words), streams).run();
  });
}

/** One run of nsq_to_http. */
class Forwarding {
  readonly #settings: NsqToHttpSettings;
  readonly #streams: ProcessStreams;
  readonly #clock = new SystemClock();
  readonly #log: ToolLog;
  readonly #pool: AddressPool;
  readonly #reports: readonly DurationReport[];
  readonly #aggregate: DurationReport;
  readonly #consumer: Consumer;
  readonly #counts = { messages: 0, bytes: 0 };
  readonly #slots: Slots;

  constructor(settings: NsqToHttpSettings, streams: ProcessStreams) {
    const { urls, mode, statusEvery } = settings;
    this.#settings = settings;
    this.#streams = streams;
    this.#log = new ToolLog(streams, "[nsq_to_http] ", "info");
    this.#pool = new AddressPool(urls.length, mode === "all" ? "round-robin" : mode, Math.random);
    this.#slots = new Slots(settings.requestsMax);
    this.#aggregate = new DurationReport("aggregate", statusEvery);
    this.#reports = urls.length > 1 ? urls.map((url) => new DurationReport(url, statusEvery)) : [];
    this.#consumer = this.#makeConsumer();
  }

  /** Passes messages on until somebody says stop. */
  async run(): Promise<number> {
    const { interrupted, areErrorsTerminal } = this.#streams;
    const stop = () => void this.#consumer.stop();
    interrupted.addEventListener("abort", stop);
    if (interrupted.aborted) stop();
    const progress = areErrorsTerminal ? this.#showProgress() : undefined;
    const exitCode = await this.#start();
    await this.#consumer.stopped;
    progress?.stop();
    interrupted.removeEventListener("abort", stop);
    await this.#log.end();
    return exitCode;
  }

  #makeConsumer(): Consumer {
    const { clientOptions, topic, channel, source, maxInFlight } = this.#settings;
    return new Consumer({
      ...connectionOptionsOf(clientOptions, `nsq_to_http/${VERSION} nsqd-deno/${VERSION}`),
      ...consumingOptionsOf(clientOptions),
      topic,
      channel,
      ...source,
      maxInFlight,
      handler: (message) => this.#handle(message),
      onEvent: (event) => {
        const text = eventText(event);
        if (text !== undefined) this.#log.lines.warn(`[${topic}/${channel}] ${text}`);
      },
    });
  }

  async #start(): Promise<number> {
    try {
      await this.#consumer.start();
      return 0;
    } catch (error) {
      if (!(error instanceof NsqError)) throw error;
      if (error.code === "CLOSED") return 0;
      this.#log.lines.fatal(error.message);
      return 1;
    }
  }

  async #handle(message: Message): Promise<void> {
    const { sample, mode, urls } = this.#settings;
    if (sample < 1 && Math.random() >= sample) return;
    await this.#slots.run(async () => {
      if (mode === "all") await Promise.all(urls.map((_, index) => this.#send(index, message)));
      else await this.#send(this.#pool.next(this.#clock.nowMs()), message);
    });
    this.#counts.messages++;
    this.#counts.bytes += message.body.length;
  }

  async #send(index: number, { body }: Message): Promise<void> {
    const { urls } = this.#settings;
    const startMs = this.#clock.nowMs();
    let isSuccess = false;
    try {
      await this.#request(urls[index]!, body);
      isSuccess = true;
    } finally {
      const nowMs = this.#clock.nowMs();
      this.#pool.report(index, isSuccess, nowMs - startMs, nowMs);
      for (const report of [this.#aggregate, this.#reports[index]]) {
        const line = report?.add(nowMs - startMs);
        if (line !== undefined) this.#log.lines.info(line);
      }
    }
  }

  /** Resolves when the server took it: with 200, and a POST with anything from 200 to 299. */
  async #request(url: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const { isPost, headers, limitMs } = this.#settings;
    const response = await fetch(isPost ? url : url.replace("%s", () => queryText(body)), {
      method: isPost ? "POST" : "GET",
      headers: [["user-agent", `nsq_to_http/${VERSION}`], ...headers].map(([a, b]) => [a!, b!]),
      body: isPost ? body : null,
      signal: AbortSignal.timeout(Math.ceil(limitMs)),
    }).catch((error) => {
      throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
    });
    await response.body?.cancel();
    const isTaken = isPost ? response.ok : response.status === 200;
    if (!isTaken) throw new Error(`${url}: got status code ${response.status}`);
  }

  #showProgress(): ProgressLine {
    return new ProgressLine(
      () => ({ ...this.#counts, fraction: undefined }),
      (text) => void writeAll(this.#streams.errors, text).catch(() => {}),
      this.#clock,
      systemTimers,
    );
  }
}

/** Bytes as they stand in the query of a URL: letters, digits and `-_.~` as they are, a space as `+`. */
export function queryText(body: Uint8Array): string {
  let text = "";
  for (const byte of body) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(character)) text += character;
    else if (character === " ") text += "+";
    else text += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}
