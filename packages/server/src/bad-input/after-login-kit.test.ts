/** Bad input from a client that has logged in. */
import {
  type Answer,
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

const bind = (inside: string, attributes = "type='set' id='b'"): string =>
  `<iq ${attributes}><bind xmlns='${ns.bind}'>${inside}</bind></iq>`

/** RFC 6120 §6.4.6, §7. */
export const authenticated: readonly Case[] = [
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
export const bound: readonly Case[] = [
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
