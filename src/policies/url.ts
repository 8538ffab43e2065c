/** The URLs of a policy: of health checks and hooks (templates, filled in for each instance) and of webhooks. */
import { nearest } from './suggestion.ts';

/** What an instance gives to a URL template, and an example of each. */
const PLACEHOLDERS: Record<string, string> = {
  privateIp: '10.0.0.1',
  publicIp: '192.0.2.1',
  instanceId: 'i-0123456789abcdef0',
  privateDnsName: 'ip-10-0-0-1.ec2.internal',
};

export const URL_ALLOWED = `an http:// or https:// URL, with ${Object.keys(PLACEHOLDERS)
  .map((name) => `{${name}}`)
  .join(' ')} to be filled in for each instance`;

/** Why a URL template of a health check or a hook may not be used, or undefined when it may. */
export function urlTemplateProblem(template: string): string | undefined {
  let unknown: string | undefined;
  const filled = template.replace(/\{([^{}]*)\}/g, (_whole, name: string) => {
    if (!Object.hasOwn(PLACEHOLDERS, name)) unknown ??= name;
    return PLACEHOLDERS[name] ?? 'x';
  });
  if (unknown !== undefined) {
    const meant = nearest(unknown, Object.keys(PLACEHOLDERS));
    return `unknown placeholder {${unknown}}${meant === undefined ? '' : `; did you mean {${meant}}?`}`;
  }
  if (/[{}]/.test(filled)) return 'a brace that opens or closes no placeholder';
  return urlProblem(filled, ['http:', 'https:']);
}

/** Why a URL may not be used, or undefined when it may. Credentials do not belong in one: it is logged and shown. */
export function urlProblem(text: string, protocols: string[]): string | undefined {
  if (/[\s\p{Cc}\p{Bidi_Control}]/u.test(text))
    return 'a URL holds no spaces, and no characters that control a terminal';
  const url = URL.parse(text);
  if (url === null) return 'it is not a URL';
  if (!protocols.includes(url.protocol)) return `the scheme ${url.protocol}// is not one of ${protocols.join(' ')}`;
  if (!/^https?:\/\//i.test(text)) return 'two slashes follow the scheme of a URL';
  if (url.username !== '' || url.password !== '') {
    return 'a user name or password in a URL ends up in logs and histories; send a header instead';
  }
  if (url.hash !== '') return 'a fragment (#…) never reaches the server';
  return undefined;
}

/** A text without what may be a secret in a URL: user and password, the query, and of a webhook the path as well. */
export function redactUrl(text: string, isWebhook: boolean): string {
  const bare = text.replace(/([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#]*@/gi, '$1…@').replace(/(:\/\/[^\s?]*)\?.*$/, '$1?…');
  return isWebhook ? bare.replace(/(:\/\/[^\s/]*)\/.*$/, '$1/…') : bare;
}
