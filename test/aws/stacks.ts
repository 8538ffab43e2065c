/**
 * A server in front of Moto for those who deploy: templates reach its CloudFormation without the types that it does not know, what a test
 * wants answered otherwise is answered here, and every call is kept.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { S3 } from '@aws-sdk/client-s3';
import { withoutLacking } from '../infra/known-to-moto.ts';
import { clientSettings } from './clients.ts';
import { type Listening, listen } from './listen.ts';
import { type Answer, type ApiCall, ApiError, errorAnswer, readCall } from './wire.ts';

export interface Stacks extends Listening {
  /** Every call that came in, in its order: `cloudformation:CreateChangeSet` … */
  calls: string[];
  /** From now on the call is answered so; undefined: by Moto. A thrown `ApiError` is the answer of AWS. */
  answer(call: string, answer: (call: ApiCall) => Answer | undefined): void;
}

/** Starts it on a free loopback port, in front of the Moto at `moto`. */
export async function stacksAt(moto: string): Promise<Stacks> {
  const calls: string[] = [];
  const answers = new Map<string, (call: ApiCall) => Answer | undefined>();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const call = readCall(request.method ?? 'GET', request.url ?? '/', request.headers, body);
    const name = `${call.service}:${call.action}`;
    calls.push(name);
    try {
      const own = answers.get(name)?.(call);
      if (own !== undefined) return send(response, own);
    } catch (error) {
      if (error instanceof ApiError) return send(response, errorAnswer(call, error));
      throw error;
    }
    const form = call.action === 'CreateChangeSet' ? await mended(body.toString(), moto) : body;
    const given = await fetch(`${moto}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      ...(request.method === 'GET' || request.method === 'HEAD' ? {} : { body: form }),
    });
    const answered = Buffer.from(await given.arrayBuffer());
    response.writeHead(given.status, Object.fromEntries([...given.headers].filter(([header]) => !HOP.has(header))));
    response.end(answered);
  };
  const listening = await listen((request, response) => void serve(request, response));
  return { ...listening, calls, answer: (call, answer) => answers.set(call, answer) };
}

/** Headers that are between two neighbours only. */
const HOP = new Set(['host', 'connection', 'content-length', 'content-encoding', 'transfer-encoding', 'expect']);

function headersOf(request: IncomingMessage): [string, string][] {
  return Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && !HOP.has(name) ? [[name, value]] : [],
  );
}

function send(response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, { 'content-type': contentType, 'x-amzn-requestid': 'stacks' }).end(body);
}

/** A template that lies in a bucket is sent along in the end, so that it can be changed on its way. */
async function mended(text: string, moto: string): Promise<string> {
  const form = new URLSearchParams(text);
  const template = form.get('TemplateBody') ?? (await templateAt(form.get('TemplateURL') ?? '', moto));
  form.delete('TemplateURL');
  form.set('TemplateBody', JSON.stringify(withoutLacking(JSON.parse(template))));
  return form.toString();
}

async function templateAt(url: string, moto: string): Promise<string> {
  const { hostname, pathname } = new URL(url);
  const [Bucket = ''] = hostname.split('.s3.');
  const s3 = new S3({ ...clientSettings(moto), forcePathStyle: true });
  return (await (await s3.getObject({ Bucket, Key: pathname.slice(1) })).Body?.transformToString()) ?? '';
}
