// Every route of nsqd's HTTP API, once: method, path, role, handler, whether it is logged, parameters, help. The
// router, the `Allow` headers, redirects and documentation follow from this table.

import type { Role } from "../auth/identity.ts";
import { pprofPaths } from "../web/pprof.ts";
import type { Call, Handler } from "./call.ts";
import {
  createChannel,
  deleteChannel,
  emptyChannel,
  pauseChannel,
  unpauseChannel,
} from "./handlers/channels.ts";
import { getOption, putOption } from "./handlers/config.ts";
import { finish, poll, requeue, subscribe, touch } from "./handlers/consuming.ts";
import { freeMemory, setBlockRate } from "./handlers/debug.ts";
import { history } from "./handlers/history.ts";
import { finishMessage, moveMessage, peekChannel, requeueMessage } from "./handlers/messages.ts";
import { healthz, info, metrics, ping, readyz } from "./handlers/node.ts";
import { mpub, pub } from "./handlers/publishing.ts";
import { stats } from "./handlers/stats.ts";
import {
  createTopic,
  deleteTopic,
  emptyTopic,
  pauseTopic,
  unpauseTopic,
} from "./handlers/topics.ts";

/** What is fixed about a route. */
export interface RouteRow {
  readonly method: "GET" | "POST" | "PUT";
  /** The path; `:option` stands for one segment. */
  readonly path: string;
  readonly handle: Handler;
  /** Who may use it where --http-auth is on; `open` is everybody. */
  readonly role: Role | "open";
  /** Whether each request is a line in the log. Publishing would drown the rest. */
  readonly isLogged: boolean;
  /** What it reads of the query; a question mark follows what may be left out. */
  readonly parameters: readonly string[];
  /** One line for the documentation. */
  readonly help: string;
}

const TOPIC = ["topic"] as const;
const TOPIC_AND_CHANNEL = ["topic", "channel"] as const;
const MESSAGE = [...TOPIC_AND_CHANNEL, "id"] as const;
const CONSUMER = ["msg_timeout?", "sample_rate?"] as const;
const SUB = [...TOPIC_AND_CHANNEL, "max_in_flight?", ...CONSUMER, "fin?", "format?"] as const;
const GET = [...TOPIC_AND_CHANNEL, "count?", "wait?", ...CONSUMER, "format?"] as const;
const PEEK = ["topic", "channel?", "state?", "limit?", "bytes?", "format?", "id?"] as const;
const INCLUDED = ["include_clients?", "include_mem?", "include_more?"] as const;
const STATS = ["format?", "topic?", "channel?", ...INCLUDED] as const;

/** Makes rows of a method. */
function rowsOf<Method extends RouteRow["method"]>(method: Method) {
  return (
    path: string,
    role: RouteRow["role"],
    handle: Handler,
    parameters: readonly string[],
    help: string,
  ) => ({ method, path, role, handle, isLogged: true, parameters, help } as const);
}

const get = rowsOf("GET");
const post = rowsOf("POST");
const put = rowsOf("PUT");

function unlogged<Row extends RouteRow>(row: Row) {
  return { ...row, isLogged: false } as const;
}

const pprofRoutes = pprofPaths.map(({ method, name, answer, parameters, help }) => ({
  method,
  path: `/debug/pprof/${name}` as const,
  role: "admin" as const,
  handle: ({ host, queryText }: Call) => answer(host, queryText),
  isLogged: false,
  parameters,
  help,
}));

/** The routes. */
export const routes = [
  unlogged(post("/pub", "operate", pub, ["topic", "defer?"], "publishes the body as one message")),
  unlogged(
    post(
      "/mpub",
      "operate",
      mpub,
      ["topic", "binary?"],
      "publishes the lines of the body, or a batch",
    ),
  ),
  get("/ping", "open", ping, [], "OK, or 500 and why the node is not healthy"),
  unlogged(get("/healthz", "open", healthz, [], "200, or 503 and why the process is stuck")),
  unlogged(get("/readyz", "open", readyz, [], "200, or 503 and why it should get no traffic")),
  unlogged(get("/metrics", "view", metrics, [], "figures for Prometheus")),
  get("/info", "view", info, [], "version, addresses and limits of the node"),
  get("/stats", "view", stats, STATS, "depths, counters and clients of topics and channels"),
  get("/history", "view", history, ["topic?", "channel?", "since?"], "the last hour, step by step"),
  post("/topic/create", "operate", createTopic, TOPIC, "creates a topic"),
  post("/topic/delete", "admin", deleteTopic, TOPIC, "deletes a topic with its channels"),
  post("/topic/empty", "operate", emptyTopic, TOPIC, "drops what no channel was given yet"),
  post("/topic/pause", "operate", pauseTopic, TOPIC, "holds messages back from the channels"),
  post("/topic/unpause", "operate", unpauseTopic, TOPIC, "gives the channels what was held back"),
  post(
    "/channel/create",
    "operate",
    createChannel,
    TOPIC_AND_CHANNEL,
    "creates a channel of a topic",
  ),
  post(
    "/channel/delete",
    "admin",
    deleteChannel,
    TOPIC_AND_CHANNEL,
    "deletes a channel, closing its clients",
  ),
  post(
    "/channel/empty",
    "operate",
    emptyChannel,
    TOPIC_AND_CHANNEL,
    "drops everything a channel holds",
  ),
  post("/channel/pause", "operate", pauseChannel, TOPIC_AND_CHANNEL, "stops deliveries"),
  post("/channel/unpause", "operate", unpauseChannel, TOPIC_AND_CHANNEL, "lets deliveries go on"),
  get("/channel/peek", "view", peekChannel, PEEK, "messages of a channel, left as they are"),
  post("/message/requeue", "operate", requeueMessage, MESSAGE, "delivers a deferred message now"),
  post("/message/finish", "operate", finishMessage, MESSAGE, "ends a deferred or requeued message"),
  post(
    "/message/move",
    "operate",
    moveMessage,
    [...MESSAGE, "to"],
    "moves a deferred or requeued message to another topic",
  ),
  get("/sub", "operate", subscribe, SUB, "messages as server-sent events, or over a WebSocket"),
  unlogged(get("/get", "operate", poll, GET, "waits for messages and answers with them")),
  unlogged(post("/fin", "operate", finish, MESSAGE, "ends a message that was given out over HTTP")),
  unlogged(
    post("/req", "operate", requeue, [...MESSAGE, "delay?"], "gives back such a message"),
  ),
  unlogged(post("/touch", "operate", touch, MESSAGE, "begins the timeout of such a message anew")),
  get("/config/:option", "admin", getOption, [], "the value of an option"),
  put(
    "/config/:option",
    "admin",
    putOption,
    [],
    "sets log_level or nsqlookupd_tcp_addresses to the body, or begins to drain",
  ),
  ...pprofRoutes,
  put(
    "/debug/setblockrate",
    "admin",
    setBlockRate,
    ["rate"],
    "nothing to set here; answers as NSQ does",
  ),
  post("/debug/freememory", "admin", freeMemory, [], "nothing to free here; answers as NSQ does"),
] as const satisfies readonly RouteRow[];
