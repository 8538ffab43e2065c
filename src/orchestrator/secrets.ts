/** What must not be shown, found in the words of others: AWS repeats a request that it refuses, with its signature and its token. */

/** Each with what stays in front of it. */
const PATTERNS = [
  /(AWS4-HMAC-SHA256\s+)Credential=.*?Signature=[0-9a-f]+/gis,
  /((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^\s"',;][^\n"']*/gi,
  /((?:x-amz-)?security-token["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
  /((?:aws[_-]?)?(?:secret[_-]?access[_-]?key|session[_-]?token)["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
  /(task[_-]?token["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
];

/** Names under which a secret lies, in lower case and without hyphens and underscores. */
const NAMES = new Set([
  ...['accesskeyid', 'awsaccesskeyid', 'secretaccesskey', 'awssecretaccesskey', 'sessiontoken', 'awssessiontoken'],
  ...['credentials', 'authorization', 'proxyauthorization', 'cookie', 'setcookie', 'xamzsecuritytoken', 'tasktoken'],
]);

/** The text with `[Redacted]` in the place of each signature, token and key that it names. */
export function withoutSecrets(text: string): string {
  return PATTERNS.reduce((bare, pattern) => bare.replace(pattern, '$1[Redacted]'), text);
}

/** Whether what has this name (`SecretAccessKey`, `x-amz-security-token`) is a secret. */
export function isSecretName(name: string): boolean {
  return NAMES.has(name.toLowerCase().replaceAll(/[-_]/g, ''));
}
