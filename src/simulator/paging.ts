import { AwsError } from './aws-error.ts';

export interface Page<T> {
  items: T[];
  nextToken?: string;
}

/**
 * Cuts one page out of `all`. A token says where the next page begins. Throws `tokenError` for a token that is none of ours, and
 * `sizeError` for a size outside `[1, limit]`.
 */
export function page<T>(
  all: readonly T[],
  request: {
    token?: string | undefined;
    size?: number | undefined;
    limit: number;
    tokenError: string;
    sizeError?: string;
  },
): Page<T> {
  const size = request.size ?? request.limit;
  if (!Number.isInteger(size) || size < 1 || size > request.limit) {
    throw new AwsError(
      request.sizeError ?? 'ValidationException',
      `The page size is ${size}; it must be between 1 and ${request.limit}.`,
    );
  }
  const start = request.token === undefined || request.token === '' ? 0 : startOf(request.token, request.tokenError);
  const items = all.slice(start, start + size);
  return start + size < all.length ? { items, nextToken: `from-${start + size}` } : { items };
}

function startOf(token: string, tokenError: string): number {
  const [, digits] = /^from-(\d+)$/.exec(token) ?? [];
  if (digits === undefined) throw new AwsError(tokenError, `The specified token is not valid: ${token}`);
  return Number(digits);
}

/** Makes the test that an EC2 filter value is: `*` stands for anything, `?` for one character, everything else for itself. */
export function wildcard(pattern: string): (text: string) => boolean {
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (text) => expression.test(text);
}
