/**
 * The counter: all messages that all channels have taken, running between two readings at the rate of
 * the last ones. Invariant: the number never runs backwards while the cluster does not.
 */
import { useEffect, useRef } from "preact/hooks";
import { read } from "../api.ts";
import type { CounterReply } from "../api_shapes.ts";
import { countText, rateText, shortCountText } from "../figure_text.ts";
import { Loading, PageHead, Tiles } from "../page_parts.tsx";
import { usePolled } from "../polling.ts";
import { runningCount } from "../running_count.ts";
import { ReplyTrouble } from "../warning_list.tsx";

function RunningNumber({ reply }: { readonly reply: CounterReply }) {
  const element = useRef<HTMLParagraphElement>(null);
  const shown = useRef(0);
  useEffect(() => {
    const startMs = performance.now();
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const rate = isStill ? 0 : reply.message_rate ?? 0;
    let frame = 0;
    const draw = () => {
      const elapsedMs = performance.now() - startMs;
      shown.current = runningCount(reply.message_count, rate, elapsedMs, shown.current);
      if (element.current) element.current.textContent = countText(shown.current);
      if (rate > 0) frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [reply]);
  return <p ref={element} class="counter" aria-label="Messages" />;
}

/** The page. */
export function CounterPage() {
  const { reply, error } = usePolled<CounterReply>({
    key: "counter",
    family: "counter",
    ask: (signal) => read("overview/counter", {}, signal),
  });
  return (
    <>
      <PageHead title="Counter" />
      <ReplyTrouble reply={reply} error={error} />
      {reply
        ? (
          <>
            <RunningNumber reply={reply} />
            <Tiles
              tiles={[
                { name: "Per second", text: rateText(reply.message_rate) },
                { name: "Waiting", text: shortCountText(reply.depth) },
              ]}
            />
          </>
        )
        : !error && <Loading />}
    </>
  );
}
