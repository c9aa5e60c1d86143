/**
 * The form that logs in. It stands alone: without a session no figure is read.
 */
import { useState } from "preact/hooks";
import { ApiError, logIn } from "../api.ts";
import { Field } from "../field.tsx";
import { currentPlace, goTo } from "../place.tsx";
import { session } from "../session.ts";

function refusalText(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.status === 401) return "That user and token do not belong together.";
  if (error.status === 429) return "Too many attempts. Wait a minute and try again.";
  return error.message;
}

/** The page. */
export function LoginPage() {
  const [user, setUser] = useState("");
  const [token, setToken] = useState("");
  const [refusal, setRefusal] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    try {
      const reply = await logIn(user, token);
      session.set({ user: reply.user, role: reply.role });
      if (currentPlace().route.page === "login") goTo({ page: "topics" });
    } catch (error) {
      setRefusal(refusalText(error));
    } finally {
      setAsking(false);
    }
  };
  return (
    <form class="card login" onSubmit={submit}>
      <h1>nsqadmin</h1>
      <Field name="user" title="User" value={user} onValue={setUser} autocomplete="username" />
      <Field
        name="token"
        title="Token"
        isSecret
        value={token}
        onValue={setToken}
        autocomplete="current-password"
      />
      {refusal && <p class="box error" role="alert">{refusal}</p>}
      <div class="buttons">
        <button type="submit" class="primary" disabled={isAsking || user === "" || token === ""}>
          Log in
        </button>
      </div>
    </form>
  );
}
