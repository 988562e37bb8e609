/**
 * What a run came to, as one value.
 *
 * @module
 */
import type { Json } from "../../json.ts";
import type { Retry } from "../../policies/retry.ts";

/** What a run came to. */
export type Outcome =
  /** The handler returned; `size` is about how many characters that takes. */
  | { readonly kind: "succeeded"; readonly result: Json; readonly size: number }
  /** The handler threw, or its run could not go on; whether its task had said that this may happen. */
  | { readonly kind: "failed"; readonly thrown: unknown; readonly isExpected?: true }
  /** The handler asked for another try. */
  | { readonly kind: "retry"; readonly retry: Retry }
  /** The handler wants to run again later, as if it had not run yet. */
  | { readonly kind: "snoozed"; readonly delay: number }
  /** The handler has told itself what the task has come to. */
  | { readonly kind: "ignored" }
  /** It could not be started in time. */
  | { readonly kind: "expired" }
  /** It was revoked. */
  | { readonly kind: "revoked"; readonly terminated?: true }
  /** No task of that name is known here, or no codec or key that its message needs. */
  | { readonly kind: "unknown"; readonly thrown?: Error }
  /** The child that ran it is gone: that counts as the death of a worker. */
  | { readonly kind: "crashed"; readonly thrown: Error }
  /** The worker hands it back. */
  | { readonly kind: "returned" };
