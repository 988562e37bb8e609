/** A view of the dashboard for tests of what it shows. */
import { Umbel } from "@umbel/umbel";
import { View } from "../../../src/http/dashboard/view.tsx";
import type { Locale } from "../../../src/http/dashboard/words/locales.ts";

/** Somebody looks who may do nothing, at noon of the first day of 2026. */
export function testView(locale: Locale = "en"): View {
  return new View({
    app: new Umbel("shop", { env: {} }),
    viewer: undefined,
    readOnly: false,
    locale,
    theme: "auto",
    base: "/dashboard",
    here: "/dashboard",
    flash: undefined,
    assetPath: (name) => `/assets/${name}`,
    now: Date.UTC(2026, 0, 1, 12),
  });
}
