// Bodies with places in them.

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { OptionError } from "../../src/options/option_error.ts";
import { sameBody, templateBody } from "../../src/tools/message_template.ts";

const surroundings = { wallMs: () => 1_600_000_000_123, random: Math.random };

function filled(text: string, number = 1): string {
  return new TextDecoder().decode(templateBody(text, surroundings)(number));
}

Deno.test("templateBody() fills in the number, the time and chance", () => {
  assertEquals(filled("é{{n}}-{{ n }}", 12), "é12-12");
  assertEquals(filled("{{now}}"), "2020-09-13T12:26:40.123Z");
  assertMatch(filled("<{{random 16}}>"), /^<[A-Za-z0-9]{16}>$/);
  assertEquals(filled("{{random 3000}}").length, 3000);
});

Deno.test("templateBody() makes other random characters each time", () => {
  const maker = templateBody("{{random 16}}{{random 16}}", surroundings);
  const made = new Set([1, 2, 3].map((number) => new TextDecoder().decode(maker(number))));
  assertEquals(made.size, 3);
  for (const text of made) assertEquals(text.slice(0, 16) === text.slice(16), false);
});

Deno.test("templateBody() leaves alone what is no place, and braces that are meant", () => {
  const json = '{"a":{"b":{}}}';
  assertEquals(filled(json), json);
  assertEquals(filled("{{ {{x} }}"), "{{ {{x} }}");
  assertEquals(filled("\\{{n}}"), "{{n}}");
  assertEquals(sameBody("{{n}}")(1), new TextEncoder().encode("{{n}}"));
});

Deno.test("templateBody() refuses places it does not know", () => {
  for (const place of ["{{x}}", "{{random}}", "{{random 0}}", "{{random 1048577}}", "{{}}"]) {
    assertThrows(() => filled(place), OptionError, `${place} is no place in a message`);
  }
});
