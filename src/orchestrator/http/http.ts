/** The ports through which health checks, hooks and webhooks go. Behind them: `node-http.ts`, and in tests whatever answers. */

export interface HttpRequest {
  url: string;
  headers: Record<string, string>;
  /** For everything, the last byte of the body included. */
  timeoutMs: number;
  /** Accept a certificate that does not verify. */
  insecure: boolean;
  /** What is read of the body; the rest is left. */
  maxBodyBytes: number;
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: string;
  /** Whether the body went on after `maxBodyBytes`; absent: it did not. */
  truncated?: boolean;
  /** From the call to the last byte that was read. */
  latencyMs: number;
}

/**
 * Sends one GET and follows no redirect. Rejects with an Error whose message says in a few words why there is no
 * answer (`connection refused`, `no answer in 2 s`), or with the signal's reason.
 */
export type HttpGet = (request: HttpRequest) => Promise<HttpAnswer>;

/** Sends one POST of `json`; otherwise as `HttpGet`. */
export type HttpPost = (request: HttpRequest & { json: string }) => Promise<HttpAnswer>;
