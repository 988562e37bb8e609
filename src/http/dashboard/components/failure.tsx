/** @jsxImportSource hono/jsx */
import type { Html } from "../html.ts";
import type { ErrorInfo } from "../../../error_info.ts";
import { useView } from "../view.tsx";
import { Plain } from "./plain.tsx";

/** What a handler threw, with its stack and what caused it, folded. */
export function Failure({ error, open = false }: { readonly error: ErrorInfo; readonly open?: boolean }): Html {
  const { words: { failure } } = useView();
  const { type, message, stack, cause } = error;
  return (
    <div class="thrown">
      <p>
        <strong>
          <Plain text={type} />
        </strong>
        {message !== "" && (
          <span>
            : <Plain text={message} />
          </span>
        )}
      </p>
      {stack !== undefined && (
        <details open={open}>
          <summary>{failure.stack}</summary>
          <pre class="trace" tabindex={0}><Plain text={stack} /></pre>
        </details>
      )}
      {cause && (
        <details open={open}>
          <summary>{failure.cause}</summary>
          <Failure error={cause} />
        </details>
      )}
    </div>
  );
}
