/**
 * Makes up what no recording has: conversations, requests and config files that are nearly right, from the
 * program's own lists of commands, routes and options.
 */
import { routes } from "../../src/http/routes.ts";
import { NSQD_OPTIONS } from "../../src/options/nsqd_options.ts";
import { configKey, rowsOf } from "../../src/options/option_row.ts";
import { commands } from "../../src/wire/commands.ts";
import { joinBytes } from "../conformance/vectors.ts";
import type { Random } from "../soak/random.ts";
import { latin1 } from "./mutation.ts";

const COMMAND_NAMES = Object.keys(commands) as (keyof typeof commands)[];
const OPTION_KEYS = rowsOf(NSQD_OPTIONS).flatMap(([key, row]) => configKey(key, row) ?? []);
/** Few names, so that what is made up meets itself. */
const NAMES = [
  "fuzz",
  "fuzz#ephemeral",
  "f",
  "..",
  "",
  "x".repeat(64),
  "x".repeat(65),
  "\u00e9",
  "%66",
];
const PARAMETERS = [...NAMES, "0", "1", "-1", "2500", "9223372036854775808", "0123456789abcdef"];
const DOCUMENTS = [
  "{}",
  "[",
  "null",
  '{"client_id":1}',
  '{"feature_negotiation":true,"snappy":true}',
  '{"feature_negotiation":true,"deflate":true,"deflate_level":9}',
  '{"heartbeat_interval":-1}',
  '{"feature_negotiation":true,"tls_v1":true}',
  '{"sample_rate":99}',
  '{"msg_timeout":1e400}',
  '{"output_buffer_size":-1,"output_buffer_timeout":1}',
  "[".repeat(2000),
  `{${'"a":1,'.repeat(500)}"b":2}`,
];
const SNAPPY_START = "\u00ff\u0006\0\0sNaPpY";

function sized(body: Uint8Array, random: Random): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, random.chance(90) ? body.length : body.length + random.between(-5, 5));
  return joinBytes([new Uint8Array(view.buffer), body]);
}

/** Up to thirty commands, with the magic before them or nearly. */
export function madeConversation(random: Random): Uint8Array {
  const parts = [latin1(random.chance(95) ? "  V2" : random.pick(["  V1", "", "V2  ", "GET "]))];
  for (let left = random.between(1, 30); left > 0; left--) parts.push(...madeCommand(random));
  return joinBytes(parts);
}

function madeCommand(random: Random): Uint8Array<ArrayBuffer>[] {
  const name = random.pick(COMMAND_NAMES);
  const words = Array.from({ length: random.between(0, 3) }, () => random.pick(PARAMETERS));
  const line = latin1(`${[name, ...words].join(" ")}${random.chance(95) ? "\n" : "\r\n"}`);
  return [line, ...madeBody(name, random)].map((part) => part.slice());
}

function madeBody(name: keyof typeof commands, random: Random): Uint8Array[] {
  switch (commands[name].body) {
    case "none":
      return [];
    case "document": {
      const document = sized(latin1(random.pick(DOCUMENTS)), random);
      return random.chance(30)
        ? [document, latin1(SNAPPY_START), random.bytes(random.between(0, 300))]
        : [document];
    }
    case "message":
      return [sized(random.bytes(random.between(0, 300)), random)];
    case "batch": {
      const count = random.between(0, 9);
      const messages = Array.from(
        { length: count },
        () => sized(random.bytes(random.between(0, 30)), random),
      );
      const view = new DataView(new ArrayBuffer(4));
      view.setInt32(0, random.chance(90) ? count : random.between(-2, 2 ** 31 - 1));
      return [sized(joinBytes([new Uint8Array(view.buffer), ...messages]), random)];
    }
  }
}

/** One to four requests on one connection. */
export function madeRequests(random: Random): Uint8Array {
  return joinBytes(Array.from({ length: random.between(1, 4) }, () => madeRequest(random)));
}

function madeRequest(random: Random): Uint8Array {
  const { method, path, parameters } = random.pick(routes);
  const verb = random.chance(80)
    ? method
    : random.pick(["GET", "HEAD", "OPTIONS", "DELETE", "pub", "POST"]);
  const query = [...parameters, "binary", "defer"].filter(() => random.chance(60)).map((name) =>
    `${name.replace("?", "")}=${random.pick(PARAMETERS)}`
  );
  const target = path.replace(":option", random.pick(OPTION_KEYS)) +
    (query.length > 0 ? `?${query.join("&")}` : "");
  const body = random.bytes(random.between(0, 300));
  const length = random.chance(85) ? body.length : random.between(-1, 10_000_000);
  const chunked = `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`;
  const head = `${verb} ${target} HTTP/1.${random.between(0, 1)}\r\nHost: fuzz\r\n`;
  if (random.chance(20)) return joinBytes([latin1(head + chunked), body, latin1("\r\n0\r\n\r\n")]);
  return joinBytes([latin1(`${head}Content-Length: ${length}\r\n\r\n`), body]);
}

const VALUES = [
  "1",
  "-1",
  '"5s"',
  '""',
  '"abc"',
  "true",
  "1.5",
  "[]",
  '["a", "b"]',
  "[1, 0.5]",
  "1e400",
  "1979-05-27",
  "{a=1}",
  "'",
  '"""',
  "0x10",
  "9223372036854775808",
  "[[[[[[",
  '"\\u0000"',
  '"127.0.0.1:4150"',
];

/** A file that sets options, some of them to nonsense. */
export function madeConfig(random: Random): string {
  const line = () => `${random.pick(OPTION_KEYS)} = ${random.pick(VALUES)}`;
  return Array.from({ length: random.between(0, 8) }, line).join(
    random.pick(["\n", "\r\n", "\n\n[x]\n"]),
  );
}
