/**
 * What hostile, broken and careless clients do to a broker. Each attack ends by itself and leaves nothing
 * open on our side; how the broker bears it is judged elsewhere.
 */
import { bytesOf } from "../../src/base/byte_string.ts";
import {
  identifyCommand,
  publishAllCommand,
  publishCommand,
} from "../../src/client/command_bytes.ts";
import type { BrokerProcess } from "./broker_process.ts";
import { HostileSocket } from "./hostile_socket.ts";
import { type Random, sleep } from "./random.ts";

const MIB = 1024 * 1024;
const MAGIC = "  V2";
/** A flood that is not taken for so long has been stopped by the broker. */
const STUCK_MS = 500;

/** Where to attack. */
export interface Target {
  readonly broker: BrokerProcess;
  readonly random: Random;
}

/** An attack; what it returns, if anything, is how many bytes the broker took of it. */
export type Attack = (target: Target) => Promise<number | void>;

async function each(count: number, attack: (index: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => attack(index)));
}

/** Random bytes, with the magic before them or not. */
export const garbage: Attack = ({ broker, random }) =>
  each(150, async (index) => {
    const port = index % 5 === 0 ? broker.httpPort : broker.tcpPort;
    using socket = await HostileSocket.saying(port, index % 2 === 0 ? MAGIC : "");
    await socket.write(random.bytes(random.between(1, 20_000)));
    if (random.chance(50)) await socket.closeWrite();
    await Promise.race([socket.readToEnd(), sleep(random.between(0, 500))]);
  });

function int32(...values: number[]): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => view.setInt32(4 * index, value));
  return String.fromCharCode(...new Uint8Array(view.buffer));
}

const LIES = [
  `PUB t\n${int32(0x7fffffff)}`,
  `PUB t\n${int32(-1)}`,
  `PUB t\n${int32(0)}`,
  `MPUB t\n${int32(0x7fffffff, 1, 1)}`,
  `MPUB t\n${int32(5 * MIB, 0x7fffffff, 1)}`,
  `MPUB t\n${int32(100, 2, 0x7fffffff)}`,
  `MPUB t\n${int32(100, -1, 1)}`,
  `DPUB t 99999999999999999999\n${int32(1)}x`,
  `IDENTIFY\n${int32(0x7fffffff)}`,
  `IDENTIFY\n${int32(9)}[[[[[[[[[`,
  `SUB t c\nSUB t c\n`,
  `RDY 1\n`,
  `FIN ${"0".repeat(16)}\n`,
  `PUB ${"t".repeat(65)}\n${int32(1)}x`,
] as const;

/** Lines and bodies that are too long, or say they are. */
export const oversized: Attack = async ({ broker }) => {
  const longLine = new Uint8Array(MIB).fill(65);
  await each(20, async () => {
    using socket = await HostileSocket.saying(broker.tcpPort, MAGIC);
    await socket.flood(longLine, 8 * MIB, STUCK_MS);
  });
  await each(10 * LIES.length, async (index) => {
    using socket = await HostileSocket.saying(broker.tcpPort, MAGIC);
    await socket.write(bytesOf(LIES[index % LIES.length]!));
    await socket.write(longLine.subarray(0, 100_000));
    await Promise.race([socket.readToEnd(), sleep(500)]);
  });
  const tooLarge = new Uint8Array(6 * MIB);
  await each(10, async (index) => {
    const path = index % 2 === 0 ? "/pub?topic=t" : "/mpub?topic=t&binary=true";
    await broker.post(path, tooLarge).catch(() => {});
  });
};

/** Connections that say a little and then nothing, cut in the middle, or read nothing after their end. */
export const halfOpen: Attack = async ({ broker, random }) => {
  const beginnings = [
    "",
    " ",
    MAGIC,
    `${MAGIC}PU`,
    `${MAGIC}PUB half_open\n${int32(MIB)}`,
    `${MAGIC}MPUB half_open\n${int32(MIB, 10, 100)}abc`,
    `${MAGIC}SUB half_open c\nRDY 10\n`,
  ];
  const requests = [
    "GET /stats HTTP/1.1\r\nHost: x\r\n",
    "POST /pub?topic=half_open HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
    "POST /pub?topic=half_open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
  ];
  await each(300, async (index) => {
    using socket = index % 4 === 0
      ? await HostileSocket.saying(broker.httpPort, random.pick(requests))
      : await HostileSocket.saying(broker.tcpPort, bytesOf(random.pick(beginnings)));
    if (random.chance(50)) await socket.closeWrite();
    await sleep(random.between(500, 1500));
  });
};

/** Messages of this many bytes wait for those who do not read. */
const BACKLOG_MESSAGES = 320;
const BACKLOG_BODY_BYTES = 100_000;
/** What waits in all. */
export const BACKLOG_BYTES = BACKLOG_MESSAGES * BACKLOG_BODY_BYTES;
/** How many channels it waits in. */
const BACKLOG_CHANNELS = 20;

/** Makes channels and publishes the backlog to all of them. */
async function publishBacklog({ broker, random }: Target, topic: string): Promise<void> {
  await broker.post(`/topic/create?topic=${topic}`);
  for (let index = 0; index < BACKLOG_CHANNELS; index++) {
    await broker.post(`/channel/create?topic=${topic}&channel=c${index}`);
  }
  using publisher = await HostileSocket.saying(broker.tcpPort, MAGIC);
  const reading = publisher.readToEnd();
  const batch = publishAllCommand(topic, Array(8).fill(random.bytes(BACKLOG_BODY_BYTES)));
  for (let sent = 0; sent < BACKLOG_MESSAGES; sent += 8) await publisher.write(batch);
  await publisher.closeWrite();
  await reading;
}

const LAZY = { msg_timeout: 1000, heartbeat_interval: 1000 };

/** Consumers of a large backlog that ask for everything and read nothing. */
export const slowReaders: Attack = async (target) => {
  const { broker } = target;
  await publishBacklog(target, "unread");
  await each(BACKLOG_CHANNELS, async (index) => {
    using socket = await HostileSocket.saying(broker.tcpPort, MAGIC);
    await socket.write(identifyCommand(LAZY));
    await socket.write(bytesOf(`SUB unread c${index}\nRDY 2500\n`));
    await sleep(4000);
  });
  await broker.post("/topic/delete?topic=unread");
};

/** Consumers of a large backlog that read everything and answer nothing, until they are cut off. */
export const silentReaders: Attack = async (target) => {
  const { broker } = target;
  await publishBacklog(target, "unanswered");
  await each(BACKLOG_CHANNELS, async (index) => {
    using socket = await HostileSocket.saying(broker.tcpPort, MAGIC);
    await socket.write(identifyCommand(LAZY));
    await socket.write(bytesOf(`SUB unanswered c${index}\nRDY 2500\n`));
    await Promise.race([socket.readToEnd(), sleep(4000)]);
  });
  await broker.post("/topic/delete?topic=unanswered");
};

/** Pipelined commands without end whose replies nobody reads: the broker must stop reading too. */
export const floods: Attack = async ({ broker }) => {
  const subscribed = `${MAGIC}SUB flood c\n`;
  const refused = repeated(bytesOf(`FIN ${"0".repeat(16)}\n`), 2000);
  const tiny = repeated(publishCommand("flood_ephemeral#ephemeral", "x"), 5000);
  let taken = 0;
  const flood = async (hello: string, bytes: Uint8Array) => {
    using socket = await HostileSocket.saying(broker.tcpPort, bytesOf(hello));
    await socket.flood(bytes, 512 * MIB, STUCK_MS);
    taken = Math.max(taken, socket.written);
  };
  await each(3, () => flood(subscribed, refused));
  await each(3, () => flood(MAGIC, tiny));
  return taken;
};

/** The same over HTTP: requests without end, answers unread. */
export const httpFloods: Attack = async ({ broker }) => {
  const requests = repeated(bytesOf("GET /stats?format=json HTTP/1.1\r\nHost: x\r\n\r\n"), 100);
  let taken = 0;
  await each(5, async () => {
    using socket = await HostileSocket.open(broker.httpPort);
    await socket.flood(requests, 64 * MIB, STUCK_MS);
    taken = Math.max(taken, socket.written);
  });
  return taken;
};

function repeated(bytes: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(bytes.length * count);
  for (let index = 0; index < count; index++) all.set(bytes, index * bytes.length);
  return all;
}

/** Connections that come and go as fast as they can, cut in all states. */
export const storms: Attack = async ({ broker, random }) => {
  const goodbyes = ["", MAGIC, `${MAGIC}SUB storm c#ephemeral\nRDY 5\n`, `${MAGIC}NOP\n`, "GET"];
  for (let wave = 0; wave < 30; wave++) {
    await each(100, async (index) => {
      const port = index % 5 === 0 ? broker.httpPort : broker.tcpPort;
      using _socket = await HostileSocket.saying(port, bytesOf(random.pick(goodbyes)));
    });
  }
};
