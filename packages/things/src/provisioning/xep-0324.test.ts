/**
 * Devices of ours ask and answer as in the examples of XEP-0324, at their addresses; the server of the text answers with
 * its words. Where a device differs, the row says why. WAXWING_SPECS names the folder with the text; without it this
 * file skips.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { CLIENT_NS, provisioningNs, StanzaError } from '@waxwing/protocol'
import { type Change, differenceFrom, Specification } from '@waxwing/testkit'
import { type Element, elementsOf, parseElement, withoutIndentation, writeElement } from '@waxwing/xml'
import {
  bool,
  type DeclaredField,
  type DeclaredFields,
  int,
  quantity,
  type ThingOptions,
  thing,
  tokenFor,
} from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'
import { TokenDesk } from './token-desk.ts'

const text = new Specification('0324')
const judgeJid = 'provisioning.example.org'
const primaryJid = 'primary@example.org/amr'

interface Exchange {
  readonly question: Element
  readonly answer: Element | undefined
}

function stanzasOf(title: string, changes: readonly Change[]): readonly Element[] {
  const example = text.examples.get(title) ?? assert.fail(title)
  const plain = example.replaceAll(/BASE-64 (?:ENCODED|encoded) [A-Za-z0-9. ]+/g, 'AAECAw==')
  const mended = changes.reduce((now, [there, here]) => {
    assert.ok(now.includes(there), `${title} does not say ${there}`)
    return now.replaceAll(there, here)
  }, plain)
  return elementsOf(withoutIndentation(parseElement(`<all xmlns="${CLIENT_NS}">${mended}</all>`)))
}

const payloadOf = (stanza: Element): Element => elementsOf(stanza)[0] ?? assert.fail('an empty stanza')
const isFrom = (stanza: Element, jid: string): boolean => stanza.attrs.get('from')?.trim() === jid

/** Requests of an example, each with its answer. */
function exchangesOf(stanzas: readonly Element[]): readonly Exchange[] {
  return stanzas
    .filter(({ attrs }) => attrs.get('type') === 'get' || attrs.get('type') === 'set')
    .map(question => ({
      question,
      answer: stanzas.find(one => one !== question && one.attrs.get('id') === question.attrs.get('id')),
    }))
}

interface Scene {
  readonly town: Town
  readonly device: Station
  readonly primary: Station
  readonly judge: Station
  /** What the judge should be asked and was not yet. */
  readonly open: Exchange[]
}

/** The judge takes the questions of the example alone, in their order, and answers as it does there. */
function scene(deviceJid: string, exchanges: readonly Exchange[], options: ThingOptions): Scene {
  const town = new Town()
  const device = town.station(deviceJid)
  const primary = town.station(primaryJid)
  const judge = town.station(judgeJid)
  const open = exchanges.filter(({ question }) => question.attrs.get('to') === judgeJid)
  judge.features.add(provisioningNs('xep'))
  judge.script((_, found) => {
    const next = open.shift() ?? assert.fail(`nobody asks ${writeElement(found)}`)
    const different = differenceFrom(payloadOf(next.question), found)
    assert.equal(different, undefined, `${writeElement(found)}\n${different}`)
    return next.answer ? writeElement(payloadOf(next.answer)) : ''
  })
  town.introduce()
  thing(device, { provisioning: judgeJid, ...options })
  return { town, device, primary, judge, open }
}

const why = 'a question about everything names it, so that the answer can leave something out'
const momentary = { Energy: quantity('kWh', { read: () => 5 }), Power: quantity('W', { read: () => 7 }) }
const namesAll = (attributes: string): Change => [
  `${attributes}/>\n</iq>`,
  `${attributes}><field name='Energy'/><field name='Power'/></canRead></iq>`,
  why,
]
const noTokens: Change = [
  " serviceToken='SERVICETOKEN1' userToken='USERTOKEN1'",
  '',
  'nobody has shown these tokens in the request',
]

const wrote: string[] = []
const output = bool({ read: () => false, write: () => void wrote.push('Output') })
const fourOutputs = [1, 2, 3, 4].map(n => ({ id: `DigitalOutput${n}`, fields: { Output: output } }))
const eight: DeclaredFields = Object.fromEntries<DeclaredField>(
  [1, 2, 3, 4].flatMap(n => [
    [`DigitalOutput${n}`, bool({ read: () => false, write: () => void wrote.push(`DigitalOutput${n}`) })],
    [`AnalogOutput${n}`, int({ read: () => 0, write: () => void wrote.push(`AnalogOutput${n}`) })],
  ]),
)

interface Row {
  readonly title: string
  /** Another one than `device@example.org/device`. */
  readonly device?: string
  readonly options: ThingOptions
  readonly changes: readonly Change[]
  /** What is told by the readout, or what was set. */
  readonly effect: readonly string[]
}

const noCode: Change = [
  " responseCode='OK'",
  '',
  'later versions of XEP-0325 have no codes: a result says that it went well',
]
const nodes = ['Device02', 'Device03'].map(id => ({ id, fields: momentary }))
const namesFields: Change = [
  "<node nodeId='Device03'/>\n  </canRead>",
  "<node nodeId='Device03'/><field name='Energy'/><field name='Power'/></canRead>",
  why,
]

/** What the text answers with an error is answered with `forbidden`, as later versions of XEP-0323 and XEP-0325 have it. */
const rows: readonly Row[] = [
  {
    title: 'Readout request using multiple tokens',
    options: { fields: momentary },
    changes: [namesAll("momentary='true'")],
    effect: ['Energy', 'Power'],
  },
  {
    title: 'Rejecting read-outs',
    options: { fields: momentary },
    changes: [namesAll("userToken='USERTOKEN1' momentary='true'")],
    effect: [],
  },
  {
    title: 'Restricting nodes during read-out',
    options: { fields: {}, nodes },
    changes: [namesFields],
    effect: ['Device02 Energy', 'Device02 Power'],
  },
  {
    title: 'Restricting fields during read-out',
    options: { fields: { ...momentary, Voltage: quantity('V', { read: () => 230 }) } },
    changes: [
      [
        "userToken='USERTOKEN1'/>",
        "userToken='USERTOKEN1'><field name='Energy'/><field name='Power'/><field name='Voltage'/></canRead>",
        why,
      ],
    ],
    effect: ['Energy', 'Power'],
  },
  {
    title: 'Rejecting control action',
    options: { fields: { Output: output } },
    changes: [noTokens],
    effect: [],
  },
  {
    title: 'Restricting nodes during control',
    device: 'concentrator@example.org/plc',
    options: { fields: {}, nodes: fourOutputs },
    changes: [
      noTokens,
      noCode,
      [
        "<node nodeId='DigitalOutput3'/>\n  </setResponse>",
        "<node nodeId='DigitalOutput3'/><parameter name='Output'/></setResponse>",
        'where less was set than asked for, it is told of nodes and parameters',
      ],
    ],
    effect: ['Output', 'Output'],
  },
  {
    title: 'Restricting parameters during control',
    device: 'plc@example.org/plc',
    options: { fields: eight },
    changes: [[" serviceToken='SERVICETOKEN1' userToken='user0001'", '', noTokens[2]], noCode],
    effect: ['DigitalOutput1', 'DigitalOutput2', 'DigitalOutput3', 'DigitalOutput4'],
  },
]

/** What a readout told, by name, and of which node when it was not the device itself. */
function toldIn({ received, jid }: Station, device: string): readonly string[] {
  assert.equal(jid, primaryJid)
  const [own = ''] = device.split('@')
  return received.flatMap(one =>
    elementsOf(parseElement(one)).flatMap(node => {
      const id = node.attrs.get('nodeId') ?? ''
      const values = elementsOf(node).flatMap(time => elementsOf(time))
      return values.map(({ attrs }) => `${id === own ? '' : `${id} `}${attrs.get('name')}`)
    }),
  )
}

for (const { title, device: jid = 'device@example.org/device', options, changes, effect } of rows)
  test(`${title} (XEP-0324)`, { skip: text.skip }, async () => {
    const exchanges = exchangesOf(stanzasOf(title, changes))
    const { town, device, primary, open } = scene(jid, exchanges, options)
    const isAsked = ({ question }: Exchange): boolean => isFrom(question, primaryJid)
    const { question, answer } = exchanges.find(isAsked) ?? assert.fail(title)
    const type = question.attrs.get('type') === 'set' ? 'set' : 'get'
    wrote.length = 0
    const asking = primary.ask(type, device.jid, writeElement(payloadOf(question)))
    if (answer?.attrs.get('type') === 'error') assert.equal(await refusal(asking), 'forbidden')
    else
      assert.equal(
        differenceFrom(payloadOf(answer ?? assert.fail(title)), parseElement(await asking)),
        undefined,
      )
    await town.clock.advance(1_000)
    assert.deepEqual(open, [])
    assert.deepEqual([...toldIn(primary, jid), ...wrote], effect)
  })

const refusal = (asking: Promise<unknown>): Promise<string> =>
  asking.then(
    () => 'not refused',
    (error: unknown) => (error instanceof StanzaError ? error.condition : String(error)),
  )

for (const [title, jid, isFriend] of [
  ['Friendship request accepted', 'client1@example.org', true],
  ['Friendship request rejected', 'client2@example.org', false],
] as const)
  test(`${title} (XEP-0324 §3.2)`, { skip: text.skip }, async () => {
    const { device, open } = scene('device@example.org/device', exchangesOf(stanzasOf(title, [])), {})
    const done: string[] = []
    const decide = device.onRequest ?? assert.fail('nobody decides')
    await decide({
      jid: parseBareJid(jid),
      accept: () => void done.push('accepted'),
      decline: () => void done.push('declined'),
    })
    assert.deepEqual([open, done], [[], [isFriend ? 'accepted' : 'declined']])
  })

test('Recommending friendships, and ending them (XEP-0324 §3.2.3, §3.2.4)', { skip: text.skip }, async () => {
  const { device, judge, primary } = scene('device@example.org/device', [], {})
  const payload = (title: string): string => {
    const [message] = stanzasOf(title, [])
    return writeElement(payloadOf(message ?? assert.fail(title)))
  }
  const friends = (): readonly boolean[] =>
    [device.contacts, device.followed].map(set => set.has('client2@example.org'))
  judge.say(device.jid, payload('Recommending friendships'))
  await settled()
  assert.deepEqual(friends(), [true, true])
  // From others such messages are ignored.
  primary.say(device.jid, payload('Unfriending existing friend'))
  await settled()
  assert.deepEqual(friends(), [true, true])
  judge.say(device.jid, payload('Unfriending existing friend'))
  await settled()
  assert.deepEqual(friends(), [false, false])
})

test('Clear cache (XEP-0324 §3.5.1)', { skip: text.skip }, async () => {
  const [exchange] = exchangesOf(stanzasOf('Clear cache', []))
  const { question, answer } = exchange ?? assert.fail('no exchange')
  const { device, judge } = scene('device@example.org/device', [], {})
  const found = await judge.ask('set', device.jid, writeElement(payloadOf(question)))
  assert.equal(differenceFrom(payloadOf(answer ?? assert.fail()), parseElement(found)), undefined)
})

/** What is data in the text, and here. */
const sealed = Uint8Array.of(0, 1, 2, 3)

for (const title of ['Requesting a token', 'Requesting a service token'])
  test(`${title} (XEP-0324 §3.1.3.1, §3.6.1)`, { skip: text.skip }, async () => {
    const { device, open } = scene('device@example.org/device', exchangesOf(stanzasOf(title, [])), {})
    assert.equal(
      await tokenFor(device, { certificate: sealed, open: () => sealed }, { server: judgeJid }),
      'TOKEN',
    )
    assert.deepEqual(open, [])
  })

test('Requesting a token (2), Invalid token challenge (XEP-0324 §3.1.3.2)', { skip: text.skip }, async () => {
  const [exchange] = exchangesOf(stanzasOf('Requesting a token (2)', []))
  const { question, answer } = exchange ?? assert.fail('no exchange')
  const { device, judge } = scene('device@example.org/device', [], {})
  const desk = TokenDesk.of(device)
  desk.hold('TOKEN', { certificate: sealed, open: () => sealed })
  const asks = (): Promise<string> => judge.ask('get', device.jid, writeElement(payloadOf(question)))
  const [invalid] = stanzasOf('Invalid token challenge', [])
  const [condition] = elementsOf(payloadOf(invalid ?? assert.fail()))
  assert.equal(await refusal(asks()), condition?.name)
  desk.shown(['TOKEN'], judge.address)
  assert.equal(differenceFrom(payloadOf(answer ?? assert.fail()), parseElement(await asks())), undefined)
})
