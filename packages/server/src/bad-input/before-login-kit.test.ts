/** Bad input before a client has logged in. */
import { plainResponse } from '@waxwing/testkit'
import {
  badSasl,
  bytes,
  type Case,
  good,
  header,
  joined,
  malformed,
  ns,
  plain,
  restricted,
  tooMuch,
  unauthorized,
} from './case-kit.test.ts'

/** RFC 6120 §4.7, §4.8, §11. */
export const headers: readonly Case[] = [
  ['an HTTP request', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', malformed],
  ['a TLS ClientHello on the plain port', bytes(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3), malformed],
  ['zero bytes', bytes(0, 0, 0, 0), { stream: ['not-well-formed', 'unsupported-encoding'] }],
  ['an end tag', '</stream:stream>', malformed],
  [
    'a stanza without a stream',
    "<message xmlns='jabber:client'/>",
    { stream: ['invalid-namespace', 'bad-format', 'not-well-formed'] },
  ],
  [
    'another root in the right namespace',
    `<stream:flow xmlns='jabber:client' xmlns:stream='${ns.streams}' ${good}>`,
    { stream: 'bad-format' },
  ],
  [
    'a prefix nobody declared',
    `<stream:stream xmlns='jabber:client' ${good}>`,
    { stream: ['not-well-formed', 'bad-namespace-prefix', 'invalid-namespace'] },
  ],
  [
    'a wrong stream namespace',
    `<stream:stream xmlns='jabber:client' xmlns:stream='urn:wrong' ${good}>`,
    { stream: 'invalid-namespace' },
  ],
  [
    'no content namespace',
    `<stream:stream xmlns:stream='${ns.streams}' ${good}>`,
    { stream: 'invalid-namespace' },
  ],
  [
    "the servers' content namespace",
    `<stream:stream xmlns='jabber:server' xmlns:stream='${ns.streams}' ${good}>`,
    { stream: 'invalid-namespace' },
  ],
  ['no addressee', header("version='1.0'"), { stream: ['improper-addressing', 'host-unknown'] }],
  ['a host that is not here', header("to='elsewhere.example' version='1.0'"), { stream: 'host-unknown' }],
  [
    'a host that is no address',
    header("to='@' version='1.0'"),
    { stream: ['host-unknown', 'improper-addressing'] },
  ],
  ['a host called __proto__', header("to='__proto__' version='1.0'"), { stream: 'host-unknown' }],
  ['no version', header("to='localhost'"), { stream: 'unsupported-version' }],
  ['version 0.9', header("to='localhost' version='0.9'"), { stream: 'unsupported-version' }],
  ['a version that is no number', header("to='localhost' version='new'"), { stream: 'unsupported-version' }],
  [
    'another encoding',
    `<?xml version='1.0' encoding='ISO-8859-1'?>${header(good)}`,
    { stream: 'unsupported-encoding' },
  ],
  [
    'UTF-16',
    new Uint8Array(Buffer.from(`\ufeff<?xml version='1.0'?>${header(good)}`, 'utf16le')),
    { stream: ['unsupported-encoding', 'not-well-formed'] },
  ],
  [
    'a second XML declaration',
    `<?xml version='1.0'?><?xml version='1.0'?>${header(good)}`,
    { stream: ['not-well-formed', 'restricted-xml'] },
  ],
  ['a document type', `<!DOCTYPE stream>${header(good)}`, restricted],
  [
    'entities that multiply',
    `<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>${header(good)}`,
    restricted,
  ],
  ['an external document type', `<!DOCTYPE s SYSTEM "file:///etc/passwd">${header(good)}`, restricted],
  ['a comment first', `<!-- hello -->${header(good)}`, restricted],
  ['a processing instruction first', `<?php echo 1 ?>${header(good)}`, restricted],
  ['an attribute twice', header(`${good} to='localhost'`), malformed],
  ['an attribute without quotes', header("to=localhost version='1.0'"), malformed],
  ['an attribute without value', header(`${good} now`), malformed],
  ['a < in an attribute', header("to='local<host' version='1.0'"), malformed],
  ['an entity of its own', header("to='&localhost;' version='1.0'"), restricted],
  [
    'bytes that are not UTF-8',
    joined(header(good).slice(0, -1), " a='", bytes(0xff), "'>"),
    { stream: ['not-well-formed', 'unsupported-encoding'] },
  ],
  ['a header that never ends', header(`${good} a='${'a'.repeat(20_000)}`), tooMuch],
  [
    'a header with 100 attributes',
    header(`${good} ${Array.from({ length: 100 }, (_, n) => `a${n}=''`).join(' ')}`),
    tooMuch,
  ],
  ['text before the root', `hello ${header(good)}`, malformed],
  ['nothing but white space', ' \n\t '.repeat(10), 'silence'],
]

/** RFC 6120 §5, §6.3, §8. Nothing is secured yet. */
export const greeted: readonly Case[] = [
  ['a message', "<message to='localhost'><body>Hi</body></message>", unauthorized],
  ['a presence', '<presence/>', unauthorized],
  ['an iq', "<iq type='get' id='i'><query xmlns='jabber:iq:roster'/></iq>", unauthorized],
  ['an iq without id', '<iq/>', unauthorized],
  ['a bind request', `<iq type='set' id='i'><bind xmlns='${ns.bind}'/></iq>`, unauthorized],
  [
    'a registration though it is closed',
    "<iq type='get' id='i'><query xmlns='jabber:iq:register'/></iq>",
    unauthorized,
  ],
  ['a message split in the middle of its tag', ['<mess', "age to='localhost'/", '>'], unauthorized],
  [
    'a login in clear',
    `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${plainResponse('romeo', 'secret')}</auth>`,
    { sasl: 'encryption-required' },
  ],
  ['an answer to no challenge', `<response xmlns='${ns.sasl}'/>`, badSasl],
  ["the server's word of success", `<success xmlns='${ns.sasl}'/>`, badSasl],
  ['an element of nobody', "<x xmlns='urn:example:x'/>", { stream: 'unsupported-stanza-type' }],
  ['a stream in the stream', `${header(good)}</stream:stream>`, { stream: 'unsupported-stanza-type' }],
  ['stream features', '<stream:features/>', { stream: ['unsupported-stanza-type', 'invalid-xml'] }],
  [
    'a stanza of servers',
    "<message xmlns='jabber:server'/>",
    { stream: ['invalid-namespace', 'unsupported-stanza-type'] },
  ],
  ['text between the elements', 'hello', { stream: ['not-well-formed', 'bad-format', 'invalid-xml'] }],
  ['20 kB before login', `<message><body>${'a'.repeat(20_000)}</body></message>`, tooMuch],
  ['20 kB of white space in a tag', `<message${' '.repeat(20_000)}`, tooMuch],
  ['the end of the stream', '</stream:stream>', 'end'],
  ['the end and then more', '</stream:stream><presence/><', 'end'],
]

const auth = (mechanism: string, data: string): string =>
  `<auth xmlns='${ns.sasl}' mechanism='${mechanism}'>${Buffer.from(data).toString('base64')}</auth>`

/** RFC 6120 §6.5; RFC 4616, RFC 5802. */
export const secured: readonly Case[] = [
  ['a mechanism nobody knows', auth('X-SECRET', 'a'), { sasl: 'invalid-mechanism' }],
  ['a mechanism called __proto__', auth('__proto__', 'a'), { sasl: 'invalid-mechanism' }],
  ['no mechanism', `<auth xmlns='${ns.sasl}'/>`, { sasl: 'invalid-mechanism' }],
  ['a mechanism in lower case', auth('plain', '\0romeo\0secret'), { sasl: 'invalid-mechanism' }],
  ['EXTERNAL without a certificate', auth('EXTERNAL', ''), { sasl: 'invalid-mechanism' }],
  [
    'characters outside of base64',
    `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AG*=</auth>`,
    { sasl: 'incorrect-encoding' },
  ],
  [
    'base64 without its padding',
    `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AHI</auth>`,
    { sasl: 'incorrect-encoding' },
  ],
  [
    'base64 with bits left over',
    `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AHJ=</auth>`,
    { sasl: 'incorrect-encoding' },
  ],
  [
    'base64 with padding inside',
    `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AA==AA==</auth>`,
    { sasl: 'incorrect-encoding' },
  ],
  [
    'base64 with white space',
    `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AHJv bWVv</auth>`,
    { sasl: 'incorrect-encoding' },
  ],
  ['PLAIN without separators', plain('romeo'), badSasl],
  ['PLAIN with one separator', plain('romeo\0secret'), badSasl],
  ['PLAIN with three separators', plain('\0romeo\0secret\0more'), badSasl],
  ['PLAIN without a name', plain('\0\0secret'), badSasl],
  ['PLAIN without a password', plain('\0romeo\0'), badSasl],
  [
    'PLAIN that is not UTF-8',
    `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${Buffer.from([0, 0xff, 0, 0x61]).toString('base64')}</auth>`,
    badSasl,
  ],
  ['a wrong password', plain('\0romeo\0wrong'), { sasl: 'not-authorized' }],
  ['an account that does not exist', plain('\0nobody\0secret'), { sasl: 'not-authorized' }],
  ['a name that no account can have', plain('\0ro meo@\0secret'), { sasl: 'not-authorized' }],
  ["another host's account", plain('\0romeo@elsewhere.example\0secret'), { sasl: 'not-authorized' }],
  [
    'the right password and another authorization identity',
    plain('juliet@localhost\0romeo\0secret'),
    { sasl: 'invalid-authzid' },
  ],
  ['an authorization identity that is no address', plain('@\0romeo\0secret'), { sasl: 'invalid-authzid' }],
  ['an answer to no challenge', `<response xmlns='${ns.sasl}'>AA==</response>`, badSasl],
  ['giving up what was not begun', `<abort xmlns='${ns.sasl}'/>`, { sasl: 'aborted' }],
  ['an element of SASL that does not exist', `<hello xmlns='${ns.sasl}'/>`, badSasl],
  ['SCRAM with nothing of its form', auth('SCRAM-SHA-256', 'romeo'), badSasl],
  ['SCRAM without nonce', auth('SCRAM-SHA-256', 'n,,n=romeo,r='), badSasl],
  ['SCRAM with an extension it must understand', auth('SCRAM-SHA-256', 'n,,m=x,n=romeo,r=abc'), badSasl],
  ['SCRAM with a wrong escape in the name', auth('SCRAM-SHA-256', 'n,,n=ro=meo,r=abc'), badSasl],
  [
    'SCRAM that binds a channel without -PLUS',
    auth('SCRAM-SHA-256', 'p=tls-exporter,,n=romeo,r=abc'),
    badSasl,
  ],
  ['SCRAM-PLUS that binds no channel', auth('SCRAM-SHA-256-PLUS', 'n,,n=romeo,r=abc'), badSasl],
  [
    'SCRAM-PLUS with a binding nobody knows',
    auth('SCRAM-SHA-256-PLUS', 'p=tls-magic,,n=romeo,r=abc'),
    { sasl: 'not-authorized' },
  ],
  [
    'SCRAM by a client that did not see -PLUS on offer',
    auth('SCRAM-SHA-256', 'y,,n=romeo,r=abc'),
    { sasl: 'not-authorized' },
  ],
  ['two logins at once', auth('SCRAM-SHA-256', 'n,,n=romeo,r=abc') + plain('\0romeo\0secret'), badSasl],
  ['a message instead of an answer', auth('SCRAM-SHA-256', 'n,,n=romeo,r=abc') + '<presence/>', unauthorized],
  ['STARTTLS under TLS', `<starttls xmlns='${ns.tls}'/>`, 'end'],
  ['a stanza', '<presence/>', unauthorized],
  ['three failed logins', plain('\0romeo\0wrong').repeat(3), tooMuch],
  ['a login of 20 kB', plain(`\0romeo\0${'a'.repeat(20_000)}`), tooMuch],
]
