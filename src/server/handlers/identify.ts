// IDENTIFY and NOP: what the client says of itself, and that it is there.

import { byteStringOfText } from "../../base/byte_string.ts";
import { frame, OK_FRAME } from "../../wire/frames.ts";
import { identifyReply, negotiate, parseIdentify } from "../../wire/identify.ts";
import type { Handler } from "../session.ts";
import { offeredLayers, upgradeLater } from "../upgrade.ts";

/** IDENTIFY: may come again before SUB; the latest holds, and what it leaves out stays as it was. */
export const identify: Handler = {
  execute(session) {
    const { client, parser } = session;
    const negotiation = offeredLayers(session);
    const request = parseIdentify(parser.bytes.subarray(parser.bodyStart, parser.bodyEnd));
    const negotiated = negotiate(request, negotiation, client.negotiated);
    client.isIdentified = true;
    client.negotiated = negotiated;
    // What is absent becomes empty, even the id and hostname a client has from its address [quirk].
    client.id = request.client_id;
    client.hostname = request.hostname;
    client.userAgent = request.user_agent;
    client.topologyRegion = request.topology_region;
    client.topologyZone = request.topology_zone;
    session.restartHeartbeat();
    if (!request.feature_negotiation) return session.reply(OK_FRAME);
    session.reply(frame("response", byteStringOfText(identifyReply(negotiated, negotiation))));
    upgradeLater(session, negotiated);
  },
};

/** NOP: answers a heartbeat by being a command. */
export const nop: Handler = { execute() {} };
