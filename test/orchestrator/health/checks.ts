import type { HealthCheck } from '../../../src/policies/policy.ts';

/** A check as a policy that says nothing but its URL has it, with what a test wants otherwise. */
export function check(otherwise: Partial<HealthCheck> = {}): HealthCheck {
  return {
    url: 'http://{privateIp}:80/healthz',
    status: [{ from: 200, to: 299 }],
    body: '',
    json: {},
    headers: {},
    consecutive: 3,
    intervalSeconds: 5,
    timeoutSeconds: 2,
    withinSeconds: 300,
    followRedirects: false,
    insecure: false,
    ...otherwise,
  };
}
