// Tells an endpoint of somebody's what users did: one POST of JSON after the other, beside everything else. Whether it
// arrives changes nothing; upstream ends when it does not. Invariant: what waits is bounded.

import http from "node:http";
import https from "node:https";
import type { Logger } from "../base/logger.ts";
import { reasonOf } from "../base/system_error.ts";
import { goJson } from "../web/go_json.ts";

const WAITING_MAX = 1_000;

/** Something a user did; the order of keys is upstream's. */
export interface AdminAction {
  readonly action: string;
  readonly topic: string;
  readonly channel: string | undefined;
  readonly node: string | undefined;
  /** Unix time, s. */
  readonly timestamp: number;
  readonly user: string | undefined;
  readonly remote_ip: string;
  readonly user_agent: string;
  readonly url: string;
  /** The machine of this nsqadmin. */
  readonly via: string;
}

/** What it is made from. */
export interface NotificationSettings {
  /** Empty is none. */
  readonly endpoint: string;
  readonly requestTimeoutMs: number;
  readonly log: Logger;
}

/** Posts actions. */
export class Notifications {
  readonly #settings: NotificationSettings;
  readonly #waiting: AdminAction[] = [];
  #isRunning = false;

  constructor(settings: NotificationSettings) {
    this.#settings = settings;
  }

  /** Whether there is somebody to tell. */
  get isOn(): boolean {
    return this.#settings.endpoint !== "";
  }

  /** Has an action told, soon. */
  tell(action: AdminAction): void {
    if (!this.isOn) return;
    if (this.#waiting.length >= WAITING_MAX) {
      this.#settings.log.error("failed to POST notification - too many are waiting");
      return;
    }
    this.#waiting.push(action);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    const { endpoint, log } = this.#settings;
    this.#isRunning = true;
    for (let action = this.#waiting.shift(); action; action = this.#waiting.shift()) {
      log.info(`POSTing notification to ${endpoint}`);
      try {
        await this.#post(new TextEncoder().encode(goJson(action)));
      } catch (error) {
        log.error(`failed to POST notification - ${reasonOf(error)}`);
      }
    }
    this.#isRunning = false;
  }

  async #post(body: Uint8Array): Promise<void> {
    const { endpoint, requestTimeoutMs } = this.#settings;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const options = {
      method: "POST",
      agent: false as const,
      headers: { "Content-Type": "application/json", "Content-Length": String(body.length) },
    };
    const begin = endpoint.startsWith("https:") ? https.request : http.request;
    const request = begin(endpoint, options);
    const late = () => reject(new Error(`no answer within ${requestTimeoutMs} ms`));
    const timer = setTimeout(late, requestTimeoutMs);
    request.on("error", reject);
    request.on("response", () => resolve());
    request.end(body);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      request.destroy();
    }
  }
}
