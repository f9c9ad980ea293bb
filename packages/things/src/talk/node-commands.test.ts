/** Nodes of a concentrator by ad-hoc commands. XEP-0050 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { COMMANDS_NS, type DataForm, DataForm as Form } from '@waxwing/protocol'
import { elementsOf, parseElement, readWire } from '@waxwing/xml'
import { gatewayJid, type Plant, plant, wholeOf } from '../concentrator/plant.test.ts'
import { adHoc, type LazyNodes, type ThingOptions } from '../index.ts'

interface Page {
  readonly id: string
  readonly status: string
  readonly form: DataForm | undefined
  readonly notes: readonly string[]
  /** Labels to choose from. */
  readonly options: readonly string[]
}

interface Site extends Plant {
  step(values?: Readonly<Record<string, string>>, action?: string): Promise<Page>
}

function site(options: ThingOptions = {}): Site {
  const it = plant(options)
  adHoc(it.device, it.gateway)
  let id = ''
  return {
    ...it,
    async step(values, action = 'execute') {
      const session = values === undefined && action === 'execute' ? '' : `sessionid='${id}'`
      const fields = Object.entries(values ?? {}).map(
        ([name, value]) => `<field var='${name}'><value>${value}</value></field>`,
      )
      const form = values === undefined ? '' : `<x xmlns='jabber:x:data' type='submit'>${fields.join('')}</x>`
      const text = `<command xmlns='${COMMANDS_NS}' node='nodes' action='${action}' ${session}>${form}</command>`
      const page = pageIn(await it.client.ask('set', gatewayJid, text))
      id = page.id
      return page
    },
  }
}

function pageIn(answer: string): Page {
  const command = parseElement(answer)
  const all = elementsOf(command)
  const x = all.find(({ name }) => name === 'x')
  const form = x && readWire(Form, x)
  const chooser = form?.fields?.find(field => field.var === 'node')
  return {
    id: command.attrs.get('sessionid') ?? '',
    status: command.attrs.get('status') ?? '',
    form,
    notes: all
      .filter(({ name }) => name === 'note')
      .map(({ children }) => children.filter(one => typeof one === 'string').join('')),
    options: (chooser?.options ?? []).map(({ label = '' }) => label),
  }
}

test('a person finds a node level by level, and sets it (XEP-0050 §3.4)', async () => {
  const it = site()
  const roots = await it.step()
  assert.deepEqual(
    [roots.status, roots.form?.title, roots.options],
    ['executing', 'Plant', ['bus-1 …', 'bus-2 …']],
  )
  const meters = await it.step({ node: '0', what: 'below' }, 'next')
  assert.deepEqual(
    [meters.form?.title, meters.options],
    ['bus-1', ['Meter m1 (m1)', 'Meter m2 (m2)', 'Meter m3 (m3)']],
  )
  const settings = await it.step({ node: '1', id: '', what: 'settings' })
  assert.deepEqual(
    settings.form?.fields?.map(field => [field.var, field.values]),
    [['On', ['true']]],
  )
  const wrong = await it.step({ On: 'perhaps' }, 'complete')
  assert.match(wrong.notes.join(), /On/)
  const done = await it.step({ On: '0' }, 'complete')
  assert.deepEqual(
    [done.status, done.notes, it.writes],
    ['completed', ['On of m2 is set to 0.'], ['m2.On=false']],
  )
  assert.equal(it.gateway.log.at(-1)?.name, 'On')
})

test('a node is found by its id as well, and its values are told', async () => {
  const it = site()
  await it.step()
  const values = await it.step({ id: ' m5 ', what: 'values' })
  assert.deepEqual([values.status, values.form?.type, values.form?.title], ['completed', 'result', 'm5'])
  assert.deepEqual(
    values.form?.fields?.map(field => `${field.var} ${field.values.join(' ')}`),
    ['Power 5.0 kW', 'On yes'],
  )
})

test('one goes back, and gives up (XEP-0050 §3.3)', async () => {
  const it = site()
  await it.step()
  await it.step({ node: '1', what: 'below' })
  await it.step({ node: '0', what: 'settings' })
  assert.equal((await it.step(undefined, 'prev')).form?.title, 'bus-2')
  assert.equal((await it.step(undefined, 'prev')).form?.title, 'Plant')
  const { status, id } = await it.step(undefined, 'cancel')
  assert.equal(status, 'canceled')
  const again = `<command xmlns='${COMMANDS_NS}' node='nodes' sessionid='${id}' action='prev'/>`
  assert.match(await wholeOf(it.client.ask('set', gatewayJid, again)), /bad-sessionid/)
})

test('with several sources one of them is chosen first', async () => {
  const it = site()
  it.gateway.source('Archive', { name: 'Old things' }).add({ id: 'a1' })
  const sources = await it.step()
  assert.deepEqual([sources.options, sources.form?.fields?.length], [['Plant …', 'Old things …'], 1])
  assert.deepEqual((await it.step({ node: '1' })).options, ['a1'])
  assert.deepEqual((await it.step(undefined, 'prev')).options, ['Plant …', 'Old things …'])
})

test('of a million nodes only the page is looked up that somebody sees', async () => {
  const it = site()
  let lookedUp = 0
  const lazy: LazyNodes = {
    node: ({ id }) => ({ id }),
    *children(_, { after, max }) {
      const begin = after ? Number(after.id) + 1 : 0
      for (let n = begin; n < Math.min(1_000_000, begin + max); n++) {
        lookedUp++
        yield { id: String(n) }
      }
    },
  }
  it.gateway.source('Many', { lazy })
  await it.step()
  const first = await it.step({ node: '1' })
  assert.deepEqual(
    [first.options.length, first.options.at(-2), first.options.at(-1)],
    [51, '49', 'Further ones'],
  )
  const second = await it.step({ node: 'more' })
  assert.deepEqual([second.options[0], second.options.length, lookedUp], ['50', 51, 102])
  const values = await it.step({ id: '999999', what: 'values' })
  assert.deepEqual([values.status, lookedUp], ['completed', 102])
})

test('what somebody does not see is not there for them', async () => {
  const it = site({ maySee: ({ node }) => node?.id !== 'm2' })
  await it.step()
  assert.deepEqual((await it.step({ node: '0', what: 'below' })).options, ['Meter m1 (m1)', 'Meter m3 (m3)'])
  const hidden = await it.step({ id: 'm2', what: 'settings' })
  const missing = await it.step({ id: 'm0', what: 'settings' })
  assert.deepEqual([hidden.notes, hidden.options], [missing.notes, missing.options])
  const listed = async (jid: string): Promise<readonly (string | undefined)[]> =>
    ((await it.device.nodes.get(COMMANDS_NS)?.items?.(parseJid(jid))) ?? []).map(({ node }) => node)
  assert.ok((await listed(it.client.jid)).includes('nodes'))
  const blind = site({ maySee: () => false })
  assert.ok(
    !((await blind.device.nodes.get(COMMANDS_NS)?.items?.(parseJid(it.client.jid))) ?? []).some(
      ({ node }) => node === 'nodes',
    ),
  )
  await assert.rejects(blind.step(), { condition: 'item-not-found' })
})

test('who may not set a node hears so, and stays where they are', async () => {
  const it = site({ mayControl: () => 'none' })
  await it.step()
  const page = await it.step({ id: 'm1', what: 'settings' })
  assert.deepEqual(
    [page.status, page.options, page.notes.length, it.writes],
    ['executing', ['bus-1 …', 'bus-2 …'], 1, []],
  )
})

const odd: readonly [
  what: string,
  values: Readonly<Record<string, string>>,
  action: string,
  answer: RegExp,
][] = [
  ['a number nobody offered', { node: '99' }, 'next', /Choose a node/],
  ['no number', { node: '__proto__' }, 'next', /Choose a node/],
  ['nothing', {}, 'next', /Choose a node/],
  ['further ones that are not there', { node: 'more' }, 'next', /status="executing"/],
  ['an id that is too long', { id: 'x'.repeat(5000), what: 'values' }, 'next', /There is no such/],
  ['something else to see', { node: '0', what: 'toString' }, 'next', /bus-1/],
  ['the end at the beginning', { node: '0' }, 'complete', /bad-action/],
]
for (const [what, values, action, answer] of odd)
  test(`who chooses ${what} is answered, and nothing happens`, async () => {
    const it = site()
    const { id } = await it.step()
    const fields = Object.entries(values).map(
      ([name, value]) => `<field var='${name}'><value>${value}</value></field>`,
    )
    const text = `<command xmlns='${COMMANDS_NS}' node='nodes' action='${action}' sessionid='${id}'><x xmlns='jabber:x:data' type='submit'>${fields.join('')}</x></command>`
    assert.match(await wholeOf(it.client.ask('set', gatewayJid, text)), answer)
    assert.deepEqual([it.writes, it.town.faults], [[], []])
  })

test('a session of somebody else is none, and one without form goes nowhere', async () => {
  const it = site()
  const { id } = await it.step()
  const other = it.town.station('client@example.org/phone')
  const text = `<command xmlns='${COMMANDS_NS}' node='nodes' action='next' sessionid='${id}'/>`
  assert.match(await wholeOf(other.ask('set', gatewayJid, text)), /bad-sessionid/)
  assert.match(await wholeOf(it.client.ask('set', gatewayJid, text)), /bad-payload/)
})
