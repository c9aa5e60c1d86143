// GET /api/history: the last hour, from the nsqd's that remember it.

import { jsonReply } from "../../web/replies.ts";
import { type Call, parameter } from "../call.ts";
import { queryText } from "../cluster.ts";
import { Gathering } from "../gathering.ts";
import { historyOf, historyPage } from "../history.ts";
import { askOurs, nodeReports, nodesOf } from "../nodes_of.ts";

const TOPICS_MAX = 100;

/** GET /api/history. */
export async function history(call: Call): Promise<Response> {
  const { host } = call;
  const topics = parameter(call, "topic").split(",").filter((topic) => topic !== "")
    .slice(0, TOPICS_MAX);
  const [only] = topics;
  const gathering = new Gathering(host.log);
  const topic = topics.length === 1 ? only ?? "" : "";
  const producers = await gathering.take(
    "get nodes",
    nodesOf(host, topic, parameter(call, "node")),
  );
  const answers = await askOurs(host, producers, targetOf(call, topics), historyPage);
  const pages = answers.map(({ page }) => page).filter((page) => page !== undefined);
  const { message } = gathering;
  return jsonReply({ ...historyOf(pages), nodes: nodeReports(answers), message });
}

function targetOf(call: Call, topics: readonly string[]): string {
  const channel = parameter(call, "channel");
  const since = parameter(call, "since");
  const query = [
    ...topics.length === 0 ? [] : [`topic=${topics.map(queryText).join(",")}`],
    ...channel === "" ? [] : [`channel=${queryText(channel)}`],
    ...since === "" ? [] : [`since=${queryText(since)}`],
  ];
  return query.length === 0 ? "/history" : `/history?${query.join("&")}`;
}
