/**
 * Who is in front of the page and what they may do. The server decides; this only spares them buttons
 * that would be refused. Invariant: without a role nothing but the login form is shown.
 */
import { logOut, onSessionEnd } from "./api.ts";
import type { Role } from "./api_shapes.ts";
import { shellSettings } from "./shell_settings.ts";
import { Store, useStore } from "./store.ts";

/** The user of the moment. */
export interface Session {
  readonly user: string | null;
  /** null: nobody is logged in although that is needed. */
  readonly role: Role | null;
}

/** The session, for components to watch. */
export const session: Store<Session> = new Store({
  user: shellSettings.user,
  role: shellSettings.role,
});

const ranks: Readonly<Record<Role, number>> = { view: 0, operate: 1, admin: 2 };

/** True when a role includes what another one may do. */
function roleIncludes(role: Role | null, needed: Role): boolean {
  return role !== null && ranks[role] >= ranks[needed];
}

/** True when the user may do what the role allows. */
export function useMay(needed: Role): boolean {
  return roleIncludes(useStore(session).role, needed);
}

/** Shows the login form as soon as the server knows nobody any more. */
export function followSession(): void {
  onSessionEnd(() => session.set({ user: null, role: null }));
}

/** Logs out; also when the server cannot be reached the figures leave the screen. */
export async function endSession(): Promise<void> {
  await logOut().catch(() => undefined);
  session.set({ user: null, role: null });
}
