/** Who is let in: the credentials of a request against those of the file. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { AuthOptions } from '../util/access.ts';

export interface Guard {
  /** Whether an Authorization header holds credentials of the file. How long it takes tells nothing about them. */
  admits(authorization: string | undefined): boolean;
  /** The WWW-Authenticate header of a refusal. */
  readonly challenge: string;
}

export function createGuard({ bearer_token: token, basic }: AuthOptions): Guard {
  const key = randomBytes(32);
  // Digests are of one length, which timingSafeEqual needs and which hides that of the secret.
  const digest = (scheme: string, credentials: string | Buffer): Buffer =>
    createHmac('sha256', key).update(`${scheme} `).update(credentials).digest();

  const known: Buffer[] = [];
  const challenges: string[] = [];
  if (token !== undefined) {
    known.push(digest('bearer', token));
    challenges.push('Bearer realm="lyrebird"');
  }
  if (basic !== undefined) {
    known.push(digest('basic', `${basic.username}:${basic.password}`));
    challenges.push('Basic realm="lyrebird", charset="UTF-8"');
  }
  return {
    admits(authorization = '') {
      const [, scheme = '', credentials = ''] = /^([^ ]+) +([^ ]+) *$/.exec(authorization) ?? [];
      const name = scheme.toLowerCase();
      const given = digest(name, name === 'basic' ? Buffer.from(credentials, 'base64') : credentials);
      let admitted = false;
      for (const digested of known) if (timingSafeEqual(given, digested)) admitted = true;
      return admitted;
    },
    challenge: challenges.join(', '),
  };
}
