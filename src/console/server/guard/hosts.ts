/** Which names the console answers to: a page of somebody else whose name was bent to this computer is not to read it. */
import { isIP, isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import { Refusal } from '../refusals.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Whether only this computer reaches what listens there. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/**
 * Gives what throws a `Refusal` (403) for a Host header that names another than the address listened on. Away from loopback any number
 * of an address will do: only names can be bent, and a name is the one listened on, or this computer's own.
 */
export function hostCheck(listensOn: string): (host: string | undefined) => void {
  const names = new Set([...LOOPBACK, inUrl(listensOn), ...(isLoopback(listensOn) ? [] : [hostname()])].map(lower));
  return (host = '') => {
    const name = lower(/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(host)?.[1] ?? '');
    if (names.has(name)) return;
    if (!isLoopback(listensOn) && isIP(name.replace(/^\[|\]$/g, '')) !== 0) return;
    throw new Refusal(
      403,
      'the console does not answer to the name that it was asked by',
      `Open it by the address that it printed${isLoopback(listensOn) ? ', such as http://127.0.0.1' : ''}.`,
    );
  };
}

/** An address as a URL has it. */
export function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function lower(text: string): string {
  return text.toLowerCase();
}
