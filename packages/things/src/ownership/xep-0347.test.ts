/**
 * Things and owners of ours ask a registry as in the examples of XEP-0347, and take its answers as there. Where they ask
 * otherwise, the row says why. WAXWING_SPECS names the folder with the text; without it this file skips.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLIENT_NS, registryNs, StanzaError, stanzaError } from '@waxwing/protocol'
import { type Change, differenceFrom, Specification } from '@waxwing/testkit'
import { type Element, elementsOf, parseElement, withoutIndentation, writeElement } from '@waxwing/xml'
import { claim, describeThing, disown, remove, search, thing, unregister } from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'

const text = new Specification('0347')
const at = 'discovery.example.org'
const options = { registry: at }
const meta = { SN: '394872348732948723', MAN: 'www.ktc.se', MODEL: 'IMC', V: 1.2 }
const key = '4857402340298342'
const imc1 = { id: 'imc1', source: 'MeteringTopology' }
const position = { CLASS: 'PLC', LON: -71.519722, LAT: -33.008055 }

/** What the first stanza of an example holds; `undefined`: nothing. */
function payloadOf(title: string, changes: readonly Change[] = []): Element | undefined {
  let example = text.examples.get(title)?.replaceAll(/^\s*\.\.\.\s*$/gm, '') ?? assert.fail(title)
  for (const [there, here] of changes) {
    assert.ok(example.includes(there), `${title} does not say ${there}`)
    example = example.replaceAll(there, here)
  }
  const all = withoutIndentation(parseElement(`<all xmlns="${CLIENT_NS}">${example}</all>`))
  return elementsOf(elementsOf(all)[0] ?? assert.fail(title))[0]
}

/** The words of an answer; an error is thrown. */
function answerOf(title: string): string {
  const payload = payloadOf(title)
  if (!payload) return ''
  const [condition] = elementsOf(payload)
  if (payload.name !== 'error') return writeElement(payload)
  throw condition?.name === 'not-allowed' ? stanzaError('not-allowed') : stanzaError('item-not-found')
}

interface Exchange {
  readonly asks: string
  readonly changes?: readonly Change[]
  /** Absent: an empty answer. */
  readonly hears?: string
}

interface Scene {
  readonly town: Town
  readonly owner: Station
  readonly device: Station
  readonly registry: Station
  /** What the registry should be asked and was not yet. */
  readonly open: Exchange[]
}

/** The registry takes these questions alone, in their order. */
function scene(...exchanges: readonly Exchange[]): Scene {
  const town = new Town()
  const registry = town.station(at)
  registry.features.add(registryNs('xep'))
  const open = [...exchanges]
  registry.script((_, found) => {
    const { asks, changes, hears } = open.shift() ?? assert.fail(`nobody asks ${writeElement(found)}`)
    const different = differenceFrom(payloadOf(asks, changes) ?? assert.fail(asks), found)
    assert.equal(different, undefined, `${writeElement(found)}\n${different}`)
    return hears === undefined ? '' : answerOf(hears)
  })
  const owner = town.station('owner@example.org/phone')
  const device = town.station('thing@example.org/imc')
  return { town, owner, device, registry, open }
}

const saysPublic: Change = [
  "<mine xmlns='urn:xmpp:iot:discovery'>",
  "<mine xmlns='urn:xmpp:iot:discovery' public='true'>",
  'the text and other registries disagree about what is meant when nothing is said',
]
const bare: Change = ["jid='rack@example.org/plcs'", "jid='rack@example.org'", 'things are accounts']
const fifty: Change = ["maxCount='20'", "maxCount='50'", 'pages of ours have fifty things']
const label = (): string => text.examples.get('String to encode as a QR-code')?.trim() ?? assert.fail()
const place = { jid: 'thing@example.org', node: undefined }

/** What an owner does, with what comes of it. */
const deeds: readonly [exchange: Exchange, act: (it: Scene) => Promise<unknown>, outcome: unknown][] = [
  [
    { asks: 'Claim Ownership of public Thing', changes: [saysPublic], hears: 'Ownership claim successful' },
    ({ owner }) => claim(owner, label(), { ...options, isPublic: true }),
    { ...place, isPublic: true },
  ],
  [
    {
      asks: 'Claim Ownership of private Thing',
      hears: 'Ownership claim of a Thing behind a concentrator successful',
    },
    ({ owner }) => claim(owner, { ...meta, KEY: key }, options),
    { jid: 'rack@example.org/plcs', node: { ...imc1, partition: undefined }, isPublic: false },
  ],
  [
    { asks: 'Claim Ownership of private Thing', hears: 'Ownership claim failure' },
    ({ owner }) => claim(owner, label(), options),
    'item-not-found',
  ],
  [
    { asks: 'Remove Thing', hears: 'Thing removed' },
    ({ owner }) => remove(owner, 'thing@example.org', options),
    undefined,
  ],
  [
    { asks: 'Remove Thing behind concentrator', changes: [bare], hears: 'Removal failure' },
    ({ owner }) => remove(owner, 'rack@example.org/plcs', { ...options, node: imc1 }),
    'item-not-found',
  ],
  [
    { asks: 'Disowning Thing', hears: 'Failure to disown Thing - Offline' },
    ({ owner }) => disown(owner, 'thing@example.org', options),
    'not-allowed',
  ],
  [
    { asks: 'Disowning Thing behind concentrator', changes: [bare], hears: 'Thing disowned' },
    ({ owner }) => disown(owner, 'rack@example.org/plcs', { ...options, node: imc1 }),
    undefined,
  ],
  [
    {
      asks: 'Owner requests an update of Meta Data of Thing',
      hears: 'Owner updating thing Meta Data request acknowledgement',
    },
    ({ owner }) => describeThing(owner, 'thing@example.org', where, options),
    undefined,
  ],
  [
    {
      asks: 'Owner requests an update of Meta Data of Thing behind concentrator',
      hears: 'Owner updating thing Meta Data request failure',
    },
    ({ owner }) => describeThing(owner, 'rack@example.org', where, { ...options, node: imc1 }),
    'item-not-found',
  ],
  [
    { asks: 'Unregister Thing', hears: 'Unregister Thing acknowledgement' },
    ({ device }) => unregister(device, options),
    undefined,
  ],
  [
    { asks: 'Unregistring Thing behind concentrator' },
    ({ device }) => unregister(device, { ...options, node: imc1 }),
    undefined,
  ],
  [
    { asks: 'Searching for Things', changes: [fifty], hears: 'Search result' },
    ({ owner }) => finds(owner),
    [{ ...place, owner: 'owner@example.org', meta: { ...meta, ...position } }],
  ],
  [
    {
      asks: 'Searching for Things',
      changes: [fifty],
      hears: 'Search result containing Thing behind a concentrator',
    },
    ({ owner }) => finds(owner),
    [
      {
        jid: 'rack@example.org',
        node: { ...imc1, partition: undefined },
        owner: 'owner@example.org',
        meta: { ...meta, ...position },
      },
    ],
  ],
]

/** The example has the three points in the place of names. */
const where = Object.fromEntries(
  ['ROOM', 'APT', 'BLD', 'STREET', 'STREETNR', 'AREA', 'CITY', 'REGION', 'COUNTRY'].map(name => [
    name,
    '...',
  ]),
)

async function finds(owner: Station): Promise<readonly unknown[]> {
  const found: unknown[] = []
  const range = { minIncluded: true, maxIncluded: true }
  const conditions = [
    { kind: 'strEq', name: 'MAN', value: 'www.ktc.se' },
    { kind: 'strEq', name: 'MODEL', value: 'IMC' },
    { kind: 'strMask', name: 'SN', value: '39487*', wildcard: '*' },
    { kind: 'numRange', name: 'V', min: 1, max: 2, ...range, maxIncluded: false },
    { kind: 'numRange', name: 'LON', min: -72, max: -70, ...range },
    { kind: 'numRange', name: 'LAT', min: -34, max: -33, ...range },
  ] as const
  for await (const one of search(owner, conditions, options)) found.push(one)
  return found
}

const conditionOf = (error: unknown): string =>
  error instanceof StanzaError ? error.condition : String(error)

for (const [exchange, act, outcome] of deeds)
  test(`${exchange.asks}: ${exchange.hears ?? 'done'} (XEP-0347)`, { skip: text.skip }, async () => {
    const it = scene(exchange)
    assert.deepEqual(await act(it).catch(conditionOf), outcome)
    assert.deepEqual(it.open, [])
  })

/** A thing, or one behind it, that has registered and notes what it hears. */
async function registered(asked: string, ...exchanges: readonly Exchange[]) {
  const it = scene({ asks: asked }, ...exchanges)
  const events: string[] = []
  const isBehind = asked.includes('Concentrator')
  const one = thing(it.device, {
    registry: at,
    ...(isBehind ? { nodes: [{ ...imc1, fields: {}, meta, key }] } : { meta, key }),
    onClaimed: ({ owner, node, isPublic }) =>
      events.push(`${node?.id ?? 'it'} is claimed by ${owner}, ${isPublic ? 'public' : 'private'}`),
    onRemoved: node => events.push(`${node?.id ?? 'it'} is removed`),
    onDisowned: node => events.push(`${node?.id ?? 'it'} is disowned`),
  })
  await settled()
  return { ...it, one, events }
}

/** What the registry says to a thing, and what that answers. */
async function tells({ registry, device }: Scene, title: string): Promise<string> {
  return registry.ask('set', device.jid, writeElement(payloadOf(title) ?? assert.fail(title)))
}

const lives: readonly (readonly [asks: string, hears: readonly string[]])[] = [
  [
    'Register Thing',
    ['Ownership claimed', 'Thing removed from registry by owner', 'Thing disowned in registry by owner'],
  ],
  [
    'Register Thing behind Concentrator',
    [
      'Ownership of Thing behind concentrator claimed',
      'Thing behind concentrator removed from registry by owner',
      'Thing behind concentrator disowned in registry by owner',
    ],
  ],
]
for (const [asks, hears] of lives)
  test(`${asks}, and what becomes of it (XEP-0347 §3.6 – §3.17)`, { skip: text.skip }, async () => {
    // Given away, it registers again at once.
    const it = await registered(asks, { asks })
    for (const title of hears) assert.equal(await tells(it, title), '', title)
    await settled()
    const id = asks.includes('behind') ? 'imc1' : 'it'
    // The schema says that without the attribute it is private.
    const claimed = `${id} is claimed by owner@example.org, private`
    assert.deepEqual(it.events, [claimed, `${id} is removed`, `${id} is disowned`])
    assert.deepEqual(it.open, [])
  })

test('Registration response when already claimed (XEP-0347 §3.6)', { skip: text.skip }, async () => {
  const it = scene({ asks: 'Register Thing', hears: 'Registration response when alrady claimed' })
  const one = thing(it.device, { registry: at, meta, key })
  await settled()
  assert.equal(one.owner, 'owner@example.org')
  assert.equal(one.claimUri, undefined)
})

test('Ownership claim of private Thing successful (XEP-0347 §3.9)', { skip: text.skip }, async () => {
  const it = await registered('Register Thing')
  assert.equal(await tells(it, 'Ownership claim of private Thing successful'), '')
  assert.deepEqual(it.events, ['it is claimed by owner@example.org, private'])
})

const withoutKey: Change = [
  `<str name='KEY' value='${key}'/>`,
  '',
  'what owns itself is claimed by nobody, and needs no key',
]

test('Register self-owned Thing (XEP-0347 §3.7)', { skip: text.skip }, async () => {
  const it = scene({ asks: 'Register self-owned Thing', changes: [withoutKey] })
  const one = thing(it.device, { registry: at, meta, selfOwned: true })
  await settled()
  assert.deepEqual([it.open, one.owner], [[], 'thing@example.org'])
})

test('Update Meta Data request, and its answers (XEP-0347 §3.13)', { skip: text.skip }, async () => {
  const update: Exchange = { asks: 'Update Meta Data request' }
  const it = await registered(
    'Register Thing',
    { ...update, hears: 'Update Meta Data request acknowledgement' },
    { ...update, hears: 'Update Meta Data request failure' },
    { ...update, hears: 'Update Meta Data response to request from disowned Thing' },
    { asks: 'Register Thing' },
  )
  await tells(it, 'Ownership claimed')
  const updates = (): Promise<unknown> =>
    (it.one.registration ?? assert.fail()).update({ KEY: '', ...position }).catch(conditionOf)
  assert.equal(await updates(), undefined)
  assert.equal(await updates(), 'item-not-found')
  assert.equal(await updates(), undefined)
  assert.deepEqual(it.events, ['it is claimed by owner@example.org, private', 'it is disowned'])
  assert.deepEqual(it.open, [])
})
