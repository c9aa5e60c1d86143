// From a request that asks for it to a WebSocket, on the server that received it.

import type { ApiRequest } from "./api_request.ts";
import {
  CLIENT_TEXT_BYTES_MAX,
  type LinkListener,
  type SocketLink,
  type Upgrade,
} from "./socket_link.ts";

/** A client that does not answer a ping within so long is gone, s. */
const SILENT_S_MAX = 30;

/** Whether a request wants to become a WebSocket. */
export function isUpgrade({ headers }: ApiRequest): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Makes a WebSocket of a request; undefined when it is none that can be answered. */
export function upgraded(request: ApiRequest, listener: LinkListener): Upgrade | undefined {
  if (!(request instanceof Request)) return request.upgrade?.(listener);
  try {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: SILENT_S_MAX });
    return { link: linkOf(socket, listener), response };
  } catch {
    return undefined;
  }
}

function linkOf(socket: WebSocket, listener: LinkListener): SocketLink {
  socket.onopen = () => listener.opened();
  socket.onclose = () => listener.closed();
  // A close event follows.
  socket.onerror = () => {};
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") socket.close(1003, "only text is taken");
    else if (data.length > CLIENT_TEXT_BYTES_MAX) socket.close(1009, "the message is too long");
    else listener.heard(data);
  };
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    get waitingBytes() {
      return socket.bufferedAmount;
    },
    close: (code, reason) => {
      if (socket.readyState <= WebSocket.OPEN) socket.close(code, reason);
    },
  };
}
