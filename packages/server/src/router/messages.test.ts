/** To whom a message goes: every row of RFC 6121 §8.5, and what stays intact on the way (§5). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { pair } from '../lovers-kit.test.ts'

const juliet = 'juliet@montague.example'

/** Juliet's resources by name with their priority; `undefined`: connected but not available. */
type Resources = Readonly<Record<string, number | undefined>>

interface Row {
  readonly what: string
  readonly to: string
  readonly resources: Resources
  /** Per message type: who receives it, or `error`, `silence`, `kept` (delivered at the next login). */
  readonly outcome: Readonly<Record<string, readonly string[] | 'error' | 'silence' | 'kept'>>
}

const same = <T>(types: readonly string[], value: T): Record<string, T> =>
  Object.fromEntries(types.map(type => [type, value]))

const rows: readonly Row[] = [
  {
    what: 'an account that does not exist (§8.5.1)',
    to: 'nobody@montague.example',
    resources: {},
    outcome: {
      ...same(['', 'normal', 'chat', 'groupchat', 'strange'], 'error'),
      headline: 'silence',
      error: 'silence',
    },
  },
  {
    what: 'a resource of an account that does not exist (§8.5.1)',
    to: 'nobody@montague.example/balcony',
    resources: {},
    outcome: {
      ...same(['', 'normal', 'chat', 'groupchat', 'strange'], 'error'),
      headline: 'silence',
      error: 'silence',
    },
  },
  {
    what: 'an account with two available resources (§8.5.2.1.1)',
    to: juliet,
    resources: { balcony: 5, chamber: 1 },
    outcome: {
      ...same(['', 'normal', 'chat', 'strange'], ['balcony']),
      headline: ['balcony', 'chamber'],
      groupchat: 'error',
      error: 'silence',
    },
  },
  {
    what: 'an account with two resources of equal priority (§8.5.2.1.1)',
    to: juliet,
    resources: { balcony: 3, chamber: 3, cellar: 2 },
    outcome: {
      ...same(['', 'normal', 'chat'], ['balcony', 'chamber']),
      headline: ['balcony', 'cellar', 'chamber'],
    },
  },
  {
    what: 'an account of which one resource has a negative priority (§8.5.2.1.1)',
    to: juliet,
    resources: { balcony: -1, chamber: 0 },
    outcome: {
      ...same(['', 'normal', 'chat', 'headline'], ['chamber']),
      groupchat: 'error',
      error: 'silence',
    },
  },
  {
    what: 'an account with negative priorities only (§8.5.2.2.1)',
    to: juliet,
    resources: { balcony: -1, chamber: -128 },
    outcome: {
      ...same(['', 'normal', 'chat'], 'kept'),
      groupchat: 'error',
      headline: 'silence',
      error: 'silence',
    },
  },
  {
    what: 'an account with a resource that is connected but not available (§8.5.2.2.1)',
    to: juliet,
    resources: { balcony: undefined },
    outcome: {
      ...same(['', 'normal', 'chat', 'strange'], 'kept'),
      groupchat: 'error',
      headline: 'silence',
      error: 'silence',
    },
  },
  {
    what: 'an account that is away (§8.5.2.2.1)',
    to: juliet,
    resources: {},
    outcome: {
      ...same(['', 'normal', 'chat', 'strange'], 'kept'),
      groupchat: 'error',
      headline: 'silence',
      error: 'silence',
    },
  },
  {
    what: 'an available resource (§8.5.3.1)',
    to: `${juliet}/balcony`,
    resources: { balcony: 0, chamber: 9 },
    outcome: same(['', 'normal', 'chat', 'groupchat', 'headline', 'error', 'strange'], ['balcony']),
  },
  {
    what: 'a resource with negative priority (§8.5.3.1)',
    to: `${juliet}/balcony`,
    resources: { balcony: -1, chamber: 9 },
    outcome: same(['', 'chat', 'groupchat', 'headline', 'error'], ['balcony']),
  },
  {
    what: 'a resource that is connected but not available (§8.5.3.1)',
    to: `${juliet}/balcony`,
    resources: { balcony: undefined, chamber: 9 },
    outcome: same(['', 'chat', 'groupchat', 'headline', 'error'], ['balcony']),
  },
  {
    what: 'a resource that is not there while another one is (§8.5.3.2.1)',
    to: `${juliet}/attic`,
    resources: { balcony: 0, chamber: 9 },
    outcome: {
      chat: ['chamber'],
      ...same(['', 'normal', 'groupchat', 'strange'], 'error'),
      headline: 'silence',
      error: 'silence',
    },
  },
  {
    what: 'a resource of an account that is away (§8.5.3.2.1)',
    to: `${juliet}/attic`,
    resources: {},
    outcome: {
      chat: 'kept',
      ...same(['', 'normal', 'groupchat'], 'error'),
      headline: 'silence',
      error: 'silence',
    },
  },
]

async function play({ to, resources }: Row, type: string): Promise<readonly string[] | string> {
  await using host = await scene()
  await host.account(juliet)
  const peers: Peer[] = []
  for (const [resource, priority] of Object.entries(resources)) {
    const peer = await host.client(`${juliet}/${resource}`)
    if (priority !== undefined) await peer.sends(`<presence><priority>${priority}</priority></presence>`)
    peers.push(peer)
  }
  for (const peer of peers) await peer.forgets()
  const romeo = await host.client('romeo@montague.example/orchard')
  const attribute = type === '' ? '' : `type='${type}' `
  await romeo.sends(`<message ${attribute}id='m' to='${to}'><body>Wherefore?</body></message>`)
  const receivers: string[] = []
  for (const peer of peers)
    for (const { attrs } of await peer.forgets()) {
      assert.equal(attrs.get('to'), to)
      assert.equal(attrs.get('type'), type === '' ? undefined : type)
      receivers.push(peer.name.slice(juliet.length + 1))
    }
  const [answer, ...more] = await romeo.forgets()
  assert.deepEqual(more, [])
  if (answer) {
    assert.deepEqual(receivers, [])
    assert.deepEqual(
      [answer.attrs.get('type'), answer.attrs.get('id'), answer.attrs.get('from')],
      ['error', 'm', to],
    )
    return 'error'
  }
  if (receivers.length > 0) return receivers.sort()
  return (await keptFor(host)) > 0 ? 'kept' : 'silence'
}

async function keptFor(host: Scene): Promise<number> {
  const peer = await host.client(`${juliet}/later`)
  await peer.sends('<presence/>')
  return (await peer.forgets()).filter(({ name }) => name === 'message').length
}

for (const row of rows)
  for (const [type, outcome] of Object.entries(row.outcome))
    test(`a ${type || 'typeless'} message to ${row.what.replace(/ \(/, ` → ${String(outcome)} (RFC 6121 `)}`, async () => {
      assert.deepEqual(await play(row, type), outcome)
    })

/** What must arrive as it was sent; RFC 6120 §4.8, §11, RFC 6121 §5.2. */
const untouched: readonly [what: string, sent: string, received?: string][] = [
  ['body, subject and thread', "<subject>s</subject><body>b</body><thread parent='p'>t</thread>"],
  ['bodies in several languages', "<body>Hi</body><body xml:lang='cs'>Ahoj</body>"],
  ['extensions and their order', "<b xmlns='urn:b'/><a xmlns='urn:a'><c/></a><b xmlns='urn:b'/>"],
  ['a prefix declared inside', "<p:x xmlns:p='urn:p'><p:y/></p:x>"],
  ['an attribute with a prefix', "<x xmlns='urn:x' xmlns:p='urn:p' p:a='1' a='2'/>"],
  ['references to TAB, LF and CR in text', '<body>&#9;&#10;&#13;</body>'],
  ['references to TAB, LF and CR in attributes', "<x xmlns='urn:x' a='&#9;&#10;&#13;'/>"],
  ['the five entities', '<body>&lt;&gt;&amp;&apos;&quot;</body>'],
  ['character references', '<body>&#x1F994;&#233;</body>'],
  ['a CDATA section', '<body><![CDATA[<not-markup/> & ]]></body>', '<body>&lt;not-markup/&gt; &amp; </body>'],
  ['text outside the BMP', '<body>🦔 𝒳</body>'],
  ['an empty element written in two tags', '<body></body>', '<body/>'],
  ['names like __proto__', "<__proto__ xmlns='urn:x' constructor='1'><toString/></__proto__>"],
]

for (const [what, sent, received = sent] of untouched)
  test(`${what} arrive as they were sent`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await pair(host)
    await romeo.sends(`<message to='juliet@montague.example/balcony' id='m'>${sent}</message>`)
    await juliet.receives(`<message from='romeo@montague.example/orchard' id='m'>${received}</message>`)
  })

test('prefixes declared on the stream reach the receiver declared (RFC 6120 §4.8.5)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  const nurse = host.raw({ tls: true, name: 'nurse' })
  await host.account('nurse@montague.example')
  const { authenticate } = await import('@waxwing/testkit')
  const header = "to='montague.example' version='1.0' xmlns:p='urn:example:p'"
  await authenticate(nurse, header, 'nurse', 'r0m30myr0m30')
  await nurse.opens(header)
  await nurse.forgets()
  await nurse.sends("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
  await nurse.receivesResult('b')
  await nurse.sends("<message to='juliet@montague.example/balcony'><p:x p:a='1'><p:y/></p:x></message>")
  await juliet.receives(
    "<message><x xmlns='urn:example:p' xmlns:q='urn:example:p' q:a='1'><y/></x></message>",
  )
})

test('stanzas with a prefix are stanzas (RFC 6120 §4.8.5)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(
    "<c:message xmlns:c='jabber:client' to='juliet@montague.example' id='m'><c:body>Hi</c:body></c:message>",
  )
  await juliet.receives("<message id='m' from='romeo@montague.example/orchard'><body>Hi</body></message>")
})

test("the stream's language is stamped on what names none (RFC 6120 §4.7.4, §8.1.5)", async () => {
  await using host = await scene()
  const romeo = await host.client('romeo@montague.example/orchard', { lang: 'it' })
  const juliet = await host.online('juliet@montague.example/balcony')
  await romeo.sends("<message to='juliet@montague.example'><body>Ciao</body></message>")
  assert.equal((await juliet.takes()).attrs.get('xml:lang'), 'it')
  await romeo.sends("<message to='juliet@montague.example' xml:lang='en'><body>Hi</body></message>")
  assert.equal((await juliet.takes()).attrs.get('xml:lang'), 'en')
})

test('a message without address is for the own account (RFC 6120 §10.3.1)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  await romeo.sends("<message id='m'><body>Note to self</body></message>")
  await romeo.receives(
    "<message id='m' from='romeo@montague.example/orchard' to='romeo@montague.example'><body>Note to self</body></message>",
  )
})

const ownFrom = ['romeo@montague.example/orchard', 'romeo@montague.example', 'ROMEO@Montague.Example/orchard']
for (const from of ownFrom)
  test(`'from' may be ${from}; what goes out is the full JID (RFC 6120 §8.1.2.1)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await pair(host)
    await romeo.sends(`<message from='${from}' to='juliet@montague.example' id='m'/>`)
    assert.equal((await juliet.takes()).attrs.get('from'), 'romeo@montague.example/orchard')
  })

test("'to' is prepared before it is looked for, and arrives prepared (RFC 7622 §3)", async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends("<message to='JULIET@Montague.EXAMPLE/balcony' id='m'/>")
  assert.equal((await juliet.takes()).attrs.get('to'), 'juliet@montague.example/balcony')
})

test('a message to a domain nobody knows is remote-server-not-found (RFC 6120 §10.4)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  await romeo.sends("<message to='juliet@nowhere.example' id='m'/>")
  await romeo.receivesError('message', 'm', 'cancel', 'remote-server-not-found')
})

test('messages of one sender to one receiver stay in order (RFC 6120 §10.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  let sent = ''
  for (let n = 0; n < 50; n++) sent += `<message to='juliet@montague.example' id='m${n}'/>`
  await romeo.sends(sent)
  for (let n = 0; n < 50; n++) await juliet.receives(`<message id='m${n}'/>`)
})
