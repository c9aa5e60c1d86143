/**
 * Reads something again and again while it is looked at. A hidden tab asks for nothing.
 * Invariant: at most one request of a component is under way, and a late reply to an earlier question is dropped.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api.ts";
import type { Reply } from "./api_shapes.ts";
import { Store } from "./store.ts";

/** What is known now. While another question of the same family is asked, the earlier reply stays. */
export interface Polled<T> {
  readonly reply: T | undefined;
  readonly error: ApiError | undefined;
  /** Asks at once. */
  readonly reload: () => void;
}

/** When the last reply of any kind came in, for the sign of life in the head of the page. */
export const lastReply: Store<SignOfLife> = new Store<SignOfLife>({ atMs: 0, isGood: true });

/** When a reply came in last (unix milliseconds, 0 for never), and whether it was one. */
export interface SignOfLife {
  readonly atMs: number;
  readonly isGood: boolean;
}

const intervalMsDefault = 2_000;
const intervalMsMin = 500;

/** What a component polls. */
export interface Question<T> {
  /** Changes when the answer must be another one. */
  readonly key: string;
  /** Questions of one family keep the earlier answer on the screen until the new one is there. */
  readonly family: string;
  readonly ask: (signal: AbortSignal) => Promise<T>;
  /** Overrides what the reply says, in milliseconds; the longer the reply, the rarer it may be asked for. */
  readonly everyMs?: number | ((reply: T) => number);
  /** Asked once, and again only by `reload`. */
  readonly isOnce?: boolean;
}

interface Answer<T> {
  readonly family: string;
  readonly reply?: T;
  readonly error?: ApiError;
}

function errorOf(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, String(error));
}

/** Resolves when the tab is seen. */
async function seen(): Promise<void> {
  while (document.hidden) {
    await new Promise((resolve) =>
      document.addEventListener("visibilitychange", resolve, { once: true })
    );
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Both are taken away again: a page stays open for days, and its signal with it.
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

/** Asks until the signal ends it. */
async function poll<T extends Reply>(
  question: Question<T>,
  signal: AbortSignal,
  tell: (change: (before: Answer<T>) => Answer<T>) => void,
): Promise<void> {
  const { family } = question;
  while (!signal.aborted) {
    let intervalMs = intervalMsDefault;
    try {
      const reply = await question.ask(signal);
      if (signal.aborted) return;
      const { everyMs } = question;
      const wanted = typeof everyMs === "function" ? everyMs(reply) : everyMs;
      intervalMs = wanted ?? reply.interval_ms ?? intervalMs;
      tell(() => ({ family, reply }));
      lastReply.set({ atMs: Date.now(), isGood: true });
    } catch (error) {
      if (signal.aborted) return;
      tell((before) => ({ ...before, family, error: errorOf(error) }));
      lastReply.set({ atMs: Date.now(), isGood: false });
    }
    if (question.isOnce) return;
    await pause(Math.max(intervalMs, intervalMsMin), signal);
    await seen();
  }
}

/** Asks now and then, as long as the component is on the page. */
export function usePolled<T extends Reply>(question: Question<T>): Polled<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ family: question.family });
  const [round, setRound] = useState(0);
  const latest = useRef(question);
  latest.current = question;
  useEffect(() => {
    const ending = new AbortController();
    setAnswer((before) =>
      before.family === latest.current.family ? before : { family: latest.current.family }
    );
    void poll(latest.current, ending.signal, setAnswer);
    return () => ending.abort();
  }, [question.key, question.family, round]);
  const reload = useCallback(() => setRound((number) => number + 1), []);
  const isOurs = answer.family === question.family;
  return {
    reply: isOurs ? answer.reply : undefined,
    error: isOurs ? answer.error : undefined,
    reload,
  };
}
