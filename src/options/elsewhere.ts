/**
 * What options are called in other queues: for the sentence that refuses them.
 *
 * @module
 */

const names: { readonly [name: string]: string } = {
  ackslate: "acks",
  attempts: "maxRetries",
  autoretryfor: "retryFor",
  backoff: "retry",
  compression: "codecs",
  deduplication: "unique",
  defaultretrydelay: "retryDelay",
  delay: "countdown",
  dontautoretryfor: "dontRetryFor",
  jobid: "id",
  limiter: "rateLimit",
  maxattempts: "maxRetries",
  retrybackoff: "retry",
  retrybackoffmax: "retry",
  retryjitter: "retry",
  retrykwargs: "retry",
  serializer: "codecs",
  taskid: "id",
  ttl: "expires",
};

/** What an option is called here that goes by this name elsewhere, in whatever case. */
export function nameHere(name: string): string | undefined {
  const key = name.toLowerCase().replaceAll("_", "");
  return Object.hasOwn(names, key) ? names[key] : undefined;
}
