// nsq_to_http: makes an HTTP request of each message. What fails is requeued, and failures make it go slower.

import { Slots } from "../base/slots.ts";
import { reasonOf } from "../base/system_error.ts";
import type { Message } from "../client/message.ts";
import { Consuming } from "./consuming.ts";
import { DeliveryTargets } from "./delivery_targets.ts";
import {
  type NsqToHttpSettings,
  nsqToHttpSettings,
  nsqToHttpTable,
} from "./nsq_to_http_options.ts";
import { type ProcessStreams, withProcessStreams } from "./process_streams.ts";
import { datedLog } from "./tool_log.ts";
import { runTool } from "./tool_options.ts";

/** What nsq_to_http is, for its help. */
const nsqToHttpTool = {
  program: "nsq_to_http",
  about: "Makes an HTTP request of each message of topics.",
  table: nsqToHttpTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(argv: readonly string[]): Promise<number> {
  // Requests go to the URLs they name: like NSQ's tool this one knows no proxy, and fetch would.
  for (const name of PROXY_VARIABLES) Deno.env.delete(name);
  return withProcessStreams((streams) => runNsqToHttp(argv, streams));
}

const PROXY_VARIABLES = ["http_proxy", "https_proxy", "all_proxy"]
  .flatMap((name) => [name, name.toUpperCase()]);

/** Runs the tool in given surroundings. */
export function runNsqToHttp(argv: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(nsqToHttpTool, argv, streams, async (words) => {
    return await new Forwarding(nsqToHttpSettings(words), streams).run();
  });
}

/** One run of nsq_to_http. */
class Forwarding {
  readonly #settings: NsqToHttpSettings;
  readonly #targets: DeliveryTargets;
  readonly #consuming: Consuming;
  readonly #counts = { messages: 0, bytes: 0 };
  readonly #slots: Slots;

  constructor(settings: NsqToHttpSettings, streams: ProcessStreams) {
    const { urls, statusEvery } = settings;
    const log = datedLog(streams);
    const mode = settings.mode === "all" ? "round-robin" : settings.mode;
    this.#settings = settings;
    this.#targets = new DeliveryTargets({ names: urls, mode, statusEvery }, (line) => {
      log.info(line);
    });
    this.#slots = new Slots(settings.requestsMax);
    this.#consuming = new Consuming(settings, {
      program: nsqToHttpTool.program,
      streams,
      log,
      workOn: (topic) => ({ take: (message) => this.#handle(topic, message) }),
      counts: this.#counts,
    });
  }

  /** Passes messages on until somebody says stop. */
  run(): Promise<number> {
    return this.#consuming.run();
  }

  async #handle(topic: string, message: Message): Promise<void> {
    const { sample, mode, urls } = this.#settings;
    if (sample < 1 && Math.random() >= sample) return;
    const targets = this.#targets;
    const send = (index: number) => this.#request(urls[index]!, topic, message.body);
    await this.#slots.run(async () => {
      if (mode === "all") await Promise.all(urls.map((_, index) => targets.to(index, send)));
      else await targets.toNext(send);
    });
    this.#counts.messages++;
    this.#counts.bytes += message.body.length;
  }

  /** Resolves when the server took it: with 200, and a POST with anything from 200 to 299. */
  async #request(url: string, topic: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const { isPost, headers, isTopicTold, limitMs } = this.#settings;
    const all = isTopicTold ? [...headers, ["x-nsq-topic", topic] as const] : headers;
    const response = await fetch(isPost ? url : filledUrl(url, body), {
      method: isPost ? "POST" : "GET",
      headers: all.map(([name, value]) => [name, value]),
      body: isPost ? body : null,
      signal: AbortSignal.timeout(Math.ceil(limitMs)),
    }).catch((error) => {
      throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
    });
    await response.body?.cancel();
    const isTaken = isPost ? response.ok : response.status === 200;
    if (!isTaken) throw new Error(`${url}: got status code ${response.status}`);
  }
}

/** The URL of a GET: the message for `%s` and, as in a printf string, `%` for `%%`; other escapes stay. */
function filledUrl(url: string, body: Uint8Array): string {
  return url.replace(/%[%s]/g, (sign) => sign === "%%" ? "%" : queryText(body));
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
