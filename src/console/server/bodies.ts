/** How bodies are sent: by their content's hash, so that what is unchanged is not sent again, and compressed where they are large. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const compress = promisify(gzip);
/** Below that a packet holds it anyway. */
const WORTH_COMPRESSING = 1400;

/** A short name of what the text is: another text has another. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** An answer of 200 with the text, or of 304 without it for whoever has it already. `headers` go with both. */
export async function tagged(request: Request, text: string, headers: Record<string, string>): Promise<Response> {
  const etag = `W/"${hashOf(text)}"`;
  const all = { ...headers, etag, vary: 'accept-encoding' };
  if (knows(request, etag)) return new Response(null, { status: 304, headers: all });
  if (text.length < WORTH_COMPRESSING || !takesGzip(request)) return new Response(text, { headers: all });
  const body = await compress(text, { level: constants.Z_BEST_SPEED });
  return new Response(new Uint8Array(body), { headers: { ...all, 'content-encoding': 'gzip' } });
}

/** A file to be saved under that name, sent as it is made. */
export function attachment(
  request: Request,
  parts: AsyncIterable<string> | Iterable<string>,
  mediaType: string,
  file: string,
): Response {
  const headers = {
    'content-type': `${mediaType}; charset=utf-8`,
    'content-disposition': `attachment; filename="${file.replaceAll(/[^\w.-]/g, '_')}"`,
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
  };
  const body = ReadableStream.from(parts).pipeThrough(new TextEncoderStream());
  if (!takesGzip(request)) return new Response(body, { headers });
  const compressed = body.pipeThrough(new CompressionStream('gzip'));
  return new Response(compressed, { headers: { ...headers, 'content-encoding': 'gzip' } });
}

/** A body that never changes, compressed once for all who ask for it. */
export async function asset(text: string, mediaType: string): Promise<(request: Request) => Response> {
  const small = new Uint8Array(await compress(text));
  const headers = {
    'content-type': `${mediaType}; charset=utf-8`,
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  };
  return (request) =>
    takesGzip(request)
      ? new Response(small, { headers: { ...headers, 'content-encoding': 'gzip' } })
      : new Response(text, { headers });
}

/** As RFC 9110 compares for a GET: what is weak counts, and `*` is anything. */
function knows(request: Request, etag: string): boolean {
  const strong = (tag: string) => tag.trim().replace(/^W\//, '');
  const asked = request.headers.get('if-none-match') ?? '';
  return asked.split(',').some((tag) => tag.trim() === '*' || strong(tag) === strong(etag));
}

function takesGzip(request: Request): boolean {
  const accepted = request.headers.get('accept-encoding') ?? '';
  return accepted.split(',').some((coding) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}
