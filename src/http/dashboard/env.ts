/**
 * What a page of the dashboard knows of its own request.
 *
 * @module
 */
import type { View } from "./view.tsx";

/** What Hono's context holds below the dashboard. */
export interface DeskEnv {
  Variables: {
    /** What this request looks at. */
    view: View;
    /** The fields that were sent with it, if it is no mere reading. */
    form: URLSearchParams;
  };
}
