/**
 * Short notices at the edge of the page: what was done, what failed, and the way back where there is one.
 * Invariant: a notice with an undo stays long enough to be read and used; errors stay until dismissed.
 */
import { useEffect } from "preact/hooks";
import { Store, useStore } from "./store.ts";

/** One notice. */
export interface Notice {
  readonly number: number;
  readonly tone: "done" | "warning" | "error";
  readonly text: string;
  readonly undo?: () => void;
}

const notices = new Store<readonly Notice[]>([]);
let lastNumber = 0;

/** At most so many stand on the page; the oldest goes. */
const noticesMax = 4;

/** Shows a notice. */
export function notify(tone: Notice["tone"], text: string, undo?: () => void): void {
  const notice = { number: ++lastNumber, tone, text, ...(undo === undefined ? {} : { undo }) };
  notices.set([...notices.value, notice].slice(-noticesMax));
}

function dismiss(number: number): void {
  notices.set(notices.value.filter((notice) => notice.number !== number));
}

function NoticeLine({ notice }: { readonly notice: Notice }) {
  useEffect(() => {
    if (notice.tone === "error") return;
    const timer = setTimeout(() => dismiss(notice.number), notice.undo ? 12_000 : 5_000);
    return () => clearTimeout(timer);
  }, [notice.number]);
  const undo = () => {
    dismiss(notice.number);
    notice.undo?.();
  };
  return (
    <li class={`notice ${notice.tone}`}>
      <span>{notice.text}</span>
      {notice.undo && <button type="button" class="plain" onClick={undo}>Undo</button>}
      <button
        type="button"
        class="plain quiet"
        aria-label="Dismiss"
        onClick={() => dismiss(notice.number)}
      >
        ✕
      </button>
    </li>
  );
}

/** All notices of the moment; read out by screen readers as they come. */
export function Notices() {
  const list = useStore(notices);
  return (
    <ul class="notices" aria-live="polite">
      {list.map((notice) => <NoticeLine key={notice.number} notice={notice} />)}
    </ul>
  );
}
