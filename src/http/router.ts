/**
 * Routes → a Hono app.
 *
 * @module
 */
import { Hono } from "hono";
import type { Arrival, Dispatcher, Place } from "./dispatch.ts";
import type { Method, Route } from "./route.ts";

/** In this order the methods of a path are told. */
const methods: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

const nothing: Place = { routes: new Map() };

/** A Hono app that answers for these routes, and for everything else below their first segments. */
export function router(routes: readonly Route[], dispatcher: Dispatcher): Hono {
  const api = new Hono();
  const answer = (arrival: Arrival) => dispatcher.answer(arrival);
  for (const [path, place] of placesOf(routes)) {
    api.all(path, ({ req }) => answer({ request: req.raw, place, params: req.param(), base: baseOf(req.path, path) }));
  }
  const parts = new Set(routes.map(({ path }) => path.split("/")[1]!));
  for (const part of parts) {
    if (part !== "") {
      api.all(`/${part}/*`, ({ req }) => answer({ request: req.raw, place: nothing, params: {}, base: "" }));
    }
  }
  api.notFound(({ req }) => answer({ request: req.raw, place: nothing, params: {}, base: "" }));
  return api;
}

/** The paths of routes with what is there; those without a parameter come first, since they mean themselves. */
function placesOf(routes: readonly Route[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Map<string, Route>>();
  for (const path of new Set(routes.map(({ path }) => path).sort(byNames))) {
    const here = routes.filter((route) => route.path === path);
    const map = new Map(
      methods.flatMap((method) => here.filter((one) => one.method === method).map((one) => [method, one])),
    );
    if (map.size < here.length) throw new TypeError(`Two routes answer the same method of ${path}`);
    places.set(path, map);
  }
  return new Map([...places].map(([path, routes]) => [path, { routes }]));
}

/** `/dead-letters/resend` before `/dead-letters/:id`. */
function byNames(a: string, b: string): number {
  const kinds = (path: string) => path.split("/").map((segment) => segment.startsWith(":") ? "1" : "0").join("");
  return kinds(a).localeCompare(kinds(b));
}

/** The path below which the API is mounted: what stands before a route's own segments. */
function baseOf(path: string, route: string): string {
  const own = route === "/" ? 0 : route.split("/").length - 1;
  const segments = path.split("/");
  return segments.slice(0, segments.length - own).join("/").replace(/\/$/, "");
}
