/** @jsxImportSource hono/jsx */
/**
 * What surrounds every page: head, navigation, heading, footer.
 *
 * @module
 */
import type { Child } from "hono/jsx";
import type { ScriptName } from "../assets/scripts.ts";
import { type SectionName, sectionNames } from "../navigation.ts";
import { useView } from "../view.tsx";
import { locales } from "../words/locales.ts";
import { Icon } from "./icon.tsx";
import { Logo } from "./logo.tsx";
import { Flashed } from "./flashed.tsx";
import type { Html } from "../html.ts";

const everywhere: readonly ScriptName[] = ["times", "copy", "confirm", "live"];

/** What a page consists of. */
export interface Page {
  /** Its heading, and the title of the window. */
  readonly title: string;
  /** Which entry of the navigation it belongs to. */
  readonly section?: SectionName;
  /** What is beside the heading: buttons. */
  readonly actions?: Child;
  /** What is above the heading: links to the pages above this one. */
  readonly trail?: readonly { readonly label: string; readonly href: string }[];
  /** Its scripts, beside those of every page. */
  readonly scripts?: readonly ScriptName[];
  /** Where its live updates come from, as `view.url` gives it. */
  readonly live?: string;
  /** Whether the heading is there for screen readers alone. */
  readonly bare?: boolean;
  /** The status of the response. */
  readonly status?: number;
  /** What it shows. */
  readonly body: Child;
}

/** A whole document. */
export function Layout(props: Omit<Page, "status">): Html {
  const view = useView();
  const { words } = view;
  const { title, live, scripts = [], body } = props;
  const { ms: _, ...units } = words.units;
  return (
    <html
      lang={view.locale}
      data-theme={view.theme}
      data-now={view.now}
      data-units={JSON.stringify(units)}
      data-ago={words.ago("{}")}
    >
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={view.theme === "auto" ? "light dark" : view.theme} />
        <meta name="robots" content="noindex" />
        <title>{words.title(title, view.app.name)}</title>
        <link rel="icon" href={view.asset("favicon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={view.asset("style.css")} />
        {[...everywhere, ...scripts].map((name) => <script type="module" src={view.asset(`${name}.js`)}></script>)}
      </head>
      <body class={view.viewer ? "with-nav" : "alone"}>
        <a class="skip" href="#content">{words.skip}</a>
        {view.viewer && <Bar section={props.section} />}
        <main id="content" tabindex={-1} data-live={live}>
          <Heading {...props} />
          {view.flash && <Flashed flash={view.flash} />}
          {body}
        </main>
        <ConfirmDialog />
      </body>
    </html>
  );
}

function Heading({ title, trail = [], actions, live, bare }: Omit<Page, "status">): Html {
  const { words } = useView();
  return (
    <header class={bare ? "heading bare" : "heading"}>
      {trail.length > 0 && (
        <nav class="trail" aria-label={words.back}>
          {trail.map(({ label, href }) => <a href={href}>{label}</a>)}
        </nav>
      )}
      <h1>{title}</h1>
      <div class="heading-actions">
        {actions}
        {live !== undefined && (
          <button
            type="button"
            class="live-switch"
            hidden
            data-live-switch
            data-on={words.live.on}
            data-off={words.live.off}
            data-lost={words.live.lost}
            aria-pressed="false"
            data-pause={words.live.pause}
            data-resume={words.live.resume}
            title={words.live.pause}
          >
            <span class="dot" aria-hidden="true"></span>
            <span data-label>{words.live.on}</span>
          </button>
        )}
      </div>
    </header>
  );
}

function Bar({ section }: { readonly section: Page["section"] }): Html {
  const view = useView();
  const { words } = view;
  return (
    <header class="bar">
      <a class="brand" href={view.url("/")}>
        <Logo />
        <span class="brand-name">Umbel</span>
        <span class="brand-app">{view.app.name}</span>
      </a>
      <button type="button" class="menu-button" popovertarget="menu" aria-label={words.menu}>
        <Icon name="menu" />
      </button>
      <div id="menu" popover="auto" class="menu">
        <nav aria-label={words.sections}>
          <ul>
            {sectionNames.map((name) => (
              <li>
                <a
                  href={view.url(name === "overview" ? "/" : `/${name}`)}
                  aria-current={name === section ? "page" : undefined}
                >
                  <Icon name={name} />
                  {words.nav[name]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="menu-foot">
          {view.readOnly && <span class="badge" title={words.readOnlyHint}>{words.readOnly}</span>}
          <Preferences />
          {view.viewer?.caller.kind === "session" && (
            <form method="post" action={view.url("/logout")}>
              <input type="hidden" name="csrf" value={view.viewer?.csrf} />
              <button type="submit" class="quiet">
                <Icon name="leave" />
                {words.logOut}
              </button>
            </form>
          )}
        </div>
      </div>
    </header>
  );
}

/** The switches for language and brightness: each button is a form's submission, so that they work without scripts. */
export function Preferences(): Html {
  const view = useView();
  const { words } = view;
  return (
    <form class="preferences" method="post" action={view.url("/preferences")} aria-label={words.preferences}>
      <input type="hidden" name="to" value={view.here} />
      <div class="segments" role="group" aria-label={words.theme.label}>
        {(["auto", "light", "dark"] as const).map((theme) => (
          <button
            type="submit"
            name="theme"
            value={theme}
            aria-pressed={String(theme === view.theme)}
            aria-label={words.theme[theme]}
            title={words.theme[theme]}
          >
            <Icon name={theme} />
          </button>
        ))}
      </div>
      <div class="segments" role="group" aria-label={words.language}>
        {Object.entries(locales).map(([locale, name]) => (
          <button
            type="submit"
            name="locale"
            value={locale}
            lang={locale}
            aria-pressed={String(locale === view.locale)}
            title={name}
          >
            {locale === "en" ? "EN" : "中文"}
          </button>
        ))}
      </div>
    </form>
  );
}

/** Filled and opened by the script of the same name. */
function ConfirmDialog(): Html {
  const { words: { confirm } } = useView();
  return (
    <dialog id="confirm" aria-labelledby="confirm-title">
      <form method="dialog">
        <h2 id="confirm-title">{confirm.title}</h2>
        <p data-sentence></p>
        <div class="buttons">
          <button type="submit" value="no">{confirm.no}</button>
          <button type="submit" value="yes" class="danger">{confirm.yes}</button>
        </div>
      </form>
    </dialog>
  );
}
