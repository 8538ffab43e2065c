/** An error as the JavaScript SDK throws it: `name` is AWS's code, and the metadata says how the answer came. */
export class AwsError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { httpStatusCode: number; requestId: string; attempts: number; totalRetryDelay: number };

  constructor(code: string, message: string, httpStatusCode = 400) {
    super(message);
    this.name = code;
    this.$fault = httpStatusCode >= 500 ? 'server' : 'client';
    this.$metadata = { httpStatusCode, requestId: 'simulated', attempts: 1, totalRetryDelay: 0 };
  }
}

/** What Auto Scaling answers to whatever it refuses; only the message says why. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
