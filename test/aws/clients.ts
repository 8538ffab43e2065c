/** How every AWS SDK client of these tests is made: Moto checks neither the keys nor the signature. */

export const REGION = 'eu-central-1';

/** Settings for an SDK client of the given endpoint. One attempt: a test wants to see the first answer. */
export function clientSettings(endpoint: string) {
  return {
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
}
