/**
 * Malformed and hostile input at every stage of a client's stream, over sockets: each case with the answer it must
 * get, and after each a bystander whose session must not have noticed.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parseFullJid } from '@waxwing/jid'
import {
  type ListeningServer,
  listening,
  plainResponse,
  SocketPeer,
  streamConditionOf,
} from '@waxwing/testkit'
import { childOf, type Element, elementsOf, writeElement } from '@waxwing/xml'

const ns = {
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  streams: 'http://etherx.jabber.org/streams',
}

/** How far a client has come before it misbehaves. */
type Stage = 'connected' | 'greeted' | 'secured' | 'authenticated' | 'bound'

type Answer =
  /** The stream ends with one of these errors. RFC 6120 §4.9.3 */
  | { readonly stream: string | readonly string[] }
  /** An error stanza; the stream lives. RFC 6120 §8.3.3 */
  | { readonly stanza: string; readonly id?: string | undefined }
  /** A SASL failure; the stream lives. RFC 6120 §6.5 */
  | { readonly sasl: string }
  /** Nothing is said, and the stream lives. */
  | 'silence'
  /** The connection ends without a stream error. */
  | 'end'

type Sent = string | Uint8Array | readonly (string | Uint8Array)[]
type Case = readonly [what: string, sent: Sent, answer: Answer]

const malformed: Answer = { stream: 'not-well-formed' }
const restricted: Answer = { stream: 'restricted-xml' }
const tooMuch: Answer = { stream: 'policy-violation' }
const unauthorized: Answer = { stream: 'not-authorized' }
const badSasl: Answer = { sasl: 'malformed-request' }

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const joined = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map(part => Buffer.from(part as string)))
const header = (attributes: string): string =>
  `<stream:stream xmlns='jabber:client' xmlns:stream='${ns.streams}' ${attributes}>`
const good = "to='localhost' version='1.0'"

/** RFC 6120 §4.7, §4.8, §11. */
const headers: readonly Case[] = [
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
const greeted: readonly Case[] = [
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

const plain = (text: string): string =>
  `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${Buffer.from(text).toString('base64')}</auth>`
const auth = (mechanism: string, data: string): string =>
  `<auth xmlns='${ns.sasl}' mechanism='${mechanism}'>${Buffer.from(data).toString('base64')}</auth>`

/** RFC 6120 §6.5; RFC 4616, RFC 5802. */
const secured: readonly Case[] = [
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

const bind = (inside: string, attributes = "type='set' id='b'"): string =>
  `<iq ${attributes}><bind xmlns='${ns.bind}'>${inside}</bind></iq>`

/** RFC 6120 §6.4.6, §7. */
const authenticated: readonly Case[] = [
  ['a message', "<message to='bystander@localhost'/>", unauthorized],
  ['a presence', '<presence/>', unauthorized],
  ['a roster request', "<iq type='get' id='i'><query xmlns='jabber:iq:roster'/></iq>", unauthorized],
  ['a bind request of type get', bind('', "type='get' id='b'"), unauthorized],
  ['a bind request without id', bind('', "type='set'"), { stanza: 'bad-request', id: undefined }],
  [
    'a resource with a control character',
    bind('<resource>&#x7f;</resource>'),
    { stanza: 'bad-request', id: 'b' },
  ],
  [
    'a resource of 1,024 bytes',
    bind(`<resource>${'r'.repeat(1024)}</resource>`),
    { stanza: 'bad-request', id: 'b' },
  ],
  [
    'a second login',
    plain('\0romeo\0secret'),
    { stream: ['unsupported-stanza-type', 'policy-violation', 'not-authorized'] },
  ],
  ['STARTTLS', `<starttls xmlns='${ns.tls}'/>`, { stream: ['unsupported-stanza-type', 'policy-violation'] }],
  ['an element of nobody', "<x xmlns='urn:example:x'/>", { stream: 'unsupported-stanza-type' }],
]

const message = (content: string, attributes = "to='bystander@localhost'"): string =>
  `<message ${attributes}>${content}</message>`
const nested = (depth: number): string =>
  "<a xmlns='urn:a'>".concat('<a>'.repeat(depth - 1), '</a>'.repeat(depth))
const iq = (attributes: string, content = "<x xmlns='urn:x'/>"): string => `<iq ${attributes}>${content}</iq>`
const jidMalformed: Answer = { stanza: 'jid-malformed', id: 'i' }

/** RFC 6120 §4.9.3, §8, §11; RFC 7622. */
const bound: readonly Case[] = [
  [
    "somebody else's address",
    message('', "from='bystander@localhost/watch' to='romeo@localhost'"),
    { stream: 'invalid-from' },
  ],
  [
    "another resource's address",
    message('', "from='romeo@localhost/other' to='romeo@localhost'"),
    { stream: 'invalid-from' },
  ],
  ["the server's address", iq("from='localhost' type='result' id='i'", ''), { stream: 'invalid-from' }],
  [
    'an address of the sender that is none',
    message('', "from='@' to='bystander@localhost'"),
    { stream: 'invalid-from' },
  ],
  [
    'an empty address of the sender',
    message('', "from='' to='bystander@localhost'"),
    { stream: 'invalid-from' },
  ],
  ...[
    '',
    '@',
    '@localhost',
    'a@',
    '/r',
    'a@/r',
    'localhost/',
    'a b@localhost',
    'a@b@localhost',
    `${'l'.repeat(1024)}@localhost`,
    `a@localhost/${'r'.repeat(1024)}`,
    'a@local host',
    '&lt;a&gt;@localhost',
    'a&quot;b@localhost',
    'a@-',
    'a@[::1',
    'a@localhost/&#x7f;',
  ].map((to): Case => [`the address "${to.slice(0, 20)}"`, iq(`type='get' id='i' to='${to}'`), jidMalformed]),
  ['an iq without id', iq("type='get'"), { stanza: 'bad-request', id: undefined }],
  ['an iq without type', iq("id='i'"), { stanza: 'bad-request', id: 'i' }],
  ['an iq of an unknown type', iq("id='i' type='ask'"), { stanza: 'bad-request', id: 'i' }],
  ['an iq without child', iq("id='i' type='get'", ''), { stanza: 'bad-request', id: 'i' }],
  [
    'an iq with two children',
    iq("id='i' type='set'", "<a xmlns='urn:a'/><b xmlns='urn:b'/>"),
    { stanza: 'bad-request', id: 'i' },
  ],
  [
    'an iq nobody understands',
    iq("id='i' type='get' to='localhost'"),
    { stanza: 'service-unavailable', id: 'i' },
  ],
  [
    'an iq in the namespace __proto__',
    iq("id='i' type='get'", "<__proto__ xmlns='__proto__'/>"),
    { stanza: 'service-unavailable', id: 'i' },
  ],
  [
    'an iq in the namespace constructor',
    iq("id='constructor' type='get'", "<constructor xmlns='constructor'/>"),
    { stanza: 'service-unavailable', id: 'constructor' },
  ],
  [
    'a roster set that fits no schema',
    iq("id='i' type='set'", "<query xmlns='jabber:iq:roster'><item/></query>"),
    { stanza: 'bad-request', id: 'i' },
  ],
  [
    'a second bind request',
    bind('<resource>other</resource>', "type='set' id='i'"),
    { stanza: 'service-unavailable', id: 'i' },
  ],
  ['a result nobody waits for', iq("type='result' id='i' to='bystander@localhost/watch'", ''), 'silence'],
  ['an error as an answer to nothing', iq("type='error' id='i'", ''), 'silence'],
  ['a message to an address that is none, of type error', message('', "type='error' to='@'"), 'silence'],
  ['an unknown presence type', "<presence type='here' id='i'/>", { stanza: 'bad-request', id: 'i' }],
  [
    'a priority out of range',
    "<presence id='i'><priority>128</priority></presence>",
    { stanza: 'bad-request', id: 'i' },
  ],
  ['an unknown stanza', '<letter/>', { stream: 'unsupported-stanza-type' }],
  ['an element of nobody', "<x xmlns='urn:example:x'/>", { stream: 'unsupported-stanza-type' }],
  ['a third login', plain('\0romeo\0secret'), { stream: 'unsupported-stanza-type' }],
  ['an end tag that closes nothing', '</message>', malformed],
  ['tags that cross', '<message><a></message></a>', malformed],
  ['an end tag in another case', '<message></Message>', malformed],
  ['a tag that begins with a space', '< message/>', malformed],
  ['a name that begins with a digit', '<message><1a/></message>', malformed],
  ['a name with two colons', "<message><a:b:c xmlns:a='urn:a'/></message>", malformed],
  [
    'a prefix nobody declared',
    '<message><a:b/></message>',
    { stream: ['not-well-formed', 'bad-namespace-prefix'] },
  ],
  ['a prefix bound to nothing', "<message><a:b xmlns:a=''/></message>", malformed],
  ['the prefix xml bound anew', "<message xmlns:xml='urn:x'/>", malformed],
  ['the prefix xmlns bound', "<message xmlns:xmlns='urn:x'/>", malformed],
  ['one attribute twice', "<message id='1' id='2'/>", malformed],
  [
    'one attribute twice by two prefixes',
    "<message xmlns:a='urn:a' xmlns:b='urn:a' a:x='1' b:x='2'/>",
    malformed,
  ],
  ['a < in an attribute', "<message id='<'/>", malformed],
  ['attributes without space between', "<message id='1'to='a'/>", malformed],
  ['an entity of its own', message('<body>&nbsp;</body>'), restricted],
  ['an & that stands alone', message('<body>you & me</body>'), malformed],
  ['a reference to NUL', message('<body>&#0;</body>'), malformed],
  ['a reference to a control character', message('<body>&#1;</body>'), malformed],
  ['a reference to half a surrogate pair', message('<body>&#xD800;</body>'), malformed],
  ['a reference to U+FFFE', message('<body>&#xFFFE;</body>'), malformed],
  ['a reference beyond Unicode', message('<body>&#x110000;</body>'), malformed],
  ['a reference with a very long number', message(`<body>&#${'9'.repeat(400)};</body>`), malformed],
  ['a control character', message('<body>\u0001</body>'), malformed],
  ['a NUL', message('<body>\0</body>'), malformed],
  [']]> in text', message('<body>]]></body>'), malformed],
  [
    'an overlong encoding of <',
    joined('<message><body>', bytes(0xc0, 0xbc), '</body></message>'),
    { stream: ['not-well-formed', 'unsupported-encoding'] },
  ],
  [
    'an encoded surrogate',
    joined('<message><body>', bytes(0xed, 0xa0, 0x80), '</body></message>'),
    { stream: ['not-well-formed', 'unsupported-encoding'] },
  ],
  [
    'a sequence of UTF-8 that is cut short',
    joined('<message><body>', bytes(0xe2, 0x82), '</body></message>'),
    { stream: ['not-well-formed', 'unsupported-encoding'] },
  ],
  [
    'a code point beyond Unicode',
    joined('<message><body>', bytes(0xf4, 0x90, 0x80, 0x80), '</body></message>'),
    { stream: ['not-well-formed', 'unsupported-encoding'] },
  ],
  [
    'a sequence of UTF-8 split over two packets',
    [joined('<message><body>', bytes(0xe2, 0x82)), joined(bytes(0xac), '</body></message>')],
    'silence',
  ],
  ['a comment', message('<!-- psst -->'), restricted],
  ['a comment between stanzas', '<!-- psst -->', restricted],
  ['a processing instruction', message('<?php ?>'), restricted],
  ['a document type', '<!DOCTYPE a>', { stream: ['restricted-xml', 'not-well-formed'] }],
  ['an XML declaration', "<?xml version='1.0'?>", { stream: ['restricted-xml', 'not-well-formed'] }],
  ['128 levels', message(nested(127)), 'silence'],
  ['129 levels', message(nested(128)), tooMuch],
  ['100,000 levels', message('<a>'.repeat(100_000)), tooMuch],
  ['65 attributes', `<message ${Array.from({ length: 65 }, (_, n) => `a${n}=''`).join(' ')}/>`, tooMuch],
  [
    '70 prefixes',
    message(`<a ${Array.from({ length: 70 }, (_, n) => `xmlns:a${n}='urn:${n}'`).join(' ')}/>`),
    tooMuch,
  ],
  ['a name of 2 kB', message(`<${'a'.repeat(2_000)}/>`), tooMuch],
  ['an attribute of 70 kB', `<message id='${'a'.repeat(70_000)}'/>`, tooMuch],
  ['a stanza of 250 kB', message(`<body>${'a'.repeat(250_000)}</body>`), 'silence'],
  ['a stanza of 300 kB', message(`<body>${'a'.repeat(300_000)}</body>`), tooMuch],
  ['a stanza that never ends', `<message>${'<a/>'.repeat(80_000)}`, tooMuch],
  ['text between stanzas', 'hello', { stream: ['not-well-formed', 'bad-format', 'invalid-xml'] }],
  [
    '10,000 different names',
    message(Array.from({ length: 10_000 }, (_, n) => `<n${n}/>`).join('')),
    'silence',
  ],
  [
    '10,000 different namespaces',
    message(Array.from({ length: 5_000 }, (_, n) => `<n xmlns='urn:n:${n}'/>`).join('')),
    'silence',
  ],
  ['a language that is none', message('', "xml:lang='???' to='bystander@localhost'"), 'silence'],
  ['white space to keep the connection alive', ' \n\n ', 'silence'],
  ['a stream in the stream', `${header(good)}</stream:stream>`, { stream: 'unsupported-stanza-type' }],
  ['half a tag and then the end', '<message></stream:stream>', malformed],
  ['the end of the stream', '</stream:stream>', 'end'],
]

const limits = { timeout: 10_000 }
const romeo = parseFullJid('romeo@localhost/orchard')
let server: ListeningServer
let bystander: SocketPeer
let pings = 0

before(async () => {
  server = await listening({ config: '[limits]\nlogin_attempts = 3' })
  await server.account('romeo', 'secret')
  await server.account('bystander', 'secret')
  bystander = await reach('secured')
  await bystander.authenticates('bystander', 'secret')
  await bystander.greets('localhost')
  await bystander.binds('watch')
})

after(async () => {
  bystander.resets()
  await server[Symbol.asyncDispose]()
})

async function reach(stage: Stage): Promise<SocketPeer> {
  if (stage === 'connected' || stage === 'greeted') {
    const peer = await SocketPeer.connect({ port: server.port('client') })
    if (stage === 'greeted') await peer.greets('localhost')
    return peer
  }
  const peer = await SocketPeer.connect({ port: server.port('direct-tls'), directTls: server.certificate })
  await peer.greets('localhost')
  if (stage === 'secured') return peer
  await peer.authenticates('romeo', 'secret')
  await peer.greets('localhost')
  if (stage === 'bound') await peer.binds(romeo.slice(romeo.indexOf('/') + 1))
  return peer
}

/** The stream still works: whatever belongs to its stage is answered. */
async function isAlive(peer: SocketPeer, stage: Stage): Promise<void> {
  if (stage === 'connected') {
    await peer.greets('localhost')
  } else if (stage === 'bound') {
    const id = `ping-${pings++}`
    await peer.sends(`<iq type='get' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    const pong = await peer.takes()
    assert.deepEqual([pong.attrs.get('type'), pong.attrs.get('id')], ['result', id], writeElement(pong))
  } else if (stage === 'authenticated') {
    await peer.binds('alive')
  } else {
    await peer.sends(`<abort xmlns='${ns.sasl}'/>`)
    assert.equal((await peer.takes()).name, 'failure')
  }
}

/** A session that has nothing to do with it works as before; what it received is read away. */
async function isUndisturbed(): Promise<void> {
  const id = `ping-${pings++}`
  await bystander.sends(`<iq type='get' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  for (;;) {
    const heard = await bystander.takes()
    assert.equal(streamConditionOf(heard), undefined, writeElement(heard))
    if (heard.attrs.get('id') === id) return
  }
}

function conditionIn(parent: Element | undefined, space: string): string | undefined {
  return parent && elementsOf(parent).find(child => child.ns === space && child.name !== 'text')?.name
}

async function check(peer: SocketPeer, stage: Stage, answer: Answer): Promise<void> {
  if (answer === 'silence') return isAlive(peer, stage)
  if (answer === 'end') {
    const last = (await peer.hearsOut()).at(-1)
    return assert.equal(last && streamConditionOf(last), undefined)
  }
  if ('stream' in answer) return peer.receivesStreamError(...[answer.stream].flat())
  let found = await peer.takes()
  if ('sasl' in answer) {
    if (found.name === 'challenge') found = await peer.takes()
    assert.deepEqual([found.name, conditionIn(found, ns.sasl)], ['failure', answer.sasl], writeElement(found))
  } else {
    const error = childOf(found, 'jabber:client', 'error')
    assert.deepEqual(
      [found.attrs.get('type'), found.attrs.get('id'), conditionIn(error, ns.stanzas)],
      ['error', answer.id, answer.stanza],
      writeElement(found),
    )
  }
  await isAlive(peer, stage)
}

function described(answer: Answer): string {
  if (typeof answer === 'string') return answer
  if ('stream' in answer) return `the stream error ${[answer.stream].flat().join(' or ')}`
  return 'sasl' in answer ? `the SASL failure ${answer.sasl}` : `the error ${answer.stanza}`
}

const table: readonly (readonly [Stage, readonly Case[]])[] = [
  ['connected', headers],
  ['greeted', greeted],
  ['secured', secured],
  ['authenticated', authenticated],
  ['bound', bound],
]

for (const [stage, cases] of table)
  for (const [what, sent, answer] of cases)
    test(`${stage}: ${what} → ${described(answer)}`, limits, async () => {
      const peer = await reach(stage)
      await peer.sends(...((Array.isArray(sent) ? sent : [sent]) as (string | Uint8Array)[]))
      await check(peer, stage, answer)
      peer.resets()
      await isUndisturbed()
    })
