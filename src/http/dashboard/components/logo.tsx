/** @jsxImportSource hono/jsx */
import type { Html } from "../html.ts";

/** The mark: many stalks out of one point. */
export function Logo(): Html {
  return (
    <svg class="logo" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d="M12 22V15M12 15L3.6 9.4M12 15L7.4 5.4M12 15V3.8M12 15L16.6 5.4M12 15L20.4 9.4" />
      <circle cx="3.2" cy="9" r="2.1" />
      <circle cx="7.1" cy="4.8" r="2.1" />
      <circle cx="12" cy="3.2" r="2.1" />
      <circle cx="16.9" cy="4.8" r="2.1" />
      <circle cx="20.8" cy="9" r="2.1" />
    </svg>
  );
}
