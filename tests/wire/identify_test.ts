// IDENTIFY: the JSON habits of Go, types, bounds, and the reply.

import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf } from "../../src/base/byte_string.ts";
import { ProtocolError } from "../../src/wire/errors.ts";
import {
  identifyFields,
  identifyReply,
  type IdentifyRequest,
  negotiate,
  type NegotiationLimits,
  OUTPUT_BUFFER_SIZE_DEFAULT,
  parseIdentify,
} from "../../src/wire/identify.ts";
import { NEGOTIATION } from "./negotiation.ts";

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function read(document: string): IdentifyRequest {
  return parseIdentify(new TextEncoder().encode(document));
}

function errorOf(action: () => unknown): string {
  return assertThrows(action, ProtocolError).message;
}

function negotiated(document: string, limits: Partial<NegotiationLimits> = {}) {
  return negotiate(read(document), { ...NEGOTIATION, ...limits });
}

const UNDECODABLE = "E_BAD_BODY IDENTIFY failed to decode JSON body";

test("parseIdentify() reads every field of the table", () => {
  const values = { string: '"x"', boolean: "true", int: "7", int32: "8", int64: "9" };
  const expected = { string: "x", boolean: true, int: 7, int32: 8, int64: 9 };
  for (const [name, { type }] of Object.entries(identifyFields)) {
    const request = read(`{"${name}":${values[type]}}`);

    assertEquals(request[name as keyof IdentifyRequest], expected[type], name);
  }
});

test("parseIdentify() refuses a value of another type for every field of the table", () => {
  const noInt64 = [
    '"1"',
    "1.0",
    "1e3",
    "true",
    "[1]",
    "9223372036854775808",
    "-9223372036854775809",
  ];
  const wrong = {
    string: ["1", "true", "[]", "{}"],
    boolean: ['"true"', "1", "[]", "{}"],
    int: noInt64,
    int64: noInt64,
    int32: ['"1"', "1.0", "2147483648", "-2147483649", "true"],
  };
  for (const [name, { type }] of Object.entries(identifyFields)) {
    for (const value of wrong[type]) {
      assertEquals(errorOf(() => read(`{"${name}":${value}}`)), UNDECODABLE, `${name} ${value}`);
    }
  }
});

test("parseIdentify() takes null for absent, any case of keys, and ignores unknown keys", () => {
  assertEquals(read('{"sample_rate":null,"client_id":null}'), read("{}"));
  assertEquals(read('{"CLIENT_ID":"a","Sample_Rate":3}').client_id, "a");
  assertEquals(read('{"CLIENT_ID":"a","Sample_Rate":3}').sample_rate, 3);
  assertEquals(read('{"short_id":1e400,"__proto__":{"client_id":"x"},"toString":[]}'), read("{}"));
});

test("parseIdentify() takes the last value of a key that is repeated, in any case, and passes null over", () => {
  assertEquals(read('{"client_id":"a","client_id":"b"}').client_id, "b");
  assertEquals(
    read('{"client_id":"a","CLIENT_ID":"b","client_id":"c","Client_ID":"d"}').client_id,
    "d",
  );
  assertEquals(read('{"sample_rate":5,"sample_rate":null}').sample_rate, 5);
  assertEquals(read('{"cl\\u0069ent_id":"a , : {"}').client_id, "a , : {");
  assertEquals(read('{"m\u017fg_timeout":6000}').msg_timeout, 6000);
});

test("parseIdentify() refuses a repeated key if any of its values has another type", () => {
  for (const document of ['{"sample_rate":"5","sample_rate":5}', '{"snappy":1,"SNAPPY":true}']) {
    assertEquals(errorOf(() => read(document)), UNDECODABLE, document);
  }
});

test("parseIdentify() takes null for the whole document, and refuses everything else that is no object", () => {
  assertEquals(read("null"), read("{}"));
  assertEquals(read(" {} \n"), read("{}"));
  const others = ["", "[]", "1", '"x"', "true", "{}x", "{} {}", "{'a':1}", "\ufeff{}", "{", "nul"];
  for (const other of others) assertEquals(errorOf(() => read(other)), UNDECODABLE, other);
});

test("parseIdentify() survives nesting that is too deep", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);

  assertEquals(errorOf(() => read(`{"client_id":${deep}}`)), UNDECODABLE);
});

test("parseIdentify() goes ten thousand levels deep, as Go does", () => {
  const document = (depth: number) => `{"x":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;

  assertEquals(read(document(10_000)), read("{}"));
  assertEquals(errorOf(() => read(document(10_001))), UNDECODABLE);
});

test("parseIdentify() replaces bytes that are not UTF-8", () => {
  assertEquals(parseIdentify(bytesOf('{"client_id":"\xff"}')).client_id, "\ufffd");
});

test("negotiate() keeps the defaults of the server for what is absent", () => {
  assertEquals(negotiated("{}"), {
    heartbeatIntervalMs: 30_000,
    outputBufferTimeoutMs: 250,
    outputBufferSize: OUTPUT_BUFFER_SIZE_DEFAULT,
    sampleRate: 0,
    msgTimeoutMs: 60_000,
    isTls: false,
    isDeflate: false,
    isSnappy: false,
    deflateLevel: 6,
  });
});

test("negotiate() takes values at the bounds and refuses those beyond", () => {
  const bounds: readonly [keyof IdentifyRequest, string, number[], number[]][] = [
    ["heartbeat_interval", "heartbeat interval", [-1, 0, 1000, 60_000], [-2, 1, 999, 60_001]],
    ["output_buffer_timeout", "output buffer timeout", [-1, 0, 25, 30_000], [-2, 24, 30_001]],
    ["output_buffer_size", "output buffer size", [-1, 0, 64, 65_536], [-2, 1, 63, 65_537]],
    ["sample_rate", "sample rate", [0, 1, 99], [-1, 100]],
    ["msg_timeout", "msg timeout", [0, 1000, 900_000], [-1, 1, 999, 900_001]],
  ];
  for (const [field, words, legal, illegal] of bounds) {
    for (const value of legal) negotiated(`{"${field}":${value}}`);
    for (const value of illegal) {
      assertEquals(
        errorOf(() => negotiated(`{"${field}":${value}}`)),
        `E_BAD_BODY IDENTIFY ${words} (${value}) is invalid`,
      );
    }
  }
});

test("negotiate() names a refused value with all its digits", () => {
  for (const value of ["9223372036854775807", "-9223372036854775808", "9007199254740993"]) {
    assertEquals(
      errorOf(() => negotiated(`{"msg_timeout":${value}}`)),
      `E_BAD_BODY IDENTIFY msg timeout (${value}) is invalid`,
    );
  }
});

test("negotiate() leaves what a second request says nothing of as the first one made it", () => {
  const first = negotiated(
    '{"heartbeat_interval":2000,"output_buffer_size":100,"output_buffer_timeout":100,"msg_timeout":2000,"sample_rate":5}',
  );
  const again = (document: string) => negotiate(read(document), NEGOTIATION, first);

  // The sample rate has no value that means "as it was": 0 is all messages.
  assertEquals(again("{}"), { ...first, sampleRate: 0 });
  assertEquals(again('{"msg_timeout":3000}').msgTimeoutMs, 3000);
  assertEquals(again('{"msg_timeout":3000}').heartbeatIntervalMs, 2000);
  assertEquals(again('{"output_buffer_size":-1}').outputBufferTimeoutMs, 0);
});

test("negotiate() says off as 0, and unbuffered as a buffer of 1 without a timeout", () => {
  assertEquals(negotiated('{"heartbeat_interval":-1}').heartbeatIntervalMs, 0);
  assertEquals(negotiated('{"output_buffer_timeout":-1}').outputBufferTimeoutMs, 0);
  const unbuffered = negotiated('{"output_buffer_size":-1,"output_buffer_timeout":100}');
  assertEquals([unbuffered.outputBufferSize, unbuffered.outputBufferTimeoutMs], [1, 0]);
});

test("negotiate() reports the first bad field in upstream's order", () => {
  const document = '{"msg_timeout":1,"output_buffer_size":1,"output_buffer_timeout":1}';

  assertEquals(
    errorOf(() => negotiated(document)),
    "E_BAD_BODY IDENTIFY output buffer timeout (1) is invalid",
  );
});

test("negotiate() refuses both compressions only when both would be on", () => {
  const both = '{"feature_negotiation":true,"deflate":true,"snappy":true}';
  const text = "E_IDENTIFY_FAILED cannot enable both deflate and snappy compression";

  assertEquals(errorOf(() => negotiated(both)), text);
  negotiated(both, { isSnappyEnabled: false });
  negotiated(both, { isDeflateEnabled: false });
  negotiated('{"deflate":true,"snappy":true}');
});

test("negotiate() gives the layers that are asked for and offered, to clients that negotiate", () => {
  const layers = (document: string, changes = {}) => {
    const { isTls, isDeflate, isSnappy } = negotiated(document, changes);
    return [isTls, isDeflate, isSnappy];
  };
  const all = '"tls_v1":true,"snappy":true';
  const isTlsOffered = true;
  assertEquals(layers(`{"feature_negotiation":true,${all}}`, { isTlsOffered }), [
    true,
    false,
    true,
  ]);
  assertEquals(layers(`{"feature_negotiation":true,${all}}`), [false, false, true]);
  assertEquals(layers(`{${all}}`, { isTlsOffered }), [false, false, false]);
  const deflate = '{"feature_negotiation":true,"deflate":true}';
  assertEquals(layers(deflate), [false, true, false]);
  assertEquals(layers(deflate, { isDeflateEnabled: false }), [false, false, false]);
});

test("negotiate() clamps the level of deflate", () => {
  assertEquals(negotiated('{"deflate_level":9}', { maxDeflateLevel: 3 }).deflateLevel, 3);
  assertEquals(negotiated("{}", { maxDeflateLevel: 9 }).deflateLevel, 6);
});

test("identifyReply() has upstream's keys in upstream's order", () => {
  const reply = identifyReply(negotiated("{}"), NEGOTIATION);

  assertEquals(
    reply,
    '{"max_rdy_count":2500,"version":"1.2.3","max_msg_timeout":900000,"msg_timeout":60000,' +
      '"tls_v1":false,"deflate":false,"deflate_level":6,"max_deflate_level":6,"snappy":false,' +
      '"sample_rate":0,"auth_required":false,"output_buffer_size":16384,' +
      '"output_buffer_timeout":250,"topology_region":"","topology_zone":""}',
  );
});

test("parseIdentify() takes large documents without looking at each number", () => {
  const zeros = "0,".repeat(20_000);
  assertEquals(read(`{"sample_rate":7,"x":[${zeros}0]}`).sample_rate, 7);
  assertEquals(errorOf(() => read(`{"sample_rate":1.5,"x":[${zeros}0]}`)), UNDECODABLE);
  assertEquals(errorOf(() => read(`{"sample_rate":"7","x":[${zeros}0]}`)), UNDECODABLE);
  assertEquals(errorOf(() => read(`{"sample_rate":${"9".repeat(3000)}}`)), UNDECODABLE);
});
