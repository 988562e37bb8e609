/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
/**
 * The OpenAPI document as a page: made here, of one file, readable without scripts.
 *
 * @module
 */
import type { JSX } from "hono/jsx/jsx-runtime";
import { raw } from "hono/html";
import type { JsonSchema } from "../schema/json_schema.ts";
import type { Node } from "./components.ts";
import type { OpenApiDocument, Operation } from "./document.ts";
import { InnerRow, Prose, SchemaView, TypeText } from "./schema_view.tsx";
import { style, stylePolicy } from "./style.ts";

/** The page of a document. */
export async function referencePage(document: OpenApiDocument): Promise<Response> {
  const { info, tags, components } = document;
  const operations = operationsOf(document);
  const schemas = Object.entries(components.schemas as { readonly [name: string]: JsonSchema });
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{info.title}</title>
        <style>{raw(style)}</style>
      </head>
      <body>
        <nav aria-label="Operations">
          <p class="brand">{info.title}</p>
          {tags.map(({ name }) => (
            <section>
              <h2>{name}</h2>
              <ul>
                {operations.filter(({ tags }) => tags.includes(name)).map(({ operationId, method, summary }) => (
                  <li>
                    <a href={`#${operationId}`}>
                      <Method name={method} />{" "}
                      <span>
                        <Prose text={summary} />
                      </span>
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </nav>
        <main>
          <h1>{info.title}</h1>
          <p>
            <Prose text={info.description} /> <a href="openapi.json">The same as OpenAPI {document.openapi}</a>.
          </p>
          {tags.map(({ name }) => (
            <section>
              <h2>{name}</h2>
              {operations.filter(({ tags }) => tags.includes(name)).map((one) => <OperationView operation={one} />)}
            </section>
          ))}
          <section>
            <h2>Schemas</h2>
            {schemas.map(([name, schema]) => (
              <article id={`schema-${name}`}>
                <h3>{name}</h3>
                {schema.description === undefined ? undefined : (
                  <p>
                    <Prose text={schema.description} />
                  </p>
                )}
                <SchemaView schema={schema} />
              </article>
            ))}
          </section>
        </main>
      </body>
    </html>
  );
  return new Response(`<!doctype html>${await page}`, {
    headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": await stylePolicy() },
  });
}

/** An operation with where it is. */
interface Placed extends Operation {
  readonly method: string;
  readonly path: string;
}

function operationsOf({ paths }: OpenApiDocument): readonly Placed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path }))
  );
}

function Method({ name }: { readonly name: string }): JSX.Element {
  return <span class={`method ${name.toLowerCase()}`}>{name}</span>;
}

function OperationView({ operation }: { readonly operation: Placed }): JSX.Element {
  const { operationId, method, path, summary, description, security, parameters, requestBody, responses } = operation;
  return (
    <article id={operationId}>
      <h3>
        <Method name={method} /> <code>{path}</code>
      </h3>
      <p>
        <Prose text={summary} />.{description === undefined ? undefined : (
          <>
            {" "}
            <Prose text={description} />
          </>
        )}
      </p>
      <p class="scope">
        <Security security={security} />
      </p>
      {parameters ? <ParametersView parameters={parameters} /> : undefined}
      {requestBody ? <BodyView body={requestBody} /> : undefined}
      <h4>Answers</h4>
      <ResponsesView responses={responses} />
    </article>
  );
}

function Security({ security }: { readonly security: Operation["security"] }): JSX.Element {
  const [scope] = security.flatMap((one) => Object.values(one).flat());
  if (security.length === 0) return <>Anybody may call it.</>;
  const isForSingle = security.some((one) => "taskToken" in one);
  const isSigned = security.some((one) => "signature" in one);
  return (
    <>
      Takes {scope === undefined ? "any scope" : (
        <>
          the scope <code>{scope}</code>
        </>
      )}
      {isForSingle ? ", or a token for that task" : ""}
      {isSigned ? ", or a signature" : ""}.
    </>
  );
}

function ParametersView({ parameters }: { readonly parameters: readonly Node[] }): JSX.Element {
  return (
    <>
      <h4>Parameters</h4>
      <div class="wide">
        <table>
          <tbody>
            {parameters.map(({ name, in: where, description, schema }) => (
              <tr>
                <th scope="row">
                  <code>{String(name)}</code> <small>{String(where)}</small>
                </th>
                <td>
                  <TypeText schema={schema as JsonSchema} />
                </td>
                <td>
                  <Prose text={String(description)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function BodyView({ body }: { readonly body: NonNullable<Operation["requestBody"]> }): JSX.Element {
  return (
    <>
      <h4>Body</h4>
      {Object.entries(body.content).map(([type, media]) => {
        const { schema } = media as { readonly schema: JsonSchema & { readonly allOf?: readonly JsonSchema[] } };
        const { allOf: all } = schema;
        return (
          <>
            <p>
              <code>{type}</code>: <Prose text={body.description} />
            </p>
            {all
              ? (
                <p>
                  As <TypeText schema={{ anyOf: all }} />, and:
                </p>
              )
              : undefined}
            <SchemaView schema={schema} />
          </>
        );
      })}
    </>
  );
}

function ResponsesView({ responses }: { readonly responses: Operation["responses"] }): JSX.Element {
  return (
    <div class="wide">
      <table>
        <tbody>
          {Object.entries(responses).filter(([status]) => status !== "default").map(([status, response]) => {
            const [[type, media] = []] = Object.entries(response.content as Node ?? {});
            const schema = (media as { readonly schema?: JsonSchema } | undefined)?.schema;
            const shown = type === "application/json" ? schema : undefined;
            return (
              <>
                <tr>
                  <th scope="row">
                    <code>{status}</code>
                  </th>
                  <td>{shown ? <TypeText schema={shown} /> : type ?? ""}</td>
                  <td>
                    <Prose text={String(response.description)} />
                  </td>
                </tr>
                {shown?.properties ? <InnerRow schema={shown} /> : ""}
              </>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
