/** Advanced message processing: XEP-0079. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childrenOf } from '@waxwing/xml'

const ns = 'http://jabber.org/protocol/amp'
const domain = 'hamlet.lit'
const bernardoJid = `bernardo@${domain}`
const franciscoJid = `francisco@${domain}`

interface Watch {
  readonly host: Scene
  readonly bernardo: Peer
}

/** Bernardo may see Francisco's presence unless he is a stranger. */
async function watch(isStranger = false): Promise<Watch> {
  const host = await scene({ domains: [domain], components: { 'gate.hamlet.lit': 's' } })
  const bernardo = await host.online(`${bernardoJid}/elsinore`)
  const francisco = await host.online(`${franciscoJid}/pda`)
  if (!isStranger) {
    await bernardo.sends(`<presence type='subscribe' to='${franciscoJid}'/>`)
    await francisco.sends(`<presence type='subscribed' to='${bernardoJid}'/>`)
  }
  await francisco.closes()
  await bernardo.forgets()
  return { host, bernardo }
}

const rule = (action: string, condition: string, value: string): string =>
  `<rule action='${action}' condition='${condition}' value='${value}'/>`
const message = (to: string, rules: string, type = 'chat'): string =>
  `<message to='${to}' id='chatty2' type='${type}'><body>Who&apos;s there?</body><amp xmlns='${ns}'>${rules}</amp></message>`
const stamped = (rules: string, to = franciscoJid): string =>
  `<amp xmlns='${ns}' from='${bernardoJid}/elsinore' to='${to}'>${rules}</amp>`

async function francisco(host: Scene, resource = 'pda'): Promise<Peer> {
  const peer = await host.client(`${franciscoJid}/${resource}`)
  await peer.sends('<presence/>')
  return peer
}

const messagesOf = async (peer: Peer): Promise<number> =>
  (await peer.forgets()).filter(({ name }) => name === 'message').length

test('support is announced, action by action and condition by condition (XEP-0079 §2.1.1)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  const ask = async (node: string): Promise<readonly (string | undefined)[]> => {
    await bernardo.sends(
      `<iq type='get' id='d' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#info' ${node}/></iq>`,
    )
    const info = await bernardo.receivesResult('d')
    return info ? [...childrenOf(info, info.ns, 'feature')].map(({ attrs }) => attrs.get('var')) : []
  }
  assert.ok((await ask('')).includes(ns))
  assert.deepEqual(await ask(`node='${ns}'`), [
    ns,
    ...['alert', 'drop', 'error', 'notify'].map(action => `${ns}?action=${action}`),
    ...['deliver', 'expire-at', 'match-resource'].map(condition => `${ns}?condition=${condition}`),
  ])
})

test('an alert tells the sender, and the message goes nowhere (XEP-0079 §3.4.1)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  await bernardo.sends(message(franciscoJid, rule('alert', 'deliver', 'stored')))
  await bernardo.receives(
    `<message from='${domain}' to='${bernardoJid}/elsinore' id='chatty2'>
       <amp xmlns='${ns}' status='alert' from='${bernardoJid}/elsinore' to='${franciscoJid}'>${rule('alert', 'deliver', 'stored')}</amp></message>`,
  )
  assert.equal(await messagesOf(await francisco(host)), 0)
})

test('a drop says nothing, and the message goes nowhere (XEP-0079 §3.4.2)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  await bernardo.sends(message(franciscoJid, rule('drop', 'deliver', 'stored')))
  await bernardo.receivesNothing()
  assert.equal(await messagesOf(await francisco(host)), 0)
})

test('an error names the rules that failed (XEP-0079 §3.4.3)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  await bernardo.sends(message(franciscoJid, rule('error', 'deliver', 'stored')))
  await bernardo.receives(
    `<message from='${franciscoJid}' to='${bernardoJid}/elsinore' type='error' id='chatty2'>
       <error type='modify'><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
         <failed-rules xmlns='${ns}#errors'>${rule('error', 'deliver', 'stored')}</failed-rules></error></message>`,
  )
})

test('a notification tells the sender, and the message goes its way (XEP-0079 §3.4.4)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  const rules = rule('notify', 'deliver', 'stored')
  await bernardo.sends(message(franciscoJid, rules))
  await bernardo.receives(
    `<message from='${domain}' to='${bernardoJid}/elsinore' id='chatty2'>
       <amp xmlns='${ns}' status='notify' from='${bernardoJid}/elsinore' to='${franciscoJid}'>${rules}</amp></message>`,
  )
  const peer = await francisco(host)
  assert.equal(await messagesOf(peer), 1)
})

test('a message whose rules are not met arrives, with the addresses in them (XEP-0079 §4.1)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  const peer = await francisco(host)
  await peer.forgets()
  await bernardo.forgets()
  const rules = rule('error', 'deliver', 'stored') + rule('drop', 'expire-at', '2012-01-01T00:00:00Z')
  await bernardo.sends(message(`${franciscoJid}/pda`, rules))
  await peer.receives(
    `<message from='${bernardoJid}/elsinore' to='${franciscoJid}/pda' id='chatty2' type='chat'><body>Who's there?</body>${stamped(rules, `${franciscoJid}/pda`)}{any}</message>`.replace(
      '{any}',
      '',
    ),
  )
  await bernardo.receivesNothing()
})

test('data that must reach one resource reaches no other (XEP-0079 §5.1)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  const peer = await francisco(host, 'desk')
  await peer.forgets()
  await bernardo.forgets()
  await bernardo.sends(message(`${franciscoJid}/pda`, rule('error', 'match-resource', 'other')))
  await bernardo.receivesError('message', 'chatty2', 'modify', 'undefined-condition')
  await peer.receivesNothing()
})

test('what has become stale while it was kept is dropped (XEP-0079 §3.3.2)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  await bernardo.sends(message(franciscoJid, rule('drop', 'expire-at', '2011-03-01T12:05:00Z')))
  await bernardo.sends(message(franciscoJid, rule('drop', 'expire-at', '2011-03-01T12:30:00Z')))
  await host.advance(600_000)
  assert.equal(await messagesOf(await francisco(host)), 1)
})

test('what was stale when it came is not kept (XEP-0079 §3.3.2)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  await bernardo.sends(message(franciscoJid, rule('error', 'expire-at', '2004-01-01T00:00:00Z')))
  await bernardo.receivesError('message', 'chatty2', 'modify', 'undefined-condition')
})

const wrong: readonly [rules: string, condition: string, fault: string][] = [
  [rule('explode', 'deliver', 'none'), 'bad-request', 'unsupported-actions'],
  [rule('drop', 'weather', 'rain'), 'bad-request', 'unsupported-conditions'],
  [rule('drop', 'deliver', 'slowly'), 'not-acceptable', 'invalid-rules'],
  ['', 'not-acceptable', 'invalid-rules'],
  ["<rule action='drop'/>", 'bad-request', ''],
]
for (const [rules, condition, fault] of wrong)
  test(`${rules || 'no rule'} is answered ${condition} ${fault} (XEP-0079 §6.1)`, async () => {
    const { host, bernardo } = await watch()
    await using _ = host
    await bernardo.sends(message(franciscoJid, rules))
    await bernardo.receivesError('message', 'chatty2', 'modify', condition)
    assert.match(host.transcript(), new RegExp(fault))
  })

test('strangers learn nothing of presence; they may have messages dropped (XEP-0079 §9)', async () => {
  const { host, bernardo } = await watch(true)
  await using _ = host
  for (const action of ['alert', 'error', 'notify']) {
    await bernardo.sends(message(franciscoJid, rule(action, 'deliver', 'stored')))
    await bernardo.receivesError('message', 'chatty2', 'modify', 'not-acceptable')
    await bernardo.sends(message(`nobody@${domain}`, rule(action, 'deliver', 'stored')))
    await bernardo.receivesError('message', 'chatty2', 'modify', 'not-acceptable')
  }
  await bernardo.sends(message(franciscoJid, rule('drop', 'deliver', 'stored')))
  await bernardo.receivesNothing()
})

test('of what goes to another server the sender’s one knows that it goes there (XEP-0079 §3.3.1)', async () => {
  const { host, bernardo } = await watch()
  await using _ = host
  const gate = await host.component('gate.hamlet.lit')
  await bernardo.sends(message('ghost@gate.hamlet.lit', rule('error', 'deliver', 'direct')))
  await bernardo.receivesError('message', 'chatty2', 'modify', 'undefined-condition')
  await bernardo.sends(message('ghost@gate.hamlet.lit', rule('error', 'deliver', 'stored')))
  assert.equal((await gate.takes()).name, 'message')
})
