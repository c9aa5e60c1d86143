// The text of nsqd.dat, both ways.

import { assertEquals, assertThrows } from "@std/assert";
import { VERSION } from "../../src/base/version.ts";
import { encodeMetadata, parseMetadata } from "../../src/log/metadata.ts";

const channel = (name: string, paused = false) => ({ name, paused });

Deno.test("encodeMetadata() writes upstream's JSON", () => {
  const channels = new Map([["c1", channel("c1")], ["c2", channel("c2", true)]]);
  assertEquals(
    encodeMetadata({ topics: [{ name: "t", paused: false, channels: channels.values() }] }),
    '{"topics":[{"name":"t","paused":false,"channels":[{"name":"c1","paused":false},' +
      `{"name":"c2","paused":true}]}],"version":"${VERSION}"}`,
  );
});

Deno.test("encodeMetadata() writes null for empty lists and leaves ephemeral ones out", () => {
  assertEquals(encodeMetadata({ topics: [] }), `{"topics":null,"version":"${VERSION}"}`);
  const topics = [
    { name: "e#ephemeral", paused: false, channels: [channel("c")] },
    { name: "t", paused: true, channels: [channel("c#ephemeral")] },
  ];
  assertEquals(
    encodeMetadata({ topics }),
    `{"topics":[{"name":"t","paused":true,"channels":null}],"version":"${VERSION}"}`,
  );
});

Deno.test("parseMetadata() reads what encodeMetadata() wrote", () => {
  const topics = [
    { name: "t", paused: true, channels: [channel("c", true), channel("..")] },
    { name: "u", paused: false, channels: [] },
  ];
  assertEquals(parseMetadata(encodeMetadata({ topics })), { topics, warnings: [] });
});

Deno.test("parseMetadata() is lenient where upstream is", () => {
  for (const text of ["{}", "null", '{"topics":null}', ' {"Topics":[],"other":{"x":1}}\n']) {
    assertEquals(parseMetadata(text), { topics: [], warnings: [] });
  }
  const text = '{"TOPICS":[{"Name":"t","extra":1,"cHannels":[{"NAME":"c","paused":null}]}]}';
  assertEquals(parseMetadata(text).topics, [{
    name: "t",
    paused: false,
    channels: [channel("c")],
  }]);
});

Deno.test("parseMetadata() keeps ephemeral ones that somebody listed by hand", () => {
  const { topics } = parseMetadata('{"topics":[{"name":"e#ephemeral"}]}');
  assertEquals(topics.map(({ name }) => name), ["e#ephemeral"]);
});

Deno.test("parseMetadata() leaves invalid names out and says so", () => {
  const text = JSON.stringify({
    topics: [
      { name: "good", channels: [channel("bad!"), channel("fine")] },
      { name: "bad topic", channels: [channel("also bad!")] },
      null,
    ],
  });
  assertEquals(parseMetadata(text), {
    topics: [{ name: "good", paused: false, channels: [channel("fine")] }],
    warnings: [
      "skipping creation of invalid channel bad!",
      "skipping creation of invalid topic bad topic",
      "skipping creation of invalid topic ",
    ],
  });
});

Deno.test("parseMetadata() refuses what is no JSON", () => {
  assertThrows(() => parseMetadata(""), SyntaxError, "unexpected end of JSON input");
  for (const text of ['{"topics": [', "nonsense", '{"topics":[]} more', "\ufeff{}"]) {
    assertThrows(() => parseMetadata(text), SyntaxError);
  }
});

Deno.test("parseMetadata() refuses values of the wrong type and says where", () => {
  const refused: [string, string][] = [
    ["[]", "the file should be an object and is a list"],
    ['"text"', "the file should be an object and is a value of type string"],
    ['{"version":1}', "version should be a string and is a value of type number"],
    ['{"topics":{}}', "topics should be a list and is a value of type object"],
    ['{"topics":["t"]}', "topics[0] should be an object and is a value of type string"],
    ['{"topics":[{"name":7}]}', "topics[0].name should be a string and is a value of type number"],
    [
      '{"topics":[{"name":"t","channels":[{},{"paused":"no"}]}]}',
      "topics[0].channels[1].paused should be true or false and is a value of type string",
    ],
  ];
  for (const [text, message] of refused) {
    assertThrows(() => parseMetadata(text), TypeError, message);
  }
});
