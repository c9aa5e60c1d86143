// Every route of nsqlookupd's HTTP API, once; the router, the `Allow` headers and the documentation follow from it.

import type { ApiRoute } from "../web/answering.ts";
import { pprofPaths } from "../web/pprof.ts";
import * as handlers from "./handlers.ts";

/** What is fixed about a route. */
export interface LookupdRoute extends ApiRoute {
  readonly method: "GET" | "POST";
  readonly handle: (call: handlers.Call) => Response | Promise<Response>;
  /** What it reads of the query. */
  readonly parameters: readonly string[];
  /** One line for the documentation. */
  readonly help: string;
}

type Handle = LookupdRoute["handle"];

function get(path: string, handle: Handle, parameters: readonly string[], help: string) {
  return { method: "GET", path, handle, isLogged: true, parameters, help } as const;
}

function post(path: string, handle: Handle, parameters: readonly string[], help: string) {
  return { method: "POST", path, handle, isLogged: true, parameters, help } as const;
}

const pprofRoutes = pprofPaths.map(({ method, name, answer, parameters, help }) => ({
  method,
  path: `/debug/pprof/${name}`,
  handle: ({ host, queryText }: handlers.Call) => answer(host, queryText),
  isLogged: true,
  parameters,
  help,
}));
const [pprofIndex] = pprofRoutes;

function unlogged<Row extends LookupdRoute>(row: Row) {
  return { ...row, isLogged: false } as const;
}

const TOPIC = ["topic"] as const;
const TOPIC_AND_CHANNEL = ["topic", "channel"] as const;

/** The routes. */
export const lookupdRoutes = [
  get("/ping", handlers.ping, [], "OK"),
  get("/info", handlers.info, [], "the version"),
  get("/topics", handlers.topics, [], "all topics, whether an nsqd has them now or not"),
  get("/channels", handlers.channels, TOPIC, "the channels of a topic"),
  get("/lookup", handlers.lookup, TOPIC, "the nsqd's that have a topic, and its channels"),
  get("/nodes", handlers.nodes, [], "every nsqd, with its topics"),
  get("/debug", handlers.debug, [], "the whole registry"),
  unlogged(get("/metrics", handlers.metrics, [], "figures for Prometheus; not logged")),
  unlogged(get("/healthz", handlers.healthz, [], "200, or 503 and why the process is stuck")),
  unlogged(get("/readyz", handlers.readyz, [], "200, or 503 and why it can take no more")),
  post("/topic/create", handlers.createTopic, TOPIC, "makes a topic known"),
  post("/topic/delete", handlers.deleteTopic, TOPIC, "forgets a topic; nsqd's are not told"),
  post(
    "/topic/tombstone",
    handlers.tombstoneTopic,
    ["topic", "node"],
    "leaves an nsqd, `broadcast_address:http_port`, out of a topic for a while",
  ),
  post("/channel/create", handlers.createChannel, TOPIC_AND_CHANNEL, "makes a channel known"),
  post("/channel/delete", handlers.deleteChannel, TOPIC_AND_CHANNEL, "forgets a channel"),
  // Upstream answers both here, where its nsqd redirects.
  { ...pprofIndex!, path: "/debug/pprof" },
  ...pprofRoutes,
] as const satisfies readonly LookupdRoute[];
