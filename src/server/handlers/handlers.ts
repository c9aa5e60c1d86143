// The handler of each command, hottest first.

import type { Handlers } from "../session.ts";
import { fin, req, touch } from "./acknowledge.ts";
import { auth } from "./authorise.ts";
import { identify, nop } from "./identify.ts";
import { dpub, mpub, pub } from "./publish.ts";
import { cls, rdy, sub } from "./subscribe.ts";

/** One for every command of the table in `wire/commands.ts`. */
export const handlers = {
  FIN: fin,
  PUB: pub,
  MPUB: mpub,
  RDY: rdy,
  REQ: req,
  TOUCH: touch,
  DPUB: dpub,
  NOP: nop,
  SUB: sub,
  CLS: cls,
  IDENTIFY: identify,
  AUTH: auth,
} satisfies Handlers;
