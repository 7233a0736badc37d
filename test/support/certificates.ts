/**
 * Certificates that a test makes for itself: X.509 v3 over P-256, written as DER (RFC 5280 section 4.1), so that no
 * program and no package is needed and none runs out.
 */
import { createPrivateKey, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

export interface CertificateOptions {
  /** Common name of the holder. */
  readonly name: string;
  /** Who signs; itself without. */
  readonly issuer?: Certificate;
  /** Whether it may sign others. */
  readonly isAuthority?: boolean;
  /** DNS names and IPv4 addresses that it speaks for. */
  readonly hosts?: readonly string[];
}

export function createCertificate(options: CertificateOptions): Certificate {
  const { name, issuer, isAuthority = false, hosts = [] } = options;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer: KeyObject = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const issuerName = issuer === undefined ? name : nameOf(issuer);
  const extensions = [extension('2.5.29.19', sequence(...(isAuthority ? [BOOLEAN_TRUE] : [])), true)];
  if (hosts.length > 0) extensions.push(extension('2.5.29.17', sequence(...hosts.map(generalName))));
  const body = sequence(
    element(0xa0, integer(2)),
    integer(++serial),
    ECDSA_SHA256,
    distinguishedName(issuerName),
    sequence(utcTime('250101000000Z'), utcTime('491231235959Z')),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  );
  const der = sequence(body, ECDSA_SHA256, bitString(sign('sha256', body, signer)));
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

let serial = 0;

function nameOf({ cert }: Certificate): string {
  return new X509Certificate(cert).subject.replace(/^CN=/, '');
}

/** Tag, length, contents. */
function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return element(0x30, ...contents);
}

/** Below 128, which is all that is needed. */
function integer(value: number): Buffer {
  return element(0x02, Buffer.from([value]));
}

function bitString(bytes: Buffer): Buffer {
  return element(0x03, Buffer.from([0]), bytes);
}

function utcTime(text: string): Buffer {
  return element(0x17, Buffer.from(text));
}

/** Arcs after the second, in base 128 with the high bit on all but the last byte. */
function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...arcs] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of arcs) {
    const digits = [arc % 128];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      digits.unshift((rest % 128) + 128);
    bytes.push(...digits);
  }
  return element(0x06, Buffer.from(bytes));
}

const BOOLEAN_TRUE = element(0x01, Buffer.from([0xff]));
const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));

function distinguishedName(name: string): Buffer {
  const attribute = sequence(objectId('2.5.4.3'), element(0x0c, Buffer.from(name)));
  return sequence(element(0x31, attribute));
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectId(id), ...(isCritical ? [BOOLEAN_TRUE] : []), element(0x04, value));
}

/** A DNS name, or an address as its four bytes. */
function generalName(host: string): Buffer {
  return isIPv4(host)
    ? element(0x87, Buffer.from(host.split('.').map(Number)))
    : element(0x82, Buffer.from(host));
}
