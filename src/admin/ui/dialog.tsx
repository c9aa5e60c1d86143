/**
 * Dialogs: asking before what cannot be undone, and the list of keys. The browser's own <dialog> holds
 * the focus inside and gives it back. Invariant: what destroys messages asks for the name to be typed.
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Store, useStore } from "./store.ts";

/** A question before an action. */
export interface Confirmation {
  readonly title: string;
  readonly text: string;
  /** What the button says: the verb. */
  readonly verb: string;
  /** The name to type before the button works; without one a click is enough. */
  readonly typedName?: string;
  readonly action: () => void;
}

const asked = new Store<Confirmation | undefined>(undefined);

/** Asks before doing something. */
export function confirmFirst(confirmation: Confirmation): void {
  asked.set(confirmation);
}

/** A modal dialog that closes with Escape, its button or a click beside it. */
export function Dialog(
  props: {
    readonly title: string;
    readonly onClose: () => void;
    readonly children: ComponentChildren;
  },
) {
  const element = useRef<HTMLDialogElement>(null);
  // Before anything is painted: what is typed next must go into the dialog.
  useLayoutEffect(() => {
    element.current?.showModal();
    return () => element.current?.close();
  }, []);
  const closeBeside = (event: MouseEvent) => {
    if (event.target === element.current) props.onClose();
  };
  return (
    <dialog ref={element} aria-label={props.title} onClose={props.onClose} onClick={closeBeside}>
      <div class="dialog-inner">
        <h2>{props.title}</h2>
        {props.children}
      </div>
    </dialog>
  );
}

function ConfirmForm({ confirmation }: { readonly confirmation: Confirmation }) {
  const [typed, setTyped] = useState("");
  const { typedName } = confirmation;
  const isReady = typedName === undefined || typed === typedName;
  const close = () => asked.set(undefined);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isReady) return;
    close();
    confirmation.action();
  };
  return (
    <form onSubmit={submit}>
      <p>{confirmation.text}</p>
      {typedName !== undefined && (
        <label>
          <span>
            Type <code>{typedName}</code> to confirm
          </span>
          <input
            name="confirm"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
      )}
      <div class="buttons">
        <button type="button" onClick={close}>Cancel</button>
        <button type="submit" class="danger" disabled={!isReady}>{confirmation.verb}</button>
      </div>
    </form>
  );
}

/** The question of the moment, if there is one. */
export function Confirmations() {
  const confirmation = useStore(asked);
  if (confirmation === undefined) return null;
  // The browser tells that a dialog is closed some milliseconds later: by then another one may have been asked for.
  const close = () => {
    if (asked.value === confirmation) asked.set(undefined);
  };
  return (
    <Dialog key={confirmation} title={confirmation.title} onClose={close}>
      <ConfirmForm confirmation={confirmation} />
    </Dialog>
  );
}
