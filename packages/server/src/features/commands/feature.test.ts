/** Ad-hoc commands: XEP-0050. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declareForm, field } from '@waxwing/protocol'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, elementsOf } from '@waxwing/xml'
import { defineFeature } from '../../kernel/feature.ts'
import { defaultFeatures } from '../features.ts'
import { ask, done, told } from './command.ts'
import { commands } from './feature.ts'

const ns = 'http://jabber.org/protocol/commands'
const conditionsNs = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const domain = 'montague.example'

const Service = declareForm('urn:waxwing:test', {
  service: field.choice('Service', { httpd: 'Web', jabberd: 'Chat' }).required(),
})
const Runlevel = declareForm('urn:waxwing:test', {
  runlevel: field.number('Run level', { min: 1, max: 5 }).required(),
})

/** The XEP's own service: a list, and a configuration in two stages. */
const services = defineFeature({
  name: 'services',
  implements: [],
  needs: { commands },
  setup({ needs }) {
    const host = { at: 'host' as const, mayUse: () => true }
    needs.commands.declare({
      ...host,
      node: 'list',
      name: 'List Services',
      run: () => done({ notes: [{ text: 'httpd' }] }),
    })
    needs.commands.declare({
      ...host,
      node: 'config',
      name: 'Configure Service',
      run: () => {
        const first = ask(Service, { title: 'Configure Service' }, () => told('never'))
        return {
          status: 'asking',
          form: first.form,
          next: submitted => {
            const { service } = Service.read(submitted)
            return ask(Runlevel, {}, ({ runlevel }) => told(`${service} at ${runlevel}`))
          },
        }
      },
    })
    needs.commands.declare({
      ...host,
      node: 'secret',
      name: 'Secret',
      mayUse: ({ jid }) => jid.startsWith('romeo'),
      run: () => told('psst'),
    })
    needs.commands.declare({
      node: 'own',
      name: 'Own',
      at: 'account',
      mayUse: () => true,
      run: () => told('mine'),
    })
    return {}
  },
})

const withServices = (settings: Record<string, unknown> = {}): Promise<Scene> =>
  scene({
    features: [...defaultFeatures.filter(({ name }) => name !== 'commands'), commands, services],
    settings: { commands: settings },
  })

const romeo = (host: Scene): Promise<Peer> => host.client(`romeo@${domain}/orchard`)

async function asks(peer: Peer, attrs: string, payload = '', to = domain): Promise<void> {
  await peer.sends(
    `<iq type='set' id='c' to='${to}'><command xmlns='${ns}' ${attrs}>${payload}</command></iq>`,
  )
}

const submit = (name: string, value: string): string =>
  `<x xmlns='jabber:x:data' type='submit'><field var='${name}'><value>${value}</value></field></x>`

/** Begins the configuration. @returns its session id */
async function begins(peer: Peer): Promise<string> {
  await asks(peer, "node='config' action='execute'")
  const command = await peer.receivesResult('c')
  return command?.attrs.get('sessionid') ?? assert.fail('no session')
}

async function refused(peer: Peer, type: string, condition: string, specific?: string): Promise<void> {
  const found = await peer.receivesError('iq', 'c', type, condition)
  const error = childOf(found, 'jabber:client', 'error')
  const specifics = error ? elementsOf(error).filter(child => child.ns !== conditionsNs) : []
  assert.deepEqual(
    specifics.map(child => `{${child.ns}}${child.name}`),
    specific === undefined ? [] : [`{${ns}}${specific}`],
  )
}

test('commands are listed under their node, for those who may use them (XEP-0050 §2.2)', async () => {
  await using host = await withServices()
  const question = `<iq type='get' id='d' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#items' node='${ns}'/></iq>`
  const nodesFor = async (jid: string): Promise<readonly (string | undefined)[]> => {
    const peer = await host.client(jid)
    await peer.sends(question)
    const list = await peer.receivesResult('d')
    assert.equal(list?.attrs.get('node'), ns)
    const nodes = elementsOf(list).map(item => item.attrs.get('node'))
    return nodes.filter(node => !node?.includes(':'))
  }
  assert.deepEqual(await nodesFor(`romeo@${domain}/orchard`), ['list', 'config', 'secret'])
  assert.deepEqual(await nodesFor(`juliet@${domain}/balcony`), ['list', 'config'])
})

test('a command says what it is (XEP-0050 §2.2)', async () => {
  await using host = await withServices()
  const peer = await romeo(host)
  const question = (node: string): string =>
    `<iq type='get' id='d' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#info' node='${node}'/></iq>`
  await peer.sends(question('config'))
  await peer.receives(
    `<iq type='result' id='d'><query xmlns='http://jabber.org/protocol/disco#info' node='config'>
       <identity name='Configure Service' category='automation' type='command-node'/>
       <feature var='${ns}'/><feature var='jabber:x:data'/></query></iq>`,
  )
  await peer.sends(question('nothing'))
  await peer.receivesError('iq', 'd', 'cancel', 'item-not-found')
  const juliet = await host.client(`juliet@${domain}/balcony`)
  await juliet.sends(question('secret'))
  await juliet.receivesError('iq', 'd', 'auth', 'forbidden')
})

test('a command without stages is done at once (XEP-0050 §2.4.1)', async () => {
  await using host = await withServices()
  const peer = await romeo(host)
  for (const action of ['', "action='execute'"]) {
    await asks(peer, `node='list' ${action}`)
    await peer.receives(
      `<iq type='result' id='c'><command xmlns='${ns}' node='list' sessionid='{any}' status='completed' xml:lang='en'><note>httpd</note></command></iq>`,
    )
  }
})

test('stages lead on, back, and to the end (XEP-0050 §2.4.2)', async () => {
  await using host = await withServices()
  const peer = await romeo(host)
  await asks(peer, "node='config'")
  const first = await peer.receives(
    `<iq type='result' id='c'><command xmlns='${ns}' node='config' sessionid='{any}' status='executing' xml:lang='en'>
       <actions execute='next'><next/></actions>
       <x xmlns='jabber:x:data' type='form'><title>Configure Service</title>
         <field var='FORM_TYPE' type='hidden'><value>urn:waxwing:test</value></field>
         <field var='service' type='list-single' label='Service'><required/>
           <option label='Web'><value>httpd</value></option><option label='Chat'><value>jabberd</value></option></field>
       </x></command></iq>`,
  )
  const id = elementsOf(first)[0]?.attrs.get('sessionid')
  const at = `node='config' sessionid='${id}'`
  const second = `<iq type='result' id='c'><command xmlns='${ns}' node='config' sessionid='${id}' status='executing' xml:lang='en'>
       <actions execute='complete'><prev/><complete/></actions>
       <x xmlns='jabber:x:data' type='form'>
         <field var='FORM_TYPE' type='hidden'><value>urn:waxwing:test</value></field>
         <field var='runlevel' type='text-single' label='Run level'><required/>
           <validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:integer'><range min='1' max='5'/></validate></field>
       </x></command></iq>`
  await asks(peer, at, submit('service', 'httpd'))
  await peer.receives(second)
  await asks(peer, `${at} action='prev'`)
  assert.equal((await peer.receivesResult('c'))?.attrs.get('status'), 'executing')
  await asks(peer, `${at} action='next'`, submit('service', 'jabberd'))
  await peer.receives(second)
  await asks(peer, `${at} action='complete'`, submit('runlevel', '3'))
  await peer.receives(
    `<iq type='result' id='c'><command xmlns='${ns}' node='config' sessionid='${id}' status='completed' xml:lang='en'><note>jabberd at 3</note></command></iq>`,
  )
  await asks(peer, at, submit('runlevel', '3'))
  await refused(peer, 'cancel', 'not-allowed', 'session-expired')
})

test('cancelling ends the session, and says so (XEP-0050 §2.4.3)', async () => {
  await using host = await withServices()
  const peer = await romeo(host)
  const id = await begins(peer)
  await asks(peer, `node='config' sessionid='${id}' action='cancel'`)
  await peer.receives(
    `<iq type='result' id='c'><command xmlns='${ns}' node='config' sessionid='${id}' status='canceled' xml:lang='en'/></iq>`,
  )
  await asks(peer, `node='config' sessionid='${id}' action='cancel'`)
  await refused(peer, 'cancel', 'not-allowed', 'session-expired')
})

const faults: readonly [
  what: string,
  attrs: string,
  payload: string,
  type: string,
  condition: string,
  specific?: string,
][] = [
  ['an action nobody knows', "node='list' action='dance'", '', 'modify', 'bad-request', 'malformed-action'],
  [
    'going back before the beginning',
    "node='config' sessionid='ID' action='prev'",
    '',
    'modify',
    'bad-request',
    'bad-action',
  ],
  [
    'completing where one goes on',
    "node='config' sessionid='ID' action='complete'",
    submit('service', 'httpd'),
    'modify',
    'bad-request',
    'bad-action',
  ],
  ['a language that is none', "node='list' xml:lang='?'", '', 'modify', 'bad-request', 'bad-locale'],
  ['no form', "node='config' sessionid='ID'", '', 'modify', 'bad-request', 'bad-payload'],
  [
    'a form without what is required',
    "node='config' sessionid='ID'",
    submit('other', 'x'),
    'modify',
    'bad-request',
    'bad-payload',
  ],
  [
    'a value that is no choice',
    "node='config' sessionid='ID'",
    submit('service', 'ftpd'),
    'modify',
    'bad-request',
    'bad-payload',
  ],
  [
    'a session that never was',
    "node='config' sessionid='x'",
    submit('service', 'httpd'),
    'modify',
    'bad-request',
    'bad-sessionid',
  ],
  ["another command's session", "node='list' sessionid='ID'", '', 'modify', 'bad-request', 'bad-sessionid'],
  ['no such command', "node='none'", '', 'cancel', 'item-not-found'],
  ['no node at all', '', '', 'modify', 'bad-request'],
]

for (const [what, attrs, payload, type, condition, specific] of faults)
  test(`${what} is answered ${specific ?? condition} (XEP-0050 §4.4)`, async () => {
    await using host = await withServices()
    const peer = await romeo(host)
    const id = await begins(peer)
    await asks(peer, attrs.replace('ID', id), payload)
    await refused(peer, type, condition, specific)
  })

test('who may not use a command is forbidden to (XEP-0050 §4.4)', async () => {
  await using host = await withServices()
  const juliet = await host.client(`juliet@${domain}/balcony`)
  await asks(juliet, "node='secret'")
  await refused(juliet, 'auth', 'forbidden')
})

test("nobody goes on with somebody else's session (XEP-0050 §3.3)", async () => {
  await using host = await withServices()
  const id = await begins(await romeo(host))
  const juliet = await host.client(`juliet@${domain}/balcony`)
  await asks(juliet, `node='config' sessionid='${id}'`, submit('service', 'httpd'))
  await refused(juliet, 'modify', 'bad-request', 'bad-sessionid')
})

test('a session nobody goes on with is over after its time', async () => {
  await using host = await withServices({ lifetime: 60_000 })
  const peer = await romeo(host)
  const id = await begins(peer)
  await host.advance(60_001)
  await asks(peer, `node='config' sessionid='${id}'`, submit('service', 'httpd'))
  await refused(peer, 'cancel', 'not-allowed', 'session-expired')
})

test('one session too many ends the oldest one', async () => {
  await using host = await withServices({ perRequester: 2 })
  const peer = await romeo(host)
  const [oldest, other] = [await begins(peer), await begins(peer)]
  await begins(peer)
  await asks(peer, `node='config' sessionid='${oldest}'`, submit('service', 'httpd'))
  await refused(peer, 'cancel', 'not-allowed', 'session-expired')
  await asks(peer, `node='config' sessionid='${other}'`, submit('service', 'httpd'))
  await peer.receivesResult('c')
})

test("an account's commands are its owner's alone", async () => {
  await using host = await withServices()
  const peer = await romeo(host)
  await asks(peer, "node='own'", '', `romeo@${domain}`)
  assert.equal((await peer.receivesResult('c'))?.attrs.get('status'), 'completed')
  const juliet = await host.client(`juliet@${domain}/balcony`)
  await asks(juliet, "node='own'", '', `romeo@${domain}`)
  await refused(juliet, 'auth', 'forbidden')
})
