// Lines, bodies, limits and error texts of the command parser, told to it in one piece.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { byteString } from "../../src/base/byte_string.ts";
import {
  CommandParser,
  DOCUMENT_BYTES_MAX,
  LINE_BYTES_MAX,
} from "../../src/wire/command_parser.ts";
import { type CommandName, commands } from "../../src/wire/commands.ts";
import { ProtocolError } from "../../src/wire/errors.ts";
import { executed, hear, LIMITS } from "./heard_commands.ts";
import { batchBody, int32, singleBytes, sized, wireBytes } from "./wire_bytes.ts";

/** A test without any permission: the wire layer is pure. */
function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

/** What comes of these bytes, without the begin lines. */
function heardOf(...texts: string[]): string[] {
  return executed(hear([wireBytes(...texts)]));
}

const SMALL_LIMITS = { maxMsgSize: 10, maxBodySize: 50 };

/** The same with a message limit of 10 and a body limit of 50 bytes. */
function heardWithin(...texts: string[]): string[] {
  return executed(hear([wireBytes(...texts)], SMALL_LIMITS));
}

test("CommandParser takes every command of the table", () => {
  const bodies = {
    none: "",
    message: sized("hi"),
    batch: batchBody(["a", "bc"]),
    document: sized("{}"),
  };
  for (const name of Object.keys(commands) as CommandName[]) {
    const { body, parameters } = commands[name];
    const line = [name, ...parameters].join(" ");

    const heard = heardOf(line, "\n", bodies[body]);

    assertEquals(heard.length, 1, name);
    assert(heard[0]!.startsWith(`${name}(${parameters.length})${JSON.stringify(parameters)}`));
  }
});

test("CommandParser shows a message with its size, a batch from its first message, a document bare", () => {
  assertEquals(heardOf("PUB t\n", sized("hi")), [
    `PUB(1)["t"] body=${JSON.stringify(sized("hi"))}`,
  ]);
  assertEquals(heardOf("MPUB t\n", batchBody(["a", "bc"])), [
    `MPUB(1)["t"] count=2 body=${JSON.stringify(sized("a") + sized("bc"))}`,
  ]);
  assertEquals(heardOf("IDENTIFY\n", sized("{}")), [`IDENTIFY(0)[] body="{}"`]);
});

test("CommandParser takes pipelined commands in order", () => {
  const heard = heardOf("SUB t c\nRDY 1\n", "PUB t\n", sized("x"), "NOP\nCLS\n");

  assertEquals(heard.map((line) => line.slice(0, line.indexOf("("))), [
    "SUB",
    "RDY",
    "PUB",
    "NOP",
    "CLS",
  ]);
});

test("CommandParser drops one CR before the LF and splits at single spaces", () => {
  assertEquals(heardOf("SUB t c\r\n"), ['SUB(2)["t","c"]']);
  assertEquals(heardOf("SUB t c\r\r\n"), ['SUB(2)["t","c\\r"]']);
  assertEquals(heardOf("SUB  a b\n"), ['SUB(3)["","a","b"]']);
  assertEquals(heardOf("NOP \n"), ['NOP(1)[""]']);
  assertEquals(heardOf("SUB a\tb\n"), ['SUB(1)["a\\tb"]']);
  assertEquals(heardOf("NOP\r\n"), ["NOP(0)[]"]);
});

test("CommandParser counts extra parameters and keeps four", () => {
  assertEquals(heardOf("RDY 1 2 3 4 5 6\n"), ['RDY(6)["1","2","3","4"]']);
});

test("CommandParser refuses words that are no command", () => {
  const words = ["", "nop", "NO", "NOPE", "PUB\0", "PUBX", "IDENTIFI", "IDENTIFYX", "TOUC", "\xff"];
  for (const word of words) {
    assertEquals(heardOf(`${word} x\n`), [`error E_INVALID invalid command ${word}`]);
  }
});

test("CommandParser.consume() takes a line of 16384 bytes and closes at one more", () => {
  const longest = "NOP " + "x".repeat(LINE_BYTES_MAX - 5);

  assertEquals(executed(hear([wireBytes(longest, "\n")])).length, 1);
  assertEquals(hear([wireBytes(longest, "x\n")]), ["closed"]);
  assertEquals(hear([wireBytes(longest)]), []);
  assertEquals(hear([wireBytes(longest, "x")]), ["closed"]);
  assertEquals(hear(singleBytes(wireBytes(longest, "x"))), ["closed"]);
});

test("CommandParser bounds the line that follows others, not their sum", () => {
  const longest = "NOP " + "x".repeat(LINE_BYTES_MAX - 5) + "\n";

  const heard = hear([wireBytes("NOP\n", longest, longest, "NOP\n")]);

  assertEquals(executed(heard).length, 4);
});

test("CommandParser refuses the sizes of a message", () => {
  for (const name of ["PUB", "DPUB"]) {
    const line = `${name} t 1\n`;
    const invalid = (size: number) => [
      `error E_BAD_MESSAGE ${name} invalid message body size ${size}`,
    ];
    assertEquals(heardWithin(line, int32(0)), invalid(0));
    assertEquals(heardWithin(line, int32(-2147483648)), invalid(-2147483648));
    assertEquals(heardWithin(line, int32(11)), [
      `error E_BAD_MESSAGE ${name} message too big 11 > 10`,
    ]);
    assertEquals(heardWithin(line, sized("0123456789")).length, 1);
  }
});

test("CommandParser refuses the sizes of a document", () => {
  for (const name of ["IDENTIFY", "AUTH"]) {
    const line = `${name}\n`;
    assertEquals(heardWithin(line, int32(51)), [`error E_BAD_BODY ${name} body too big 51 > 50`]);
    assertEquals(heardWithin(line, int32(0)), [`error E_BAD_BODY ${name} invalid body size 0`]);
    assertEquals(heardWithin(line, int32(-1)), [`error E_BAD_BODY ${name} invalid body size -1`]);
    assertEquals(heardWithin(line, sized("x".repeat(50))).length, 1);
  }
});

test("CommandParser refuses the sizes of a batch", () => {
  const cases: readonly [string, string][] = [
    [int32(0), "E_BAD_BODY MPUB invalid body size 0"],
    [int32(-1), "E_BAD_BODY MPUB invalid body size -1"],
    [int32(51), "E_BAD_BODY MPUB body too big 51 > 50"],
    [int32(50) + int32(0), "E_BAD_BODY MPUB invalid message count 0"],
    [int32(50) + int32(-7), "E_BAD_BODY MPUB invalid message count -7"],
    [int32(50) + int32(10), "E_BAD_BODY MPUB invalid message count 10"],
    [int32(50) + int32(9) + int32(0), "E_BAD_MESSAGE MPUB invalid message(0) body size 0"],
    [
      int32(50) + int32(2) + sized("a") + int32(-1),
      "E_BAD_MESSAGE MPUB invalid message(1) body size -1",
    ],
    [int32(50) + int32(2) + int32(11), "E_BAD_MESSAGE MPUB message too big 11 > 10"],
  ];
  for (const [body, text] of cases) {
    assertEquals(heardWithin("MPUB t\n", body), [`error ${text}`]);
    assertEquals(
      executed(hear(singleBytes(wireBytes("MPUB t\n", body)), SMALL_LIMITS)),
      [`error ${text}`],
    );
  }
});

test("CommandParser takes the largest count of messages", () => {
  const messages = Array.from({ length: 9 }, () => "x");

  const heard = heardWithin("MPUB t\n", int32(49), int32(9), messages.map(sized).join(""));

  assertEquals(heard.length, 1);
  assert(heard[0]!.includes("count=9"));
});

test("CommandParser lets messages run past the announced body size of MPUB", () => {
  const heard = heardOf("MPUB t\n", int32(1), int32(1), sized("long enough"), "NOP\n");

  assertEquals(heard, [
    `MPUB(1)["t"] count=1 body=${JSON.stringify(sized("long enough"))}`,
    "NOP(0)[]",
  ]);
});

test("CommandParser reads bytes behind the last message of MPUB as the next command", () => {
  const heard = heardOf("MPUB t\n", int32(100), int32(1), sized("x"), "NOP\n", "NOP\n");

  assertEquals(heard.slice(1), ["NOP(0)[]", "NOP(0)[]"]);
});

test("CommandParser bounds what an MPUB may bring, whatever size it announced", () => {
  const messages = Array.from({ length: 9 }, () => "0123456789");

  const heard = heardWithin("MPUB t\n", int32(50), int32(9), messages.map(sized).join(""));

  assertEquals(heard, ["error E_BAD_BODY MPUB body too big 70 > 50"]);
});

test("CommandParser.endOfInput() names what was cut short", () => {
  const cases: readonly [string, string][] = [
    ["PUB t\n", "E_BAD_MESSAGE PUB failed to read message body size"],
    ["PUB t\n\0\0\0", "E_BAD_MESSAGE PUB failed to read message body size"],
    ["PUB t\n" + int32(2), "E_BAD_MESSAGE PUB failed to read message body"],
    ["PUB t\n" + int32(2) + "x", "E_BAD_MESSAGE PUB failed to read message body"],
    ["DPUB t 1\n", "E_BAD_MESSAGE DPUB failed to read message body size"],
    ["DPUB t 1\n" + int32(2), "E_BAD_MESSAGE DPUB failed to read message body"],
    ["IDENTIFY\n", "E_BAD_BODY IDENTIFY failed to read body size"],
    ["IDENTIFY\n" + int32(2) + "{", "E_BAD_BODY IDENTIFY failed to read body"],
    ["AUTH\n\0", "E_BAD_BODY AUTH failed to read body size"],
    ["AUTH\n" + int32(2), "E_BAD_BODY AUTH failed to read body"],
    ["MPUB t\n\0", "E_BAD_BODY MPUB failed to read body size"],
    ["MPUB t\n" + int32(9), "E_BAD_BODY MPUB failed to read message count"],
    ["MPUB t\n" + int32(9) + int32(2), "E_BAD_MESSAGE MPUB failed to read message(0) body size"],
    [
      "MPUB t\n" + int32(9) + int32(2) + sized("x") + "\0",
      "E_BAD_MESSAGE MPUB failed to read message(1) body size",
    ],
    [
      "MPUB t\n" + int32(9) + int32(2) + sized("x") + int32(3) + "xy",
      "E_BAD_MESSAGE MPUB failed to read message body",
    ],
  ];
  for (const [text, error] of cases) {
    assertEquals(heardOf(text), [`error ${error}`]);
    assertEquals(executed(hear(singleBytes(wireBytes(text)))), [`error ${error}`]);
  }
});

test("CommandParser.endOfInput() is silent between commands and inside a line", () => {
  assertEquals(heardOf(""), []);
  assertEquals(heardOf("NOP\n"), ["NOP(0)[]"]);
  assertEquals(heardOf("PUB top"), []);
});

test("CommandParser calls begin() before the body has arrived", () => {
  const heard = hear([wireBytes("PUB t\n")]);

  assertEquals(heard[0], "begin PUB(1)");
});

test("CommandParser goes on behind a command whose sink threw", () => {
  const parser = new CommandParser(LIMITS);
  const names: string[] = [];
  const sink = {
    begin() {},
    execute(name: CommandName) {
      names.push(`${name}${parser.parameterCount}`);
      if (name === "FIN") throw new ProtocolError("E_FIN_FAILED", "FIN x failed");
    },
  };
  parser.push(wireBytes("FIN a b\nNOP\n"));

  assertThrows(() => parser.consume(sink), ProtocolError);
  assert(parser.consume(sink));

  assertEquals(names, ["FIN2", "NOP0"]);
});

test("CommandParser.take() waits until the magic is whole", () => {
  const parser = new CommandParser(LIMITS);

  parser.push(wireBytes("  V"));
  assertEquals(parser.take(4), undefined);
  parser.push(wireBytes("2NOP\n"));

  assertEquals(byteString(parser.take(4)!), "  V2");
  const names: string[] = [];
  parser.consume({ begin() {}, execute: (name) => void names.push(name) });
  assertEquals(names, ["NOP"]);
});

test("CommandParser: what a sink copied out stays right after the buffer moved", () => {
  const parser = new CommandParser(LIMITS);
  const copies: Uint8Array[] = [];
  const sink = {
    begin() {},
    execute: () => void copies.push(parser.bytes.slice(parser.bodyStart + 4, parser.bodyEnd)),
  };
  const bodies = Array.from({ length: 300 }, (_, index) => `${index}`.repeat(1 + index % 97));
  const speech = wireBytes(...bodies.map((body) => "PUB t\n" + sized(body)));

  for (let at = 0; at < speech.length; at += 61) {
    parser.push(speech.subarray(at, at + 61));
    parser.consume(sink);
    // Whoever owns the rest of the buffer may write to it.
    parser.space().fill(0xee);
  }

  assertEquals(copies.map((copy) => byteString(copy)), bodies);
});

test("CommandParser never gives an empty space, and grows by what it received only", () => {
  const parser = new CommandParser(LIMITS);
  const sink = { begin() {}, execute() {} };
  parser.push(wireBytes("PUB t\n", int32(LIMITS.maxMsgSize)));
  parser.consume(sink);

  assert(parser.bytes.length <= 2048);
  for (let received = 0; received < 100_000; received += 1000) {
    assert(parser.space().length > 0);
    parser.push(new Uint8Array(1000));
    parser.consume(sink);
  }
  assert(parser.bytes.length <= 4 * 100_000);
});

test("CommandParser.takeRest() gives up what came behind the command that held, untouched", () => {
  const names: string[] = [];
  const sink = {
    begin() {},
    execute(name: string) {
      names.push(name);
      if (name === "IDENTIFY") parser.hold();
    },
  };
  const parser = new CommandParser(LIMITS);
  parser.push(wireBytes("NOP\nIDENTIFY\n", sized("{}"), "\x16\x03\x01NOP\n"));
  parser.consume(sink);
  assertEquals(byteString(parser.takeRest()), "\x16\x03\x01NOP\n");
  parser.push(wireBytes("NOP\n"));
  parser.consume(sink);
  assertEquals(names, ["NOP", "IDENTIFY", "NOP"]);
});

test("CommandParser has its sink say what a word that is no command is answered", () => {
  const answer = new ProtocolError("E_INVALID", "not now");
  const sink = { begin() {}, execute() {}, refuseUnknown: () => answer };
  const parser = new CommandParser(LIMITS);
  parser.push(wireBytes("RUBBISH\n"));
  assertEquals(assertThrows(() => parser.consume(sink)), answer);
});

test("CommandParser takes documents of 64 KiB, but tells upstream's limit to who breaks that", () => {
  const text = "x".repeat(DOCUMENT_BYTES_MAX);
  assertEquals(heardOf("AUTH\n", sized(text)).length, 1);
  const errorOf = (size: number) => heardOf("IDENTIFY\n", int32(size)).at(-1);
  const tooBig = DOCUMENT_BYTES_MAX + 1;
  assertEquals(errorOf(tooBig), `error E_BAD_BODY IDENTIFY body too big ${tooBig} > ${tooBig - 1}`);
  const { maxBodySize } = LIMITS;
  const larger = Math.max(maxBodySize, DOCUMENT_BYTES_MAX) + 1;
  const limit = larger > maxBodySize ? maxBodySize : DOCUMENT_BYTES_MAX;
  assertEquals(errorOf(larger), `error E_BAD_BODY IDENTIFY body too big ${larger} > ${limit}`);
});

test("CommandParser knows when it is in the middle of a command", () => {
  const parser = new CommandParser(LIMITS);
  const sink = { begin() {}, execute() {} };
  const isMid = (text: string) => {
    parser.push(wireBytes(text));
    parser.consume(sink);
    return parser.isMidCommand;
  };
  assertEquals(["NO", "P\n", "PUB t\n", "\0\0\0\u0001", "x", "NOP\nN", "OP\n"].map(isMid), [
    true,
    false,
    true,
    true,
    false,
    true,
    false,
  ]);
});
