// What passes between the two threads, with a port in memory.

import { assertEquals } from "@std/assert";
import type { AuthAnswer, AuthQuestion } from "../../src/auth/authority_port.ts";
import { AuthorityBridge } from "../../src/confinement/authority_bridge.ts";
import { BrokerThread, type ThreadPort } from "../../src/confinement/broker_thread.ts";
import { LookupBridge } from "../../src/confinement/lookup_bridge.ts";
import { StatsdBridge } from "../../src/confinement/statsd_bridge.ts";
import type { Order, Report } from "../../src/confinement/messages.ts";
import type { LookupOrder, LookupPort } from "../../src/lookup/lookup_port.ts";
import { FakePort } from "../auth/fake_authority.ts";
import { optionsOf } from "./confined_broker.ts";

const ORDER = { kind: "start", options: optionsOf(), hostname: "here" } as const;
const QUESTION: AuthQuestion = { secret: "s", remoteIp: "::1", isTls: false, commonName: "" };

/** The worker's end. */
class MemoryPort {
  readonly orders: Order[] = [];
  isTerminated = false;
  onmessage: ThreadPort["onmessage"] = null;
  onerror: ThreadPort["onerror"] = null;

  postMessage(order: Order): void {
    this.orders.push(structuredClone(order));
  }

  terminate(): void {
    this.isTerminated = true;
  }

  report(report: Report): void {
    this.onmessage?.call(this as never, new MessageEvent("message", { data: report }));
  }

  fail(message: string): boolean {
    const event = new ErrorEvent("error", { message, cancelable: true });
    this.onerror?.call(this as never, event);
    return event.defaultPrevented;
  }
}

const NO_LOOKUP: LookupPort = { order: () => {}, channelsOf: () => Promise.resolve([]) };

function opened(authority?: FakePort, lookup = NO_LOOKUP) {
  const port = new MemoryPort();
  const heard: string[] = [];
  const thread = new BrokerThread(port as ThreadPort, {
    order: ORDER,
    authority,
    lookup,
    statsd: { send: (report) => void heard.push(report.address), close() {} },
    onListening: () => void heard.push("listening"),
  });
  return { port, heard, thread };
}

Deno.test("BrokerThread gives its orders and says when the broker serves and has stopped", async () => {
  const { port, heard, thread } = opened();
  assertEquals(port.orders, [ORDER]);
  port.report({ kind: "listening" });
  assertEquals(heard, ["listening"]);
  thread.reload();
  thread.stop();
  assertEquals(port.orders.map(({ kind }) => kind), ["start", "reload", "stop"]);
  port.report({ kind: "stopped" });
  assertEquals(await thread.ended, { kind: "stopped" });
  assertEquals(port.isTerminated, true);
});

Deno.test("BrokerThread says why there is no broker", async () => {
  const refused = opened();
  refused.port.report({ kind: "refused", text: "no data path" });
  assertEquals(await refused.thread.ended, { kind: "refused", text: "no data path" });

  const crashed = opened();
  assertEquals(crashed.port.fail("Uncaught Error: boom"), true);
  assertEquals(await crashed.thread.ended, { kind: "crashed", text: "Uncaught Error: boom" });

  const left = opened();
  left.port.report({ kind: "exited" });
  assertEquals(await left.thread.ended, { kind: "crashed", text: "its thread was left" });
});

Deno.test("giveUpPermissions() leaves the network, and no files, programs or libraries", async () => {
  const script = new URL("./gave_up.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "--no-check", "--config", config, script],
    stdin: "null",
    stdout: "piped",
  }).output();
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), {
    read: "refused",
    write: "refused",
    run: "refused",
    library: "refused",
    thread: "refused",
    network: "allowed",
  });
});

Deno.test("AuthorityBridge gets each question its own answer", async () => {
  const authority = new FakePort();
  const { port } = opened(authority);
  const bridge = new AuthorityBridge((report) => port.report(structuredClone(report)));
  const first = bridge.ask(0, QUESTION);
  const second = bridge.ask(1, { ...QUESTION, secret: "t" });
  assertEquals(authority.asked.map(({ server, question }) => [server, question.secret]), [
    [0, "s"],
    [1, "t"],
  ]);
  authority.answer("one");
  authority.answer({ kind: "failure", reason: "down" });
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (const order of port.orders.reverse()) {
    if (order.kind === "answer") bridge.answered(order.id, order.answer);
  }
  const expected: AuthAnswer[] = [
    { kind: "body", body: "one" },
    { kind: "failure", reason: "down" },
  ];
  assertEquals(await Promise.all([first, second]), expected);
});

Deno.test("BrokerThread answers for auth servers that are not there", async () => {
  const { port } = opened();
  port.report({ kind: "question", id: 7, server: 0, question: QUESTION });
  await new Promise((resolve) => setTimeout(resolve, 0));
  const answer = { kind: "failure", reason: "there are no auth servers" };
  assertEquals(port.orders[1], { kind: "answer", id: 7, answer } as Order);
});

Deno.test("BrokerThread passes on what is for the statsd server", () => {
  const { port, heard } = opened();
  const bridge = new StatsdBridge((report) => port.report(structuredClone(report)));
  bridge.send({ address: "there:8125", packets: [Uint8Array.of(1)], spreadMs: 1 });
  assertEquals(heard, ["there:8125"]);
});

Deno.test("BrokerThread passes on what is for the nsqlookupds and brings channels back", async () => {
  const orders: LookupOrder[] = [];
  const lookup: LookupPort = {
    order: (order) => void orders.push(order),
    channelsOf: (topic) => Promise.resolve([`${topic}1`, `${topic}2`]),
  };
  const { port } = opened(undefined, lookup);
  const bridge = new LookupBridge((report) => port.report(structuredClone(report)));
  bridge.order({ kind: "register", topic: "t", channel: "c" });
  assertEquals(orders, [{ kind: "register", topic: "t", channel: "c" }]);
  const answers = Promise.all([bridge.channelsOf("a"), bridge.channelsOf("b")]);
  while (port.orders.length < 3) await Promise.resolve();
  for (const order of port.orders.reverse()) {
    if (order.kind === "channels answer") bridge.answered(order.id, order.channels);
  }
  assertEquals(await answers, [["a1", "a2"], ["b1", "b2"]]);
});
