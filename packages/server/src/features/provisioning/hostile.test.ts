/** What must have the exact error, and no effect: XEP-0324 §6, IEEE 1451.99. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Peer } from '@waxwing/testkit'
import { defaultLimits, elementsOf, writeElement } from '@waxwing/xml'
import {
  asks,
  boiler,
  type House,
  house,
  isDenied,
  ns,
  question,
  rules,
  rulesOf,
  server,
} from './house-kit.test.ts'
import { asksFor, makeKeys, puzzled, solves, tokenOf, unfit } from './tokens/holder-kit.test.ts'

const owners = 'urn:nf:iot:prov:o:1.0'
const juliet = 'juliet@capulet.example'
const tybalt = 'tybalt@montague.example'

/** A house in which somebody has been denied something, and its owner asked. */
interface Attacked extends House {
  readonly thief: Peer
  readonly key: string
}

async function attacked(): Promise<Attacked & AsyncDisposable> {
  const it = await house(`allow ${juliet} to befriend everything`)
  const thief = await it.host.online(`${tybalt}/street`)
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  return { ...it, thief, key, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
}

const answer = (
  key: string,
  { verb = 'Read', thing = boiler, caller = juliet, content = '<all/>', at = owners } = {},
): string =>
  `<can${verb}Rule xmlns='${at}' jid='${thing}' remoteJid='${caller}' key='${key}' result='true'>${content}</can${verb}Rule>`

const gone = ['cancel', 'item-not-found'] as const
const malformed = ['modify', 'bad-request'] as const
const unacceptable = ['modify', 'not-acceptable'] as const
const forbidden = ['auth', 'forbidden'] as const

type Attack = readonly [
  what: string,
  who: 'owner' | 'thief' | 'thing',
  type: 'get' | 'set',
  payload: (it: Attacked) => string,
  error: readonly [type: string, condition: string],
]

const everything = 'allow everyone to read everything'
const fits = defaultLimits.maxStanzaBytes

const attacks: readonly Attack[] = [
  ['an answer of somebody else', 'thief', 'set', it => answer(it.key), gone],
  ['an answer of the thing itself', 'thing', 'set', it => answer(it.key), gone],
  ['an unknown key', 'owner', 'set', it => answer(`${it.key}x`), gone],
  ['an empty key', 'owner', 'set', () => answer(''), malformed],
  ['a key of a kilobyte', 'owner', 'set', () => answer('k'.repeat(1024)), malformed],
  ['the key of another thing', 'owner', 'set', it => answer(it.key, { thing: tybalt }), gone],
  ['the key of another caller', 'owner', 'set', it => answer(it.key, { caller: tybalt }), gone],
  ['the key of another verb', 'owner', 'set', it => answer(it.key, { verb: 'Control' }), gone],
  ['no origin', 'owner', 'set', it => answer(it.key, { content: '' }), malformed],
  [
    'a token with a blank',
    'owner',
    'set',
    it => answer(it.key, { content: "<fromUser token='a b'/>" }),
    malformed,
  ],
  ['a node without id', 'owner', 'set', it => answer(it.key, { content: '<nd/><all/>' }), malformed],
  ['an address that is none', 'owner', 'set', it => answer(it.key, { thing: '@' }), malformed],
  [
    'more names than one answer has',
    'owner',
    'set',
    it => answer(it.key, { content: `<partial>${"<f n='a'/>".repeat(3_000)}</partial><all/>` }),
    malformed,
  ],
  [
    'an end that is no time',
    'owner',
    'set',
    it => answer(it.key, { content: `<all/><until xmlns='${rules}' at='soon'/>` }),
    malformed,
  ],
  [
    'an end that has passed',
    'owner',
    'set',
    it => answer(it.key, { content: `<all/><until xmlns='${rules}' at='2011-03-01T11:59:59Z'/>` }),
    unacceptable,
  ],
  [
    'clearing the things of others',
    'thief',
    'set',
    () => `<clearCache xmlns='${owners}' jid='${boiler}'/>`,
    gone,
  ],
  [
    'deleting the rules of others',
    'thief',
    'set',
    () => `<deleteRules xmlns='${owners}' jid='${boiler}'/>`,
    gone,
  ],
  ['a rule that is none', 'owner', 'set', () => `<rules xmlns='${rules}'>let me in</rules>`, unacceptable],
  [
    '100,000 rules',
    'owner',
    'set',
    () => `<rules xmlns='${rules}'>${'own a@b\n'.repeat(100_000).slice(0, fits - 500)}</rules>`,
    unacceptable,
  ],
  [
    'more rules than one has',
    'owner',
    'set',
    () => `<rules xmlns='${rules}'>${`${everything}\n`.repeat(501)}</rules>`,
    unacceptable,
  ],
  [
    'a trial of too many rules',
    'owner',
    'get',
    () => `<trial xmlns='${rules}'>${`${everything}\n`.repeat(501)}</trial>`,
    unacceptable,
  ],
  [
    'one line with too many names',
    'owner',
    'set',
    () => `<rules xmlns='${rules}'>${everything} only ${'a,'.repeat(600)}b</rules>`,
    unacceptable,
  ],
  [
    'privileges that are none',
    'owner',
    'set',
    () => `<rules xmlns='${rules}'>allow everyone to use everything only A..B</rules>`,
    unacceptable,
  ],
  ['a foreign certificate', 'thief', 'get', () => asksFor(unfit.get('over') ?? assert.fail()), unacceptable],
  ['what is no certificate', 'thief', 'get', () => asksFor(new Uint8Array(10)), malformed],
  ['a challenge nobody has', 'thief', 'get', () => solves('1', new Uint8Array(32)), gone],
  [
    'a certificate nobody has',
    'thief',
    'get',
    () => "<getCertificate xmlns='urn:nf:iot:prov:t:1.0' token='T1'/>",
    gone,
  ],
  [
    'a service without token',
    'thief',
    'get',
    () => `<canAccess xmlns='${ns}' serviceToken='T1'/>`,
    forbidden,
  ],
  [
    'a privilege that is none',
    'thief',
    'get',
    () => `<hasPrivilege xmlns='${ns}' serviceToken='T1' userToken='U' privilegeId='.'/>`,
    malformed,
  ],
  [
    'a log without end',
    'owner',
    'get',
    () => `<log xmlns='${rules}' thing='${boiler}' max='1000000'/>`,
    malformed,
  ],
]

/** One for all attacks: none of them has an effect. */
let besieged: Attacked & AsyncDisposable
let ruled = ''
before(async () => {
  await makeKeys()
  besieged = await attacked()
  ruled = await rulesOf(besieged.owner)
})
after(() => besieged[Symbol.asyncDispose]())

for (const [what, who, type, payload, [errorType, condition]] of attacks)
  test(`${what}: ${condition}, and nothing else happens`, async () => {
    const it = besieged
    await it[who].sends(`<iq type='${type}' id='no' to='${server}'>${payload(it)}</iq>`)
    await it[who].receivesError('iq', 'no', errorType, condition)
    assert.equal(await rulesOf(it.owner), ruled)
    await it.thing.receivesNothing()
    await isDenied(it.thing)
    // The question waits as before.
    await it.owner.sends(`<iq type='get' id='w' to='${server}'><questions xmlns='${rules}'/></iq>`)
    const [waiting, ...others] = elementsOf((await it.owner.receivesResult('w')) ?? assert.fail())
    assert.equal(elementsOf(waiting ?? assert.fail())[0]?.attrs.get('key'), it.key)
    assert.equal(others.length, 0)
  })

test('after all that the true answer counts', async () => {
  await asks(besieged.owner, 'set', answer(besieged.key))
  assert.match(await rulesOf(besieged.owner), /allow everyone to read boiler@montague\.example {2}# learned/)
})

test('a rule text of a megabyte ends the stream of who sends it, and nobody else’s', async () => {
  await using it = await attacked()
  const before = await rulesOf(it.owner)
  const text = `${everything}\n`.repeat(32_000)
  const other = await it.host.online('romeo@montague.example/balcony')
  await other.sends(`<iq type='set' id='no' to='${server}'><rules xmlns='${rules}'>${text}</rules></iq>`)
  await other.receivesStreamError('policy-violation')
  await it.owner.forgets()
  assert.equal(await rulesOf(it.owner), before)
  await isDenied(it.thing)
})

test('a key that was used, and one of a thing that was given away, is no key any more', async () => {
  await using it = await attacked()
  await asks(it.owner, 'set', answer(it.key))
  const before = await rulesOf(it.owner)
  await it.owner.sends(
    `<iq type='set' id='no' to='${server}'>${answer(it.key, { content: '<fromDomain/>' })}</iq>`,
  )
  await it.owner.receivesError('iq', 'no', ...gone)
  assert.equal(await rulesOf(it.owner), before)
})

test('a solution that was overheard, or comes a second time, gives no token', async () => {
  await using it = await attacked()
  const { number, solution } = await puzzled(it.thing)
  for (const peer of [it.thief, it.owner]) {
    await peer.sends(`<iq type='get' id='no' to='${server}'>${solves(number, solution)}</iq>`)
    await peer.receivesError('iq', 'no', ...gone)
  }
  await it.thing.sends(`<iq type='get' id='yes' to='${server}'>${solves(number, solution)}</iq>`)
  await it.thing.receivesResult('yes')
  await it.thing.sends(`<iq type='get' id='no' to='${server}'>${solves(number, solution)}</iq>`)
  await it.thing.receivesError('iq', 'no', ...gone)
  assert.match(await tokenOf(it.thing), /:/)
})

test('however much and whatever strangers ask for, what the owner is told of it fits into a stanza', async () => {
  await using it = await house('', { settings: { provisioning: { questionsPerCaller: 3 } } })
  const takes = 65_536 + 40_000
  const list = async (payload: string): Promise<string> => {
    await it.owner.forgets()
    await it.owner.sends(`<iq type='get' id='w' to='${server}'>${payload}</iq>`)
    return writeElement((await it.owner.receivesResult('w')) ?? assert.fail('no answer'))
  }
  const refused = async (caller: string, content: string): Promise<void> => {
    const resource = '&amp;'.repeat(1_000)
    await it.thing.sends(
      `<iq type='get' id='r' to='${server}'><canRead xmlns='${ns}' jid='${caller}/${resource}' momentary='true'>${content}</canRead></iq>`,
    )
    await it.thing.receivesResult('r')
  }
  const field = (name: string): string => `<field name='${name}'/>`
  const many = (content: (n: number) => string): string =>
    Array.from({ length: 50 }, (_, n) => content(n)).join('')
  for (const n of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) {
    await refused(
      `${n}1@stranger.example`,
      many(i => field(`${'&quot;'.repeat(30)}${i}`)),
    )
    await refused(
      `${n}2@stranger.example`,
      many(i => field(`${'n'.repeat(1_000)}${i}`)),
    )
    await refused(
      `${n}3@stranger.example`,
      many(i => `<node nodeId='${'n'.repeat(500)}${i}'/>`),
    )
  }
  const questions = await list(`<questions xmlns='${rules}'/>`)
  assert.ok(questions.length < takes, `${questions.length}`)
  assert.ok(questions.includes('more="true"'))
  const decisions = await list(`<log xmlns='${rules}' thing='${boiler}' max='200'/>`)
  assert.ok(decisions.includes('j3@stranger.example') && decisions.length < takes, `${decisions.length}`)
})
