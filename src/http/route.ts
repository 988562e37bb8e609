/**
 * A route: a method and a path, who may call it, what it takes and gives, and what answers. All that is served and all
 * that the OpenAPI document says comes from a list of these.
 *
 * @module
 */
import type { Scope } from "./access/scopes.ts";
import type { BodySpec } from "./requests/body_spec.ts";
import type { Call } from "./requests/call.ts";
import type { Parameter, Parameters, ValuesOf } from "./requests/parameters.ts";
import type { Refusal } from "./answers/problem.ts";
import type { JsonSchema } from "./schema/json_schema.ts";

/** The methods of routes. `HEAD` goes with `GET`, and `OPTIONS` is answered for every path. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Who may call: whoever has this scope, whoever is known at all (`caller`), or anybody (`public`). */
export type Admission = Scope | "caller" | "public";

/** What is answered. */
export interface ResponseSpec {
  /** When. */
  readonly description: string;
  /** What its JSON is. */
  readonly schema?: JsonSchema;
  /**
   * What it is, when that is no JSON: `text/event-stream`.
   *
   * @default {"application/json"}
   */
  readonly media?: string;
  /** Its headers, with what each is for. */
  readonly headers?: { readonly [name: string]: string };
}

/** The names of the parameters in a path. */
export type PathNames<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? PathNames<Head> | PathNames<Tail>
  : Path extends `:${infer Name}` ? Name
  : never;

/** One of the things that a route with a parameter stands for, told by itself in the OpenAPI document. */
export interface RouteInstance {
  /** The parameter's value. */
  readonly value: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** What the member `args` of its body is, when somebody else says so: a schema library. */
  readonly args?: JsonSchema;
}

/** What a route is made of. */
export interface RouteDefinition<Path extends string, Query extends Parameters, Headers extends Parameters> {
  /** Its method. */
  readonly method: Method;
  /** Its path below the place where the API is mounted: `/tasks/:task/updates`. */
  readonly path: Path;
  /** Its name: a verb and a noun, `sendTask`. The OpenAPI document's `operationId`, and what the audit says. */
  readonly id: string;
  /** By this it is grouped in the reference: `Tasks`. */
  readonly tag: string;
  /** What it does, in one sentence without a dot. */
  readonly summary: string;
  /** More about it. */
  readonly description?: string;
  /** Who may call it. */
  readonly access: Admission;
  /** Whether a token for the single task that the parameter `task` names will do, and one that may do what. */
  readonly single?: "read" | "revoke";
  /** Whether a signed request needs no token. */
  readonly signed?: boolean;
  /** Whether it changes nothing although its method could: it is answered in read-only mode and not audited. */
  readonly safe?: boolean;
  /** Whether it is asked again and again by machines, so that the audit passes it over. */
  readonly routine?: boolean;
  /** Whether it is left out of the OpenAPI document: pages for people. */
  readonly hidden?: boolean;
  /** Whether it is answered without the broker being opened before. */
  readonly brokerless?: boolean;
  /** The parameters of its path. */
  readonly params?: { readonly [name in PathNames<Path>]: Parameter<string | undefined> };
  /** The parameters of its query. Others are refused. */
  readonly query?: Query;
  /** Whether others are passed over instead, as clients of another program expect it. */
  readonly passesOver?: boolean;
  /** The headers that it reads. */
  readonly headers?: Headers;
  /** What a request carries. */
  readonly body?: BodySpec;
  /** What is answered, by status; errors are told by `problems`. */
  readonly responses: { readonly [status: number]: ResponseSpec };
  /** Codes of the errors that are particular to it, by status. */
  readonly problems?: { readonly [status: number]: readonly string[] };
  /** The things that it stands for, as they are now. */
  readonly instances?: () => readonly RouteInstance[];
  /** How it is told why a request is refused; as a problem when absent. For pages. */
  readonly refuse?: (refusal: Refusal, request: Request) => Response | Promise<Response>;
  /** Answers. What it throws is told as a problem. */
  readonly answer: (
    call: Call<{ readonly [name in PathNames<Path>]: string }, ValuesOf<Query>, ValuesOf<Headers>>,
  ) => Response | Promise<Response>;
}

/** A route, whatever its parameters are. */
export interface Route extends Omit<RouteDefinition<string, Parameters, Parameters>, "params" | "answer"> {
  /** The parameters of its path. */
  readonly params: { readonly [name: string]: Parameter<string | undefined> };
  /** Answers. */
  readonly answer: (call: Call) => Response | Promise<Response>;
}

/** A route: its handler's types come from its path and parameters. */
export function route<
  const Path extends string,
  const Query extends Parameters = Record<never, never>,
  const Headers extends Parameters = Record<never, never>,
>(
  definition:
    & RouteDefinition<Path, Query, Headers>
    & ([PathNames<Path>] extends [never] ? unknown : { readonly params: unknown }),
): Route {
  // What the path and the parameters say is what the dispatcher reads: the compiler cannot know that they are the same.
  return { params: {}, ...definition } as unknown as Route;
}
