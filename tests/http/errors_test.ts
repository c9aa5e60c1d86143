// What each endpoint refuses, in the order it is tested: a request that is wrong in two ways shows which comes first.

import { assertEquals } from "@std/assert";
import { HttpError, type HttpErrorCode, httpErrors } from "../../src/http/http_errors.ts";
import { TestHost } from "./test_host.ts";

const LONG = "n".repeat(65);
const LIMITS = { maxMsgSize: 10, maxBodySize: 50 };

interface Refusal {
  ask: string;
  body?: string;
  gets: HttpErrorCode;
}

const ofPub: Refusal[] = [
  { ask: "POST /pub?topic=%zz", body: "12345678901", gets: "MSG_TOO_BIG" },
  { ask: "POST /pub?topic=%zz", body: "", gets: "MSG_EMPTY" },
  { ask: "POST /pub?topic=%zz", body: "x", gets: "INVALID_REQUEST" },
  { ask: "POST /pub?topic=t;a=b", body: "x", gets: "INVALID_REQUEST" },
  { ask: "POST /pub?topic=t&x=%", body: "x", gets: "INVALID_REQUEST" },
  { ask: "POST /pub?defer=x", body: "x", gets: "MISSING_ARG_TOPIC" },
  { ask: "POST /pub", body: "topic=t", gets: "MISSING_ARG_TOPIC" },
  { ask: "POST /pub?topic=&defer=x", body: "x", gets: "INVALID_TOPIC" },
  { ask: "POST /pub?topic=a+b", body: "x", gets: "INVALID_TOPIC" },
  { ask: "POST /pub?topic=%C3%A4", body: "x", gets: "INVALID_TOPIC" },
  { ask: `POST /pub?topic=${LONG}`, body: "x", gets: "INVALID_TOPIC" },
  ...["x", "-1", "%2B", "1.5", "", "3600001", "9223372036855", "99999999999999999999"].map(
    (defer): Refusal => ({
      ask: `POST /pub?topic=t&defer=${defer}`,
      body: "x",
      gets: "INVALID_DEFER",
    }),
  ),
];

const ofMpub: Refusal[] = [
  { ask: "POST /mpub?topic=%zz", body: "x".repeat(51), gets: "BODY_TOO_BIG" },
  { ask: "POST /mpub?topic=%zz", body: "x", gets: "INVALID_REQUEST" },
  { ask: "POST /mpub", body: "12345678901", gets: "MISSING_ARG_TOPIC" },
  { ask: "POST /mpub?topic=a%24b", body: "12345678901", gets: "INVALID_TOPIC" },
  { ask: "POST /mpub?topic=t", body: "1\n12345678901\n", gets: "MSG_TOO_BIG" },
  { ask: "POST /mpub?topic=t&binary=true", body: "", gets: "BAD_BODY" },
  { ask: "POST /mpub?topic=t&binary=true", body: "\0\0\0", gets: "BAD_BODY" },
  { ask: "POST /mpub?topic=t&binary=true", body: "\0\0\0\0", gets: "BAD_BODY" },
  { ask: "POST /mpub?topic=t&binary=true", body: "\0\0\0\x0a", gets: "BAD_BODY" },
  { ask: "POST /mpub?topic=t&binary=true", body: "\0\0\0\x09", gets: "BAD_MESSAGE" },
  { ask: "POST /mpub?topic=t&binary=true", body: "\0\0\0\x01\0\0\0\0", gets: "BAD_MESSAGE" },
  { ask: "POST /mpub?topic=t&binary=1", body: "\0\0\0\x01\0\0\0\x0b", gets: "BAD_MESSAGE" },
  { ask: "POST /mpub?topic=t&binary=", body: "\0\0\0\x01\0\0\0\x02a", gets: "BAD_MESSAGE" },
];

const ofTopics: Refusal[] = ["create", "delete", "empty", "pause", "unpause"].flatMap((what) => {
  const isNameChecked = what === "create" || what === "empty";
  const path = `POST /topic/${what}`;
  const refusals: Refusal[] = [
    { ask: `${path}?topic=t&a=%g0`, gets: "INVALID_REQUEST" },
    { ask: path, gets: "MISSING_ARG_TOPIC" },
    { ask: `${path}?topic=not%20valid`, gets: isNameChecked ? "INVALID_TOPIC" : "TOPIC_NOT_FOUND" },
  ];
  if (what !== "create") refusals.push({ ask: `${path}?topic=nowhere`, gets: "TOPIC_NOT_FOUND" });
  return refusals;
});

const ofChannels: Refusal[] = ["create", "delete", "empty", "pause", "unpause"].flatMap((what) => {
  const path = `POST /channel/${what}`;
  const refusals: Refusal[] = [
    { ask: `${path}?topic=t&channel=%zz`, gets: "INVALID_REQUEST" },
    { ask: path, gets: "MISSING_ARG_TOPIC" },
    { ask: `${path}?topic=a%20b`, gets: "INVALID_ARG_TOPIC" },
    { ask: `${path}?topic=nowhere`, gets: "MISSING_ARG_CHANNEL" },
    { ask: `${path}?topic=nowhere&channel=${LONG}`, gets: "INVALID_ARG_CHANNEL" },
    { ask: `${path}?topic=nowhere&channel=c`, gets: "TOPIC_NOT_FOUND" },
  ];
  if (what !== "create") {
    refusals.push({ ask: `${path}?topic=t&channel=none`, gets: "CHANNEL_NOT_FOUND" });
  }
  return refusals;
});

const ofOthers: Refusal[] = [
  { ask: "GET /stats?format=json&topic=%zz", gets: "INVALID_REQUEST" },
  { ask: "GET /stats?a;b", gets: "INVALID_REQUEST" },
  { ask: "GET /config/nothing", gets: "INVALID_OPTION" },
  { ask: "GET /config/max-msg-size", gets: "INVALID_OPTION" },
  { ask: "PUT /config/nothing", body: "", gets: "VALUE_SIZE" },
  { ask: "PUT /config/log_level", body: "12345678901", gets: "VALUE_SIZE" },
  { ask: "PUT /config/nothing", body: "x", gets: "INVALID_OPTION" },
  { ask: "PUT /config/toString", body: "x", gets: "INVALID_OPTION" },
  { ask: "PUT /config/max_msg_size", body: "5", gets: "INVALID_OPTION" },
  { ask: "PUT /config/log_level", body: " info", gets: "INVALID_VALUE" },
  { ask: "PUT /config/log_level", body: "info\n", gets: "INVALID_VALUE" },
  { ask: "PUT /config/nsqlookupd_tcp_addresses", body: "a:1", gets: "INVALID_VALUE" },
  { ask: "PUT /config/nsqlookupd_tcp_addresses", body: "[1]", gets: "INVALID_VALUE" },
  { ask: "PUT /config/nsqlookupd_tcp_addresses", body: "{}", gets: "INVALID_VALUE" },
  { ask: "PUT /debug/setblockrate?rate=5", gets: "INTERNAL_ERROR" },
  { ask: "POST /debug/freememory", gets: "INTERNAL_ERROR" },
  { ask: "GET /nothing", gets: "NOT_FOUND" },
];

for (const { ask, body, gets } of [...ofPub, ...ofMpub, ...ofTopics, ...ofChannels, ...ofOthers]) {
  const shown = body === undefined ? ask : `${ask} ${JSON.stringify(body)}`;
  Deno.test(`HTTP API answers ${shown} with ${gets}`, async () => {
    const host = new TestHost(LIMITS);
    host.topics.topic("t", 0);
    const [method, target] = ask.split(" ") as [string, string];
    const reply = await host.ask(method, target, body);
    const { status, text } = new HttpError(gets);
    assertEquals([reply.status, await reply.json()], [status, { message: text }]);
    assertEquals(reply.headers.get("content-type"), "application/json; charset=utf-8");
    assertEquals(reply.headers.get("x-nsq-content-type"), "nsq; version=1.0");
  });
}

Deno.test("httpErrors holds codes in capitals, with a status above 399 and a meaning", () => {
  for (const [code, { status, meaning }] of Object.entries(httpErrors)) {
    assertEquals(/^[A-Z_]+$/.test(code), true, code);
    assertEquals(status >= 400 && status < 600, true, code);
    assertEquals(meaning.length > 10, true, code);
  }
});
