/** The settings of the server itself; those of features stand in their declarations. */

import { domainOf, tryJid } from '@waxwing/jid'
import { defaultMechanisms } from '../session/login.ts'
import { type Setting, setting } from './setting.ts'

const second = 1000
const minute = 60 * second
const kibibyte = 1024
const mebibyte = 1024 * kibibyte

function preparedDomain(text: string): string | undefined {
  const address = tryJid(text)
  return address !== undefined && domainOf(address) === address ? address : undefined
}

const writtenDomain = setting.text('localhost', 'A domain.', {
  form: 'a domain name, as in "example.org"',
  accepts: text => preparedDomain(text) !== undefined,
})

/** A domain in its prepared form (RFC 7622 §3.2). */
const domain: Setting<string> = {
  ...writtenDomain,
  read: (found, folder) => {
    const written = writtenDomain.read(found, folder)
    return preparedDomain(written) ?? written
  },
}

const mechanism = setting.oneOf(defaultMechanisms, 'SCRAM-SHA-256', 'A SASL mechanism.')

/** What a file may say outside of `[features]` and `[host]`. */
export const serverSettings = {
  hosts: setting.list(domain, ['localhost'], 'The domains this server serves.', { min: 1, max: 10_000 }),
  data: setting.path('waxwing-data', 'The folder for the store and the generated certificate.'),
  store: {
    file: setting.path(undefined, 'The store’s file; waxwing.sqlite in the data folder when left out.'),
    maxBytes: setting.bytes(
      undefined,
      'The size beyond which the store refuses to grow; no limit when left out.',
      {
        min: mebibyte,
      },
    ),
  },
  listen: {
    client: setting.address(
      '[::]:5222',
      'Where clients connect; TLS begins inside the stream (RFC 6120 §5).',
    ),
    directTls: setting.address('[::]:5223', 'Where clients connect with TLS from the first byte (XEP-0368).'),
    component: setting.address(
      '127.0.0.1:5347',
      'Where components connect (XEP-0114); closed as long as no component is declared.',
    ),
  },
  tls: {
    certificate: setting.path(
      undefined,
      'The certificate with its chain, PEM; a self-signed one is generated when left out. Read again when it changes.',
    ),
    key: setting.path(undefined, 'The certificate’s private key, PEM.'),
    clientAuthorities: setting.path(
      undefined,
      'Authorities, PEM, whose client certificates are believed for EXTERNAL; none are asked for when left out.',
    ),
    clientCertificates: setting.flag(
      false,
      'Whether clients are asked for certificates of their own making, for accounts that have been given them (XEP-0257).',
    ),
    minVersion: setting.oneOf(['TLSv1.2', 'TLSv1.3'], 'TLSv1.2', 'The oldest version of TLS accepted.'),
    required: setting.flag(true, 'Whether clients must use TLS before they log in.'),
  },
  sasl: {
    mechanisms: setting.list(
      mechanism,
      defaultMechanisms,
      'Ways to log in, best first. PLAIN and EXTERNAL are offered under TLS only.',
      { min: 1, max: 8 },
    ),
    iterations: setting.count(
      10_000,
      'Rounds of key derivation for new passwords; accounts keep theirs until the password changes.',
      { min: 4096, max: 10_000_000 },
    ),
  },
  limits: {
    stanzaBytes: setting.bytes(
      '256 KiB',
      'The largest stanza of a client that has logged in (RFC 6120 §13.12).',
      {
        min: 10_000,
        max: 64 * mebibyte,
      },
    ),
    stanzaBytesBeforeLogin: setting.bytes('10 kB', 'The largest element before login (RFC 6120 §13.12).', {
      min: 10_000,
      max: mebibyte,
    }),
    depth: setting.count(128, 'How deep elements may be nested.', { min: 8, max: 10_000 }),
    attributes: setting.count(64, 'Attributes one element may have.', { min: 16, max: 10_000 }),
    nameBytes: setting.bytes('1 KiB', 'The longest name of an element or attribute.', {
      min: 128,
      max: mebibyte,
    }),
    attributeBytes: setting.bytes('64 KiB', 'The longest value of an attribute.', {
      min: 3072,
      max: 16 * mebibyte,
    }),
    namespaces: setting.count(64, 'Namespaces that may be declared in one stanza.', { min: 16, max: 10_000 }),
    negotiationTimeout: setting.duration(
      '30s',
      'Time until a client must have logged in and bound a resource.',
      {
        min: second,
        max: 10 * minute,
      },
    ),
    loginAttempts: setting.count(3, 'Failed logins after which a stream ends (RFC 6120 §6.4.5).', {
      min: 2,
      max: 100,
    }),
    loginFailuresPerAddress: setting.count(
      30,
      'Failed logins an IP address (of IPv6 a /64) has free; beyond them its connections have to wait, longer each time.',
      { max: 1_000_000 },
    ),
    connectionsPerAddress: setting.count(2000, 'Connections one IP address may have open.', {
      min: 1,
      max: 1_000_000,
    }),
    unauthenticatedConnections: setting.count(
      10_000,
      'Connections that may be open without having logged in.',
      {
        min: 1,
        max: 1_000_000,
      },
    ),
    bytesPerSecond: setting.bytes(
      '10 MiB',
      'What one connection may send on average; beyond it reading waits.',
      {
        min: 1000,
      },
    ),
    burstBytes: setting.bytes('20 MiB', 'What one connection may send at once before that average counts.', {
      min: 10_000,
    }),
    outboxBytes: setting.bytes(
      '8 MiB',
      'What may wait for a slow receiver before its connection is given up.',
      {
        min: 64 * kibibyte,
        max: 1024 * mebibyte,
      },
    ),
    sendTimeout: setting.duration(
      '60s',
      'Time a receiver may take nothing before its connection is given up.',
      {
        min: second,
        max: 60 * minute,
      },
    ),
    resourcesPerAccount: setting.count(64, 'Sessions one account may have at a time.', {
      min: 1,
      max: 10_000,
    }),
    idleTimeout: setting.duration(
      '0s',
      'Silence after which a client’s connection is given up; 0s leaves it to TCP keep-alive to find dead peers.',
      { max: 7 * 24 * 60 * minute },
    ),
  },
  components: setting.named(
    { secret: setting.secret('What the component proves itself with.') },
    'Components by their domain, as [components."upload.example.org"] (XEP-0114).',
  ),
  log: {
    level: setting.oneOf(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'info',
      'How much is logged.',
    ),
  },
} as const
