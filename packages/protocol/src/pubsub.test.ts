// Configurations of nodes as forms, and conditions of errors. XEP-0060 §16.4.4, §17.2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement, readWire, toElement, writeWire } from '@waxwing/xml'
import {
  CLIENT_NS,
  DataForm,
  errorIn,
  FORM_TYPE,
  fieldOf,
  fitsNodeConfig,
  formTypeOf,
  type NodeConfig,
  nodeConfigForm,
  PUBLISH_OPTIONS,
  Pubsub,
  PubsubEvent,
  pubsubCondition,
  pubsubConditionOf,
  pubsubConditions,
  readNodeConfig,
  stanzaError,
  valuesOf,
} from './index.ts'

const config: NodeConfig = {
  title: 'Musings',
  description: '',
  type: 'http://www.w3.org/2005/Atom',
  accessModel: 'roster',
  rosterGroups: ['Friends', 'Servants'],
  publishModel: 'subscribers',
  persistItems: true,
  maxItems: 'max',
  itemExpire: 604_800,
  sendLast: 'on_sub',
  deliverNotifications: true,
  deliverPayloads: false,
  notifyConfig: false,
  notifyDelete: true,
  notifyRetract: false,
  notificationType: 'normal',
}

test('a configuration goes through a form and comes back (§8.2)', () => {
  for (const kind of ['form', 'submit', 'result'] as const) {
    const form = readWire(DataForm, toElement(DataForm, nodeConfigForm(config, kind)))
    assert.equal(formTypeOf(form), 'http://jabber.org/protocol/pubsub#node_config')
    assert.deepEqual(readNodeConfig(form), { changes: config, unknown: [] })
  }
  assert.deepEqual(
    fieldOf(nodeConfigForm(config, 'form'), 'pubsub#access_model')?.options?.map(({ value }) => value),
    ['open', 'presence', 'roster', 'authorize', 'whitelist'],
  )
})

test('what a form leaves out stays, and what nobody knows is told (§7.1.5, XEP-0004 §3.2)', () => {
  const form = nodeConfigForm({ accessModel: 'whitelist', maxItems: 10 }, 'submit', PUBLISH_OPTIONS)
  assert.deepEqual(
    form.fields?.map(({ var: name, values }) => [name, ...values]),
    [
      [FORM_TYPE, PUBLISH_OPTIONS],
      ['pubsub#access_model', 'whitelist'],
      ['pubsub#max_items', '10'],
    ],
  )
  const more = { ...form, fields: [...(form.fields ?? []), { var: 'pubsub#itemreply', values: ['owner'] }] }
  assert.deepEqual(readNodeConfig(more), {
    changes: { accessModel: 'whitelist', maxItems: 10 },
    unknown: ['pubsub#itemreply'],
  })
  assert.ok(!fitsNodeConfig(config, { accessModel: 'whitelist' }))
  assert.ok(fitsNodeConfig(config, { rosterGroups: ['Friends', 'Servants'], maxItems: 'max' }))
  assert.ok(!fitsNodeConfig(config, { maxItems: 10 }))
})

const wrong: readonly (readonly [name: string, value: string])[] = [
  ['pubsub#access_model', 'everybody'],
  ['pubsub#access_model', '__proto__'],
  ['pubsub#max_items', '-1'],
  ['pubsub#max_items', '1e3'],
  ['pubsub#item_expire', ''],
  ['pubsub#persist_items', 'yes'],
  ['pubsub#notification_type', 'chat'],
]
for (const [name, value] of wrong)
  test(`${name} is not ${JSON.stringify(value)}`, () => {
    const form = { type: 'submit', fields: [{ var: name, values: [value] }] } as const
    assert.throws(() => readNodeConfig(form), { name: 'FormError', field: name })
  })

test('every condition is found again in its error (§17.2)', () => {
  for (const condition of pubsubConditions) {
    const error = stanzaError('bad-request', 'Why', { app: pubsubCondition(condition, 'subscribe') })
    const read = readWire(errorIn(CLIENT_NS), parseElement(writeWire(errorIn(CLIENT_NS), error)))
    assert.equal(pubsubConditionOf(read), condition)
    assert.equal(read.app?.attrs.get('feature'), 'subscribe')
  }
  assert.equal(pubsubConditionOf(stanzaError('conflict')), undefined)
  assert.equal(pubsubConditionOf({ app: { ...pubsubCondition('node-full'), ns: 'urn:x' } }), undefined)
})

test('items keep their payloads as trees, and requests of former times are understood (§7.1, §7.2)', () => {
  const event =
    "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><retract id='a'/></items></event>"
  assert.deepEqual(readWire(PubsubEvent, parseElement(event)).items?.retracted, [{ id: 'a' }])
  for (const [notify, wanted] of [
    ['true', true],
    ['1', true],
    ['notify', true],
    ['0', false],
    ['false', false],
  ] as const) {
    const xml = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='n' notify='${notify}'><item id='a'/></retract></pubsub>`
    assert.equal(readWire(Pubsub, parseElement(xml)).retract?.notify, wanted)
  }
  assert.deepEqual(valuesOf(nodeConfigForm(config, 'result'), 'pubsub#roster_groups_allowed'), [
    'Friends',
    'Servants',
  ])
})
