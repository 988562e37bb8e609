/** The HTML of the sign-up app: no assets from elsewhere, readable without a mouse and in the dark. */
import { html, raw } from "hono/html";
import type { CaughtMail } from "./mail_catcher.ts";

type Html = ReturnType<typeof html>;

const style = raw(`
  :root { color-scheme: light dark;
    --ink: #1d2b1f; --paper: #fbfcf8; --line: #c9d3c4; --frame: #75846f; --green: #2c6e3f; --soft: #eef3ea }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e4ece2; --paper: #141a15; --line: #3a473c; --frame: #80907f; --green: #8fd0a0; --soft: #1d261f }
  }
  * { box-sizing: border-box }
  body { margin: 0; font: 1.0625rem/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
  header, main { max-width: 38rem; margin: 0 auto; padding: 1rem 1.25rem }
  header { display: flex; justify-content: space-between; flex-wrap: wrap; gap: .25rem 1rem; padding-top: 2rem }
  header > a { font-weight: 650; text-decoration: none; color: inherit }
  h1 { font-size: 1.9rem; line-height: 1.2; margin: 1rem 0 .5rem }
  a { color: var(--green) }
  label { display: block; font-weight: 600; margin-top: 1rem }
  input { width: 100%; font: inherit; color: inherit; background: var(--paper); padding: .55rem .7rem;
    margin-top: .25rem; border: 1px solid var(--frame); border-radius: .4rem }
  button { font: inherit; font-weight: 600; padding: .6rem 1.1rem; margin: 1.25rem .5rem 0 0; border-radius: .4rem;
    border: 1px solid var(--green); background: var(--green); color: var(--paper); cursor: pointer }
  button.plain { background: none; color: var(--green) }
  :focus-visible { outline: 3px solid var(--green); outline-offset: 2px }
  .note, .error { background: var(--soft); border-left: 4px solid var(--green); padding: .7rem 1rem; margin: 1rem 0 }
  .error { border-color: #b3261e }
  ol { list-style: none; padding: 0 } li { border-top: 1px solid var(--line); padding: .8rem 0 }
  li h2 { font-size: 1.05rem; margin: 0 } li p { margin: .1rem 0 }
  pre { font: inherit; white-space: pre-wrap; margin: .5rem 0 0 }
  .quiet { opacity: .75; font-size: .95rem }
`);

function page(title: string, body: Html): Html {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title} – The Herb Garden</title>
        <link rel="icon" href="data:,">
        <style>${style}</style>
      </head>
      <body>
        <header><a href="/">The Herb Garden</a><nav><a href="/inbox">Inbox of the mail catcher</a></nav></header>
        <main>${body}</main>
      </body>
    </html>
  `;
}

/** What the form shows again when something was wrong with it. */
export interface FormState {
  readonly name: string;
  readonly email: string;
  readonly error: string;
}

/** The page with the form. */
export function signupPage({ name, email, error }: FormState = { name: "", email: "", error: "" }): Html {
  return page(
    "Sign up",
    html`
      <h1>Sign up</h1>
      <p>We send you a welcome mail. A mail server takes its time to accept it; you should not have to wait for that.</p>
      ${error ? html`<p class="error" role="alert">${error}</p>` : ""}
      <form method="post" action="/register">
        <label for="name">Your name</label>
        <input id="name" name="name" autocomplete="name" required maxlength="100" value="${name}">
        <label for="email">Your e-mail address</label>
        <input id="email" name="email" type="email" autocomplete="email" required maxlength="200" value="${email}">
        <button>Sign up</button>
        <button class="plain" formaction="/register?inline">Sign up without the task</button>
      </form>
      <p class="quiet">The second button sends the mail within the request, to compare.</p>
    `,
  );
}

/** The page after signing up. */
export function thanksPage(name: string, milliseconds: string, inline: boolean): Html {
  return page(
    "Thank you",
    html`
      <h1>Thank you, ${name}</h1>
      <p class="note" role="status">
        This took <strong>${milliseconds} ms</strong>:
        ${inline
          ? "the mail was sent within the request."
          : "the request left a message for a worker, which sends the mail meanwhile."}
      </p>
      <p><a href="/inbox">Look at the inbox</a>, or <a href="/">sign somebody else up</a>.</p>
    `,
  );
}

/** The mails that were caught, the newest first. */
export function inboxPage(mails: readonly CaughtMail[]): Html {
  const count = mails.length === 0 ? "No mail yet." : mails.length === 1 ? "1 mail." : `${mails.length} mails.`;
  return page(
    "Inbox",
    html`
      <h1>Inbox</h1>
      <p role="status">${count} New ones show up by themselves.</p>
      <ol>
        ${mails.toReversed().map(({ subject, to, date, text }) =>
          html`
            <li>
              <h2>${subject}</h2>
              <p class="quiet">to ${to}, <time datetime="${date.toISOString()}">${date.toLocaleTimeString(
                "en-GB",
              )}</time></p>
              <pre>${text}</pre>
            </li>
          `
        )}
      </ol>
      <script>new EventSource("/inbox/events").onmessage = () => location.reload()</script>
    `,
  );
}
