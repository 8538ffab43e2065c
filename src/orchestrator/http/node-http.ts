/** HTTP as others really speak it: nothing that one of them sends, or does not send, may hold us up or fill memory. */
import { type LookupAddress, lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { shortened } from '../printable.ts';
import { isForbiddenAddress } from './address.ts';
import type { HttpAnswer, HttpGet, HttpPost, HttpRequest } from './http.ts';

const MAX_HEADER_BYTES = 16 * 1024;

export interface NodeHttpOptions {
  /** Where to connect instead, while URL and Host header stay: a demo has its 10.x instances on loopback. */
  route?: (host: string, port: number) => { host: string; port: number } | undefined;
}

/** Makes the `HttpGet` over node:http and node:https. Timeouts and latencies are real milliseconds. */
export function nodeHttpGet(options: NodeHttpOptions = {}): HttpGet {
  return async (request) => exchange(request, requestOptions(request, options));
}

/** Makes the `HttpPost` over node:http and node:https, as `nodeHttpGet`. */
export function nodeHttpPost(options: NodeHttpOptions = {}): HttpPost {
  return async ({ json, ...request }) => {
    const { headers, ...rest } = requestOptions(request, options);
    const length = Buffer.byteLength(json);
    const described = { ...headers, 'content-type': 'application/json', 'content-length': String(length) };
    return exchange(request, { ...rest, method: 'POST', headers: described }, json);
  };
}

/** Throws for a host that must not be asked. */
function requestOptions(request: HttpRequest, { route }: NodeHttpOptions) {
  const url = new URL(request.url);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const target = route?.(host, port) ?? { host, port };
  if (isForbiddenAddress(target.host)) throw new Error(`${target.host} is a link-local address: not asked`);
  return {
    host: target.host,
    port: target.port,
    path: url.pathname + url.search,
    headers: {
      host: url.host,
      'user-agent': 'drydock',
      accept: '*/*',
      ...authorization(url),
      ...lowerCaseNames(request.headers),
    },
    // One connection a request: a kept one would say nothing of whether new ones are taken.
    agent: false,
    lookup: lookupAllowed,
    maxHeaderSize: MAX_HEADER_BYTES,
    ...(url.protocol === 'https:' && {
      rejectUnauthorized: !request.insecure,
      // The certificate is for the name in the URL, wherever the connection goes. Server names are never addresses.
      ...(isIP(host) === 0 && { servername: host }),
    }),
  } satisfies RequestOptions & { servername?: string; rejectUnauthorized?: boolean };
}

/** Sends the request and reads the answer to its end, its bound or the end of the time, whichever comes first. */
function exchange(request: HttpRequest, options: RequestOptions, body = ''): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const send = request.url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = send({ ...options, signal: request.signal }, (response) => {
      answered = true;
      read(response, request.maxBodyBytes).then(({ body, truncated }) => {
        resolve({
          status: response.statusCode ?? 0,
          headers: headersOf(response),
          body,
          truncated,
          latencyMs: Math.round(performance.now() - started),
        });
        outgoing.destroy();
      }, fail);
    });
    let answered = false;
    const timer = setTimeout(() => {
      const seconds = `${request.timeoutMs / 1000} s`;
      fail(new Error(answered ? `the answer was not complete in ${seconds}` : `no answer in ${seconds}`));
    }, request.timeoutMs);
    const fail = (error: unknown) => {
      reject(request.signal.aborted ? request.signal.reason : described(error, options.method === undefined));
      outgoing.destroy();
    };
    outgoing.on('error', fail);
    // Without a listener Node cuts the connection and tells nobody: neither an answer nor an error comes.
    outgoing.on('upgrade', (_, socket) => {
      socket.destroy();
      fail(new Error('the answer switches to another protocol'));
    });
    outgoing.on('close', () => {
      clearTimeout(timer);
      if (!answered) fail(new Error(REASONS.ECONNRESET));
    });
    outgoing.end(body);
  });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<{ body: string; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    const bytes: Buffer = chunk;
    chunks.push(bytes);
    length += bytes.length;
    // Breaking off destroys the stream, and so the connection: nothing more is received.
    if (length > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'), truncated: length > maxBytes };
}

/** Like dns.lookup, but gives no link-local address: a name may resolve to anything, and differently each time. */
const lookupAllowed: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const forbidden = addresses?.find(({ address }) => isForbiddenAddress(address));
    const first = addresses?.[0];
    if (error) callback(error, '', 0);
    else if (forbidden)
      callback(new Error(`${hostname} is the link-local address ${forbidden.address}: not asked`), '', 0);
    else if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  });
};

function authorization(url: URL): { authorization?: string } {
  if (url.username === '' && url.password === '') return {};
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** So that a check's own `Host` takes the place of ours instead of being sent beside it. */
function lowerCaseNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function headersOf(response: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed without an answer',
  EPIPE: 'the connection was closed without an answer',
  ETIMEDOUT: 'no connection could be made',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the name is not known to DNS',
  EAI_AGAIN: 'DNS does not answer',
  EPROTO: 'no TLS is spoken there',
  HPE_HEADER_OVERFLOW: `the headers exceed ${MAX_HEADER_BYTES / 1024} KiB`,
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was closed before the answer was complete',
};

/** A certificate may hold thousands of names, and Node tells them all. */
const LONGEST_MESSAGE = 200;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

/** Node's error in the words of a reason; those that are not known keep Node's message. Only a check may be told to be `insecure`. */
function described(error: unknown, isCheck: boolean): Error {
  const message = shortened(error instanceof Error ? error.message : String(error), LONGEST_MESSAGE);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = REASONS[code];
  if (known !== undefined) return new Error(known, { cause: error });
  if (CERTIFICATE.test(code)) {
    // After a semicolon Node advises on its own options.
    const why = message.replace(/;.*/s, '');
    const advice = isCheck ? '; `insecure: true` accepts it' : '';
    return new Error(`the certificate is not trusted (${why})${advice}`, { cause: error });
  }
  if (code.startsWith('HPE_')) return new Error('no HTTP is spoken there', { cause: error });
  return new Error(message, { cause: error });
}
