/** Who may do what: every affiliation, access model and relation, and payloads that are taken as they are. XEP-0060 §4.1, §4.5. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid, parseJid } from '@waxwing/jid'
import { type AccessModel, type Affiliation, accessModels, affiliations } from '@waxwing/protocol'
import { elementsOf, parseElement, writeElement } from '@waxwing/xml'
import { memoryStore } from '../../store/store.ts'
import { whyNotPublish, whyNotRead, whyNotSubscribe } from './access.ts'
import type { PubsubNode, Relation } from './node.ts'
import { NodeStore, pubsubShapes } from './node-store.ts'
import { payloadText } from './payload.ts'

const who = parseJid('romeo@montague.example/orchard')
const account = parseBareJid('romeo@montague.example')

function nodeOf(accessModel: AccessModel, affiliation: Affiliation, isSubscribed: boolean): PubsubNode {
  return {
    name: 'n',
    createdAt: 0,
    items: 0,
    size: 0,
    affiliations: new Map(affiliation === 'none' || affiliation === 'owner' ? [] : [[account, affiliation]]),
    subscriptions: new Map(isSubscribed ? [[who, 'subscribed']] : []),
    config: {
      title: '',
      description: '',
      type: '',
      accessModel,
      rosterGroups: ['Friends'],
      publishModel: 'publishers',
      persistItems: true,
      maxItems: 1,
      itemExpire: 'max',
      sendLast: 'never',
      deliverNotifications: true,
      deliverPayloads: true,
      notifyConfig: false,
      notifyDelete: true,
      notifyRetract: true,
      notificationType: 'headline',
    },
  }
}

const relations: Readonly<Record<string, Omit<Relation, 'isOwner'>>> = {
  stranger: { seesPresence: false, groups: [] },
  contact: { seesPresence: true, groups: ['Work'] },
  friend: { seesPresence: true, groups: ['Work', 'Friends'] },
  // In the group, but without a subscription any more.
  former: { seesPresence: false, groups: ['Friends'] },
}

/** Who reads without affiliation, by access model. */
const readers: Readonly<Record<AccessModel, readonly string[]>> = {
  open: ['stranger', 'contact', 'friend', 'former'],
  presence: ['contact', 'friend'],
  roster: ['friend'],
  authorize: [],
  whitelist: [],
}
/** What an affiliation says by itself; `undefined`: the access model decides. */
const reads: Readonly<Record<Affiliation, boolean | undefined>> = {
  owner: true,
  publisher: true,
  'publish-only': false,
  member: true,
  none: undefined,
  outcast: false,
}
const publishes: readonly Affiliation[] = ['owner', 'publisher', 'publish-only']

test('every affiliation, access model and relation: who reads, subscribes and publishes', () => {
  let cases = 0
  for (const model of accessModels)
    for (const affiliation of affiliations)
      for (const [name, known] of Object.entries(relations))
        for (const isSubscribed of [false, true]) {
          const node = nodeOf(model, affiliation, isSubscribed)
          const relation = { ...known, isOwner: affiliation === 'owner' }
          const by = `${affiliation} ${name} at ${model}${isSubscribed ? ', subscribed' : ''}`
          const may =
            reads[affiliation] ?? (readers[model].includes(name) || (model === 'authorize' && isSubscribed))
          assert.equal(whyNotRead(node, who, relation) === undefined, may, `${by} reads`)
          const asks = model === 'authorize' && affiliation === 'none'
          assert.equal(whyNotSubscribe(node, who, relation) === undefined, may || asks, `${by} subscribes`)
          const mayPublish = publishes.includes(affiliation)
          assert.equal(whyNotPublish(node, who, relation) === undefined, mayPublish, `${by} publishes`)
          cases++
        }
  assert.equal(cases, 240)
})

test('with other models of publishing subscribers, or all but outcasts, publish (XEP-0060 §16.4.4)', () => {
  const relation = { isOwner: false, seesPresence: false, groups: [] }
  for (const affiliation of ['none', 'member', 'outcast'] as const)
    for (const isSubscribed of [false, true]) {
      const node = nodeOf('open', affiliation, isSubscribed)
      const may = (publishModel: 'open' | 'subscribers'): boolean =>
        whyNotPublish({ ...node, config: { ...node.config, publishModel } }, who, relation) === undefined
      assert.equal(may('open'), affiliation !== 'outcast')
      assert.equal(may('subscribers'), affiliation !== 'outcast' && isSubscribed)
    }
})

const outer = "xmlns='http://jabber.org/protocol/pubsub' xmlns:o='urn:o'"
const payloads: readonly (readonly [what: string, written: string, kept: string])[] = [
  ['as it is', '<a xmlns=\'urn:a\'  b = "1" >\n<c/></a >', '<a xmlns=\'urn:a\'  b = "1" >\n<c/></a >'],
  ['with its own prefixes', "<a:a xmlns:a='urn:a'><a:b/></a:a>", "<a:a xmlns:a='urn:a'><a:b/></a:a>"],
  ['with an outer prefix', '<o:a/>', '<a xmlns="urn:o"/>'],
  ['with an outer prefix inside', "<a xmlns='urn:a'><o:b/></a>", '<a xmlns="urn:a"><b xmlns="urn:o"/></a>'],
  ['in the namespace around it', '<a/>', '<a xmlns="http://jabber.org/protocol/pubsub"/>'],
  [
    'with ends of items in text',
    "<a xmlns='urn:a'><![CDATA[</item>]]></a>",
    "<a xmlns='urn:a'><![CDATA[</item>]]></a>",
  ],
  ['with ends of items inside', "<a xmlns='urn:a'><item>x</item></a>", "<a xmlns='urn:a'><item>x</item></a>"],
  ['with a greater-than sign in an attribute', "<a xmlns='urn:a' b='>'/>", "<a xmlns='urn:a' b='>'/>"],
]
for (const [what, written, kept] of payloads)
  test(`a payload ${what} is kept so that it means the same anywhere`, () => {
    for (const open of ['<item>', "<item id='>'>", '<item\n>']) {
      const inside = `<pubsub ${outer}><publish node='n'>${open}${written}</item></publish></pubsub>`
      const request = parseElement(inside)
      const item = elementsOf(elementsOf(request)[0] ?? assert.fail())[0] ?? assert.fail()
      const payload = elementsOf(item)[0] ?? assert.fail()
      assert.equal(payloadText(payload, inside), kept)
      assert.equal(writeElement(parseElement(kept)), writeElement(payload))
    }
  })

test('what is written while a service is read is seen, and only so many services stay in memory', async () => {
  const stores = await memoryStore().open('montague.example', 'pep', pubsubShapes)
  const services = ['a@x', 'b@x', 'c@x'].map(jid => parseBareJid(jid))
  const nodes = new NodeStore(stores, new Set(services), 2)
  const [service = account] = services
  const before = { ...nodeOf('open', 'none', false), name: 'before' }
  await nodes.put(service, undefined, before)
  const again = new NodeStore(stores, new Set(services), 2)
  const reading = again.of(service)
  await again.put(service, undefined, { ...before, name: 'meanwhile' })
  assert.deepEqual([...(await reading).keys()], ['before', 'meanwhile'])
  for (const one of services) await again.of(one)
  assert.deepEqual([...(await again.of(service)).keys()], ['before', 'meanwhile'])
  const loaded = (await again.of(service)).get('before') ?? assert.fail()
  assert.deepEqual(loaded, before)
  await again.forget(service)
  assert.equal(again.holds(service), false)
  assert.equal((await new NodeStore(stores, new Set(services), 2).of(service)).size, 0)
})
