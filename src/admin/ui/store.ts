/**
 * A value that components watch: the smallest thing that lets parts of the page share state.
 * It refuses to know what the value means. Invariant: a listener is told after the value has changed.
 */
import { useEffect, useState } from "preact/hooks";

/** A value with listeners. */
export class Store<T> {
  readonly #listeners = new Set<(value: T) => void>();
  #value: T;

  /** Begins with a value. */
  constructor(value: T) {
    this.#value = value;
  }

  /** The present value. */
  get value(): T {
    return this.#value;
  }

  /** Puts another value in its place and tells everybody, unless it is the same one. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Listens until the returned function is called. */
  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The value of a store; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(() => store.value);
  useEffect(() => {
    setValue(() => store.value);
    return store.subscribe((changed) => setValue(() => changed));
  }, [store]);
  return value;
}
