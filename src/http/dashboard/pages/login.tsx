/** @jsxImportSource hono/jsx */
/**
 * Logging in by a token, and out.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { audit } from "../../access/audit.ts";
import { Refusal } from "../../answers/problem.ts";
import { localPath } from "../action.ts";
import { Button, Field } from "../components/form.tsx";
import { Flashed } from "../components/flashed.tsx";
import { Preferences } from "../components/layout.tsx";
import { Logo } from "../components/logo.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import { setFlash } from "../flash.ts";
import { page } from "../page.tsx";
import { useView } from "../view.tsx";
import type { Html } from "../html.ts";

/** `GET` and `POST /login`, `POST /logout`. */
export function login({ access, log }: Desk): Hono<DeskEnv> {
  const show = (context: Context<DeskEnv>, shown: Omit<LoginProps, "hasUsers">, status = 200) => {
    const { words } = context.get("view");
    const body = <LoginForm {...shown} hasUsers={access.hasPasswords} />;
    return page(context, { title: words.login.title, bare: true, status, body });
  };
  return new Hono<DeskEnv>()
    .get("/login", (context) => {
      const view = context.get("view");
      return view.viewer ? context.redirect(view.url("/"), 303) : show(context, { to: context.req.query("to") ?? "" });
    })
    .post("/login", async (context) => {
      const view = context.get("view");
      const form = context.get("form");
      const to = form.get("to") ?? "";
      const user = (form.get("user") ?? "").trim();
      try {
        const { caller, cookie } = await access.login(context.req.raw, {
          user,
          secret: (form.get("token") ?? "").trim(),
        });
        if (!caller.may("read")) return show(context, { to, user, error: view.words.login.blind }, 403);
        audit(log, { route: { id: "login" }, caller, facts: {}, status: 303 });
        context.header("set-cookie", cookie, { append: true });
        return context.redirect(localPath(view, to), 303);
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown;
        log.warning(`A login at the dashboard was refused: ${thrown.status}`, {
          audit: "login",
          status: thrown.status,
        });
        const error = thrown.status === 429 ? view.words.login.often : view.words.login.wrong;
        return show(context, { to, user, error }, thrown.status);
      }
    })
    .post("/logout", (context) => {
      const view = context.get("view");
      context.header("set-cookie", access.logout(context.req.raw), { append: true });
      setFlash(context, { kind: "done", text: view.words.login.bye });
      return context.redirect(view.url("/login"), 303);
    });
}

interface LoginProps {
  /** Where to go then. */
  readonly to: string;
  /** Whether there are users with passwords, too. */
  readonly hasUsers: boolean;
  /** The name that was given. */
  readonly user?: string;
  /** What was wrong. */
  readonly error?: string;
}

function LoginForm({ to, hasUsers, user, error }: LoginProps): Html {
  const view = useView();
  const { words: { login } } = view;
  return (
    <div class="login">
      <div class="login-brand">
        <Logo />
        <span>Umbel</span>
        <span class="brand-app">{view.app.name}</span>
      </div>
      {error !== undefined && <Flashed flash={{ kind: "failed", text: error }} />}
      <form class="form stack" method="post" action={view.url("/login")}>
        <input type="hidden" name="to" value={to} />
        {hasUsers
          ? (
            <Field
              name="user"
              label={login.user}
              hint={login.userHint}
              autocomplete="username"
              {...(user === undefined ? {} : { value: user })}
            />
          )
          : <input type="text" name="user" value="" autocomplete="username" hidden />}
        <Field
          name="token"
          label={hasUsers ? login.secret : login.token}
          type="password"
          required
          hint={login.hint}
          autocomplete="current-password"
        />
        <Button kind="primary">{login.submit}</Button>
      </form>
      <Preferences />
    </div>
  );
}
