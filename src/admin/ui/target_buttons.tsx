/**
 * The buttons of a topic or a channel: its messages, pause, empty, delete, as far as the user may.
 */
import * as actions from "./actions.ts";
import { goTo, Link } from "./place.tsx";
import type { Route } from "./route.ts";
import { useMay } from "./session.ts";

/** The buttons. After deleting, the user is led to `above`. */
export function TargetButtons(
  props: {
    readonly target: actions.Target;
    readonly isPaused: boolean;
    readonly depth: number;
    readonly above: Route;
    readonly reload: () => void;
  },
) {
  const { target, isPaused, depth, above, reload } = props;
  const mayOperate = useMay("operate");
  const mayDelete = useMay("admin");
  const messages: Route = { page: "messages", topic: target.topic, channel: target.channel ?? "" };
  return (
    <>
      {mayOperate && (
        <>
          <Link to={messages} class="button">Messages</Link>
          <button
            type="button"
            onClick={() => void actions.setPaused(target, !isPaused, reload)}
          >
            {isPaused ? "Unpause" : "Pause"}
          </button>
          <button type="button" onClick={() => actions.empty(target, depth, reload)}>Empty</button>
        </>
      )}
      {mayDelete && (
        <button
          type="button"
          class="danger"
          onClick={() => actions.remove(target, () => goTo(above))}
        >
          Delete
        </button>
      )}
    </>
  );
}

/** The button that tombstones a node for a topic; `name` is what its row is about. */
export function TombstoneButton(
  props: {
    readonly node: string;
    readonly topic: string;
    readonly name: string;
    readonly then: () => void;
  },
) {
  const { node, topic, name, then } = props;
  return (
    <button
      type="button"
      class="small"
      title="Hide this node as a producer of the topic"
      aria-label={`Tombstone ${name}`}
      onClick={() => actions.tombstone(node, topic, then)}
    >
      Tombstone
    </button>
  );
}
