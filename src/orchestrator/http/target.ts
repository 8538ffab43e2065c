/** Where a check goes: its URL with an instance's own names in it. */
import { isForbiddenAddress } from './address.ts';

/** An instance as its checks see it; what it does not have is null, absent or empty. */
export interface CheckedInstance {
  instanceId: string;
  privateIp?: string | null | undefined;
  publicIp?: string | null | undefined;
  privateDnsName?: string | null | undefined;
}

/** Either a URL that may be asked, or why there is none. */
export type Target = { url: string } | { trouble: string };

/** Fills `{privateIp}`, `{publicIp}`, `{instanceId}` and `{privateDnsName}` in. */
export function targetOf(template: string, instance: CheckedInstance): Target {
  const known: Record<string, string | null | undefined> = {
    instanceId: instance.instanceId,
    privateIp: instance.privateIp,
    publicIp: instance.publicIp,
    privateDnsName: instance.privateDnsName,
  };
  for (const [placeholder, name = ''] of template.matchAll(/\{(\w*)\}/g)) {
    if (!Object.hasOwn(known, name)) {
      const names = Object.keys(known).map((each) => `{${each}}`);
      return { trouble: `${placeholder} is not known: there are ${names.join(', ')}` };
    }
    if (!known[name]) return { trouble: `${placeholder} cannot be filled in: ${instance.instanceId} has none` };
  }
  return urlToAsk(template.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? ''));
}

/** The URL, relative to `base` when that is given, unless it leads where no check may go. */
export function urlToAsk(text: string, base?: string): Target {
  const url = URL.parse(text, base);
  if (url === null) return { trouble: `${shown(text)} is not a URL` };
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { trouble: `${shown(url.href)} is neither http nor https` };
  if (isForbiddenAddress(url.hostname)) return { trouble: `${url.hostname} is a link-local address: not asked` };
  return { url: url.href };
}

/** A URL as reasons show it: without user, query and fragment (each may be a secret), control characters (an instance may have sent it) and undue length. */
export function shown(text: string): string {
  const url = URL.parse(text);
  if (url !== null && `${url.username}${url.password}` !== '') [url.username, url.password] = ['***', ''];
  const bare = (url?.href ?? text.replace(/\/\/[^/?#]*@/, '//***@')).replace(/([?#]).+$/s, '$1***');
  const plain = bare.replaceAll(/[^\x20-\x7e]/g, '?');
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}
