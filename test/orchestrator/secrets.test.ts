import { expect, test } from 'vitest';
import { isSecretName, withoutSecrets } from '../../src/orchestrator/secrets.ts';

test.each([
  'AWS4-HMAC-SHA256 Credential=AKIAHUSH/20260302/eu-west-1/ssm/aws4_request, SignedHeaders=host, Signature=0123abcdef',
  'The canonical string should have been\nPOST\n/\n\nhost:ssm\nx-amz-security-token:HUSH\n\nhost',
  'Authorization: Bearer HUSH',
  '{"headers":{"authorization":"Basic HUSH","x-amz-security-token":"HUSH"}}',
  '{"taskToken":"HUSH","output":"{}"}',
  'task_token=HUSH',
  'AWS_SECRET_ACCESS_KEY=HUSH AWS_SESSION_TOKEN=HUSH',
  'X-Amz-Security-Token=HUSH&X-Amz-Date=20260302',
])('what is secret in %j is not shown', (text) => {
  const bare = withoutSecrets(text);
  expect(bare).toContain('[Redacted]');
  expect(bare).not.toMatch(/HUSH|0123abcdef/);
});

test.each([
  'i-0123456789abcdef0: the patch command ended Failed',
  'User: arn:aws:iam::1:user/a is not authorized to perform: ssm:SendCommand',
  'The security token included in the request is invalid.',
  'the execution waits with a task token',
])('%j is shown as it is', (text) => expect(withoutSecrets(text)).toBe(text));

test.each([
  'SecretAccessKey',
  'x-amz-security-token',
  'Authorization',
  'proxy-authorization',
  'task_token',
  'Set-Cookie',
])('%s names a secret', (name) => expect(isSecretName(name)).toBe(true));

test.each(['token', 'key', 'instanceId', 'author'])('%s names none', (name) => expect(isSecretName(name)).toBe(false));
