/** Owners who are asked about their things: IEEE 1451.99, provisioning for owners. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RULES_NS, StanzaError, stanzaError } from '@waxwing/protocol'
import { writeElement } from '@waxwing/xml'
import { type AnswerOptions, NotSupportedError, type Question, questions } from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'

const judgeJid = 'provisioning.example.org'
const ns = 'urn:nf:iot:prov:o:1.0'
const about = `jid="boiler@example.org" remoteJid="ann@example.net"`

interface Scene {
  readonly owner: Station
  readonly judge: Station
  /** What the owner has said, as XML. */
  readonly said: string[]
}

function scene(waiting = '', features: readonly string[] = [ns, RULES_NS]): Scene {
  const town = new Town()
  const owner = town.station('romeo@example.org/phone')
  const judge = town.station(judgeJid)
  const said: string[] = []
  for (const feature of features) judge.features.add(feature)
  judge.script((type, payload) => {
    if (type === 'get') return `<questions xmlns="${RULES_NS}">${waiting}</questions>`
    said.push(writeElement(payload))
    return ''
  })
  return { owner, judge, said }
}

const asked = (key: string): string =>
  `<question asked="2024-06-01T11:00:00Z" times="2"><canRead xmlns="${ns}" ${about} key="${key}" m="true"><f n="Energy"/></canRead></question>`

async function first(owner: Station): Promise<Question> {
  const { value } = await questions(owner, { server: judgeJid }).next()
  return value ?? assert.fail('nothing was asked')
}

const answers: readonly [options: AnswerOptions | undefined, content: string][] = [
  [undefined, '<partial><f n="Energy"/></partial><fromJid/>'],
  [{ only: 'everything' }, '<fromJid/>'],
  [{ only: ['Power'], types: ['momentary'] }, '<partial m="true"><f n="Power"/></partial><fromJid/>'],
  [{ for: 'domain' }, '<partial><f n="Energy"/></partial><fromDomain/>'],
  [{ for: 'everyone', only: 'everything' }, '<all/>'],
  [{ for: { device: 'D1' }, only: 'everything' }, '<fromDevice token="D1"/>'],
  [
    { only: 'everything', until: new Date('2026-12-31T12:00:00Z') },
    `<fromJid/><until xmlns="${RULES_NS}" at="2026-12-31T12:00:00Z"/>`,
  ],
]
for (const [options, content] of answers)
  test(`a question is answered with ${content}`, async () => {
    const { owner, said } = scene(asked('K1'))
    const question = await first(owner)
    await question.allow(options)
    assert.deepEqual(said, [
      `<canReadRule xmlns="${ns}" ${about} key="K1" result="true">${content}</canReadRule>`,
    ])
  })

test('a question tells what it is about', async () => {
  const { owner } = scene(asked('K1'))
  const { key, verb, thing, caller, names, types, asked: since } = await first(owner)
  assert.deepEqual(
    { key, verb, thing, caller, names, types, since },
    {
      key: 'K1',
      verb: 'read',
      thing: 'boiler@example.org',
      caller: 'ann@example.net',
      names: ['Energy'],
      types: ['momentary'],
      since: new Date('2024-06-01T11:00:00Z'),
    },
  )
})

test('questions come as they are asked, each once, from the server alone', async () => {
  const { owner, judge, said } = scene(asked('K1'))
  const stranger = owner.town.station('tybalt@example.org/street')
  const friend = (key: string): string => `<isFriend xmlns="${ns}" ${about} key="${key}"/>`
  const loop = questions(owner, { server: judgeJid })
  const one = await loop.next()
  const next = loop.next()
  stranger.say(owner.jid, friend('K0'))
  judge.say(owner.jid, friend('K0'), 'error')
  judge.say(owner.jid, friend('K2'))
  judge.say(owner.jid, friend('K2'))
  const two = await next
  assert.deepEqual([one.value?.key, two.value?.key], ['K1', 'K2'])
  await two.value?.deny({ for: 'everyone' })
  assert.deepEqual(said, [`<isFriendRule xmlns="${ns}" ${about} key="K2" result="false" range="All"/>`])
  await loop.return()
  judge.say(owner.jid, friend('K3'))
  await settled()
})

test('without following, those that wait are all', async () => {
  const { owner } = scene(asked('K1') + asked('K2'))
  const keys: string[] = []
  for await (const { key } of questions(owner, { server: judgeJid, follow: false })) keys.push(key)
  assert.deepEqual(keys, ['K1', 'K2'])
})

test('where more wait than one answer has room for, the next come when these are answered', async () => {
  const { owner, judge } = scene('')
  const waiting = ['K1', 'K2', 'K3']
  judge.script(type => {
    const isMore = waiting.length > 2
    if (type === 'get')
      return `<questions xmlns="${RULES_NS}" more="${isMore}">${waiting.slice(0, 2).map(asked).join('')}</questions>`
    waiting.shift()
    return ''
  })
  const keys: string[] = []
  for await (const question of questions(owner, { server: judgeJid, follow: false })) {
    keys.push(question.key)
    await question.deny()
  }
  assert.deepEqual([keys, waiting], [['K1', 'K2', 'K3'], []])
})

test('the signal ends the loop', async () => {
  const { owner } = scene()
  const ending = new AbortController()
  const next = questions(owner, { server: judgeJid, signal: ending.signal }).next()
  await settled()
  ending.abort(new Error('enough'))
  await assert.rejects(next, /enough/)
})

test('a server that keeps no rules has no rule that ends', async () => {
  const { owner, judge } = scene('', [ns])
  const next = questions(owner, { server: judgeJid }).next()
  await settled()
  judge.say(owner.jid, `<isFriend xmlns="${ns}" ${about} key="K1"/>`)
  const { value } = await next
  await assert.rejects(value?.allow({ until: new Date() }) ?? assert.fail(), NotSupportedError)
})

test('an answer that comes too late is refused', async () => {
  const { owner, judge } = scene(asked('K1'))
  const question = await first(owner)
  judge.script(() => {
    throw stanzaError('item-not-found')
  })
  await assert.rejects(question.allow(), StanzaError)
})

test('where nobody asks owners there are no questions', async () => {
  const { owner } = scene('', ['urn:nf:iot:prov:d:1.0'])
  await assert.rejects(first(owner), NotSupportedError)
})
