/**
 * The AWS wire protocols, as far as a gateway needs them: telling which call a request is, and answering it in kind.
 * Systems Manager and CloudWatch speak JSON, Auto Scaling and Elastic Load Balancing the query protocol, EC2 its own
 * dialect of that, S3 plain HTTP.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** `service` is the name that requests are signed for: `autoscaling ec2 elasticloadbalancing ssm monitoring s3`. */
export interface ApiCall {
  service: string;
  action: string;
  /** The JSON document, or the form's flat fields (`InstanceIds.member.1`); of S3 nothing. */
  input: unknown;
  /** Every instance id that the request names. */
  instanceIds: string[];
}

export interface Answer {
  status: number;
  contentType: string;
  body: string;
}

/** An error that AWS would answer with, under the error code that its clients see as the error's name. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

/** Reads a request. The signature says which service it is for: the path and the form alone do not. */
export function readCall(method: string, path: string, headers: IncomingHttpHeaders, body: Buffer): ApiCall {
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'unsigned';
  const instanceIds = [...new Set(text.match(/\bi-[0-9a-f]{8,17}\b/g))];
  const target = headers['x-amz-target'];
  if (typeof target === 'string') {
    const input: unknown = JSON.parse(text);
    return { service, action: target.slice(target.indexOf('.') + 1), input, instanceIds };
  }
  const form = new URLSearchParams(text);
  const action = form.get('Action');
  if (action !== null) return { service, action, input: Object.fromEntries(form), instanceIds };
  return { service, action: `${method} ${path.split('?')[0]}`, input: undefined, instanceIds: [] };
}

/** An answer of Systems Manager: times go over the wire as seconds since 1970. */
export function jsonAnswer(output: object): Answer {
  const wire = JSON.stringify(output, function (this: Record<string, unknown>, key: string, value: unknown) {
    const original = this[key];
    return original instanceof Date ? original.getTime() / 1000 : value;
  });
  return { status: 200, contentType: 'application/x-amz-json-1.1', body: wire };
}

/** An answer of Auto Scaling; `result` is the XML inside `<…Result>`. */
export function queryAnswer(action: string, result: string): Answer {
  const body =
    `<${action}Response xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">` +
    `<${action}Result>${result}</${action}Result>${REQUEST_ID}</${action}Response>`;
  return { status: 200, contentType: 'text/xml', body };
}

/** An answer of EC2; `result` is the XML that follows the request's id. */
export function ec2Answer(action: string, result: string): Answer {
  const body =
    `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
    `<requestId>gateway</requestId>${result}</${action}Response>`;
  return { status: 200, contentType: 'text/xml', body };
}

/** An error in the words of the service that was called. */
export function errorAnswer(call: ApiCall, error: ApiError): Answer {
  const { status, code, message } = error;
  if (call.service === 'ssm' || call.service === 'monitoring') {
    const body = JSON.stringify({ __type: code, message });
    return { status, contentType: 'application/x-amz-json-1.1', body };
  }
  const plain = `<Code>${code}</Code><Message>${xml(message)}</Message>`;
  if (call.service === 'ec2') {
    return xmlError(
      status,
      `<Response><Errors><Error>${plain}</Error></Errors><RequestID>gateway</RequestID></Response>`,
    );
  }
  if (call.service === 's3') return xmlError(status, `<Error>${plain}</Error>`);
  return xmlError(
    status,
    `<ErrorResponse><Error><Type>Sender</Type>${plain}</Error><RequestId>gateway</RequestId></ErrorResponse>`,
  );
}

/** Text as XML content. */
export function xml(text: string): string {
  return text.replace(/[&<>]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'));
}

const REQUEST_ID = '<ResponseMetadata><RequestId>gateway</RequestId></ResponseMetadata>';

function xmlError(status: number, body: string): Answer {
  return { status, contentType: 'text/xml', body };
}
