// Every route of nsqadmin, once; the router, the `Allow` headers, who may use it and the documentation follow from it.

import type { AdminRoute, Handler } from "./call.ts";
import { createTopic, deleteTarget, steadyAction, tombstoneNode } from "./handlers/actions.ts";
import { getOption, putOption } from "./handlers/config.ts";
import { rate, render } from "./handlers/graphite.ts";
import { health, metrics, readiness } from "./handlers/health.ts";
import { history } from "./handlers/history.ts";
import { messageAction, peek, publish } from "./handlers/messages.ts";
import {
  counterOverview,
  nodesOverview,
  topicsOverview,
  warningsOverview,
} from "./handlers/overview.ts";
import { asset, page, ping } from "./handlers/page.ts";
import { logIn, logOut, session } from "./handlers/session.ts";
import { tail } from "./handlers/tail.ts";
import { topicOverview } from "./handlers/topic_overview.ts";
import { channel, counter, node, nodes, topic, topics } from "./handlers/topics.ts";

type Role = AdminRoute["role"];

function route(method: AdminRoute["method"]) {
  return (path: string, role: Role, handle: Handler, help: string): AdminRoute => {
    return { method, path, handle, role, isAclExempt: false, isLogged: true, help };
  };
}

const get = route("GET");
const post = route("POST");
const put = route("PUT");
const remove = route("DELETE");

function aclExempt(row: AdminRoute): AdminRoute {
  return { ...row, isAclExempt: true };
}

/** The page asks these every few seconds, and monitoring does: lines of them would drown the rest. */
function unlogged(row: AdminRoute): AdminRoute {
  return { ...row, isLogged: false };
}

/** Addresses of the page, all of which get the same HTML. */
const PAGES = [
  "/",
  "/topics",
  "/topics/:topic",
  "/topics/:topic/:channel",
  "/nodes",
  "/nodes/:node",
  "/counter",
  "/lookup",
  "/create",
  "/login",
  "/messages",
] as const;

const RENDER = "/render";

/** The routes. */
export const adminRoutes: readonly AdminRoute[] = [
  ...PAGES.map((path) => get(path, "open", page, "the page")),
  get("/ping", "open", ping, "OK"),
  get("/static/:asset", "open", asset, "a file of the page"),
  get("/fonts/:asset", "open", asset, "the same"),
  get(RENDER, "view", render, "graphite's graphs, with --proxy-graphite"),
  get("/api/topics", "view", topics, "all topics; with `inactive=true` those that no nsqd has"),
  get("/api/topics/:topic", "view", topic, "a topic, summed and by node"),
  get(
    "/api/topics/:topic/:channel",
    "view",
    channel,
    "a channel, summed and by node, with its clients",
  ),
  get("/api/nodes", "view", nodes, "all nsqd's"),
  get("/api/nodes/:node", "view", node, "an nsqd with its topics, channels and clients"),
  get("/api/counter", "view", counter, "messages of each channel of each node"),
  get("/api/graphite", "view", rate, "a rate, from graphite"),
  post("/api/topics", "operate", createTopic, "creates a topic, and a channel if one is named"),
  post("/api/topics/:topic", "operate", steadyAction, "pauses, unpauses or empties a topic"),
  post("/api/topics/:topic/:channel", "operate", steadyAction, "the same with a channel"),
  remove("/api/topics/:topic", "admin", deleteTarget, "deletes a topic everywhere"),
  remove("/api/topics/:topic/:channel", "admin", deleteTarget, "deletes a channel everywhere"),
  remove("/api/nodes/:node", "admin", tombstoneNode, "takes a topic from a node"),
  aclExempt(get("/config/:option", "admin", getOption, "the value of an option")),
  aclExempt(
    put(
      "/config/:option",
      "admin",
      putOption,
      "sets log_level or nsqlookupd_http_addresses to the body",
    ),
  ),
  get("/api/session", "open", session, "who is logged in"),
  post("/api/session", "open", logIn, "logs in with `user` and `token`"),
  remove("/api/session", "open", logOut, "logs out"),
  unlogged(
    get(
      "/api/overview/topics",
      "view",
      topicsOverview,
      "topics with rates and warnings, a part at a time",
    ),
  ),
  unlogged(
    get(
      "/api/overview/topic",
      "view",
      topicOverview,
      "a topic and its channels, by node, with rates",
    ),
  ),
  unlogged(
    get("/api/overview/nodes", "view", nodesOverview, "nsqd's and nsqlookupd's, and how they are"),
  ),
  unlogged(get("/api/overview/warnings", "view", warningsOverview, "what needs attention")),
  unlogged(
    get(
      "/api/overview/counter",
      "view",
      counterOverview,
      "messages of all channels, and their rate",
    ),
  ),
  unlogged(get("/api/history", "view", history, "the last hour of topics, channels or nodes")),
  get("/api/messages", "operate", peek, "messages of a channel, without taking them"),
  post("/api/messages", "operate", messageAction, "requeues, finishes or moves a message"),
  post("/api/publish", "operate", publish, "publishes a message"),
  get("/api/tail", "operate", tail, "messages as they are published, as events"),
  unlogged(get("/metrics", "view", metrics, "figures for Prometheus")),
  unlogged(get("/healthz", "open", health, "whether the process is worth keeping")),
  unlogged(get("/readyz", "open", readiness, "whether it reaches the cluster")),
];

/** Those that there are with these options. */
export function routesFor(
  { proxyGraphite }: { readonly proxyGraphite: boolean },
): readonly AdminRoute[] {
  return proxyGraphite ? adminRoutes : adminRoutes.filter(({ path }) => path !== RENDER);
}
