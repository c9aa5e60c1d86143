// Errors that a runtime throws where nobody can catch them.

/** Who foresees such an error puts it here while its event is dispatched; then nobody takes it for a fault. */
export const FORESEEN_FAULTS = new WeakSet<object>();
