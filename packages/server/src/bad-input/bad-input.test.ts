/**
 * Malformed and hostile input at every stage of a client's stream, over sockets: each case with the answer it must
 * get, and after each a bystander whose session must not have noticed.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parseFullJid } from '@waxwing/jid'
import { type ListeningServer, listening, SocketPeer, streamConditionOf } from '@waxwing/testkit'
import { childOf, type Element, elementsOf, writeElement } from '@waxwing/xml'
import { authenticated, bound } from './after-login-kit.test.ts'
import { greeted, headers, secured } from './before-login-kit.test.ts'
import { type Answer, type Case, ns, type Stage } from './case-kit.test.ts'

const limits = { timeout: 10_000 }
const romeo = parseFullJid('romeo@localhost/orchard')
let server: ListeningServer
let bystander: SocketPeer
let pings = 0

before(async () => {
  server = await listening({ config: '[limits]\nlogin_attempts = 3' })
  await server.account('romeo', 'secret')
  await server.account('bystander', 'secret')
  bystander = await reach('secured')
  await bystander.authenticates('bystander', 'secret')
  await bystander.greets('localhost')
  await bystander.binds('watch')
})

after(async () => {
  bystander.resets()
  await server[Symbol.asyncDispose]()
})

async function reach(stage: Stage): Promise<SocketPeer> {
  if (stage === 'connected' || stage === 'greeted') {
    const peer = await SocketPeer.connect({ port: server.port('client') })
    if (stage === 'greeted') await peer.greets('localhost')
    return peer
  }
  const peer = await SocketPeer.connect({ port: server.port('direct-tls'), directTls: server.certificate })
  await peer.greets('localhost')
  if (stage === 'secured') return peer
  await peer.authenticates('romeo', 'secret')
  await peer.greets('localhost')
  if (stage === 'bound') await peer.binds(romeo.slice(romeo.indexOf('/') + 1))
  return peer
}

/** The stream still works: whatever belongs to its stage is answered. */
async function isAlive(peer: SocketPeer, stage: Stage): Promise<void> {
  if (stage === 'connected') {
    await peer.greets('localhost')
  } else if (stage === 'bound') {
    const id = `ping-${pings++}`
    await peer.sends(`<iq type='get' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    const pong = await peer.takes()
    assert.deepEqual([pong.attrs.get('type'), pong.attrs.get('id')], ['result', id], writeElement(pong))
  } else if (stage === 'authenticated') {
    await peer.binds('alive')
  } else {
    await peer.sends(`<abort xmlns='${ns.sasl}'/>`)
    assert.equal((await peer.takes()).name, 'failure')
  }
}

/** A session that has nothing to do with it works as before; what it received is read away. */
async function isUndisturbed(): Promise<void> {
  const id = `ping-${pings++}`
  await bystander.sends(`<iq type='get' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  for (;;) {
    const heard = await bystander.takes()
    assert.equal(streamConditionOf(heard), undefined, writeElement(heard))
    if (heard.attrs.get('id') === id) return
  }
}

function conditionIn(parent: Element | undefined, space: string): string | undefined {
  return parent && elementsOf(parent).find(child => child.ns === space && child.name !== 'text')?.name
}

async function check(peer: SocketPeer, stage: Stage, answer: Answer): Promise<void> {
  if (answer === 'silence') return isAlive(peer, stage)
  if (answer === 'end') {
    const last = (await peer.hearsOut()).at(-1)
    return assert.equal(last && streamConditionOf(last), undefined)
  }
  if ('stream' in answer) return peer.receivesStreamError(...[answer.stream].flat())
  let found = await peer.takes()
  if ('sasl' in answer) {
    if (found.name === 'challenge') found = await peer.takes()
    assert.deepEqual([found.name, conditionIn(found, ns.sasl)], ['failure', answer.sasl], writeElement(found))
  } else {
    const error = childOf(found, 'jabber:client', 'error')
    assert.deepEqual(
      [found.attrs.get('type'), found.attrs.get('id'), conditionIn(error, ns.stanzas)],
      ['error', answer.id, answer.stanza],
      writeElement(found),
    )
  }
  await isAlive(peer, stage)
}

function described(answer: Answer): string {
  if (typeof answer === 'string') return answer
  if ('stream' in answer) return `the stream error ${[answer.stream].flat().join(' or ')}`
  return 'sasl' in answer ? `the SASL failure ${answer.sasl}` : `the error ${answer.stanza}`
}

const table: readonly (readonly [Stage, readonly Case[]])[] = [
  ['connected', headers],
  ['greeted', greeted],
  ['secured', secured],
  ['authenticated', authenticated],
  ['bound', bound],
]

for (const [stage, cases] of table)
  for (const [what, sent, answer] of cases)
    test(`${stage}: ${what} → ${described(answer)}`, limits, async () => {
      const peer = await reach(stage)
      await peer.sends(...((Array.isArray(sent) ? sent : [sent]) as (string | Uint8Array)[]))
      await check(peer, stage, answer)
      peer.resets()
      await isUndisturbed()
    })
