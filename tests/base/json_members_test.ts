// What JSON.parse does not keep of an object: order, repeated keys, how numbers were written.

import { assertEquals, assertThrows } from "@std/assert";
import { jsonMembers } from "../../src/base/json_members.ts";

function members(text: string): [string, string][] | undefined {
  return jsonMembers(text)?.map(({ key, source }) => [key, source]);
}

Deno.test("jsonMembers() gives the members of an object in order, repeated ones too, values as they were written", () => {
  assertEquals(members(' { "b" : 1.50 ,"a":[1,{"c":2}],"b":null,"":"" }\n'), [
    ["b", "1.50"],
    ["a", '[1,{"c":2}]'],
    ["b", "null"],
    ["", '""'],
  ]);
});

Deno.test("jsonMembers() is not misled by what stands in strings", () => {
  assertEquals(members(String.raw`{"{\"a\\":"}],:\"","x\u0079":{"k":"\\"}}`), [
    ['{"a\\', String.raw`"}],:\""`],
    ["xy", String.raw`{"k":"\\"}`],
  ]);
});

Deno.test("jsonMembers() finds none in an empty object and in null, and tells other values apart", () => {
  for (const text of ["{}", " { } ", "null"]) assertEquals(members(text), [], text);
  for (const text of ["[]", '[{"a":1}]', "1", '"x"', "true"]) assertEquals(jsonMembers(text), null);
});

Deno.test("jsonMembers() throws SyntaxError for what is no JSON and for what is nested too deep", () => {
  for (const text of ["", "{", "{,}", '{"a":1,}', '{"a":01}', "{}{}", "{'a':1}"]) {
    assertThrows(() => jsonMembers(text), SyntaxError);
  }
  const deep = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
  assertEquals(jsonMembers(deep(10_000))?.length, 1);
  assertThrows(() => jsonMembers(deep(10_001)), SyntaxError);
});
