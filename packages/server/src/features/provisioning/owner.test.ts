/** Questions to owners and what becomes of their answers: IEEE 1451.99, provisioning for owners. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementsOf } from '@waxwing/xml'
import {
  asks,
  boiler,
  forgets,
  house,
  isAllowed,
  isDenied,
  isFriend,
  ns,
  question,
  refused,
  rules,
  rulesOf,
  server,
} from './house-kit.test.ts'

const owners = 'urn:nf:iot:prov:o:1.0'
const juliet = 'juliet@capulet.example'

function answer(name: string, key: string, rest: string, content = ''): string {
  return `<${name} xmlns='${owners}' jid='${boiler}' remoteJid='${juliet}' key='${key}' ${rest}>${content}</${name}>`
}

test('an owner is asked about a friendship, and the answer reaches the thing', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isFriend(it.thing, juliet, false)
  const asked = await question(it.owner)
  assert.equal(asked.name, 'isFriend')
  const key = asked.attrs.get('key') ?? ''
  await asks(it.owner, 'set', answer('isFriendRule', key, "result='true'"))
  await forgets(it.thing)
  await it.thing.receives(`<message from='${server}'><friend xmlns='${ns}' jid='${juliet}'/></message>`)
  await isFriend(it.thing, juliet, true)
  await isFriend(it.thing, 'nurse@capulet.example', false)
  await it.owner.forgets()
  assert.match(
    await rulesOf(it.owner),
    /\nallow juliet@capulet.example to befriend boiler@montague.example {2}# learned 2011-03-01\n$/,
  )
})

const ranges: readonly [range: string, others: boolean, strangers: boolean][] = [
  ['Caller', false, false],
  ['Domain', true, false],
  ['All', true, true],
]
for (const [range, others, strangers] of ranges)
  test(`an answer about a friendship has the range ${range}`, async () => {
    await using it = await house('')
    await it.owner.forgets()
    await isFriend(it.thing, juliet, false)
    const key = (await question(it.owner)).attrs.get('key') ?? ''
    await asks(it.owner, 'set', answer('isFriendRule', key, `result='true' range='${range}'`))
    await it.thing.forgets()
    await isFriend(it.thing, juliet, true)
    await isFriend(it.thing, 'nurse@capulet.example', others)
    await isFriend(it.thing, 'paris@verona.example', strangers)
  })

const origins: readonly [origin: string, rule: RegExp][] = [
  ['<fromJid/>', /allow juliet@capulet.example to read boiler@montague.example {2}#/],
  ['<fromDomain/>', /allow domain capulet.example to read boiler@montague.example {2}#/],
  ["<fromService token='S:1'/>", /allow service "S:1" to read boiler@montague.example {2}#/],
  ["<fromDevice token='D1'/>", /allow device D1 to read boiler@montague.example {2}#/],
  ["<fromUser token='U1'/>", /allow user U1 to read boiler@montague.example {2}#/],
  ['<all/>', /allow everyone to read boiler@montague.example {2}#/],
  [
    "<partial m='true'><f n='Energy'/><f n='Flow, in'/></partial><fromJid/>",
    /allow juliet@capulet.example to read boiler@montague.example only Energy, "Flow, in" types momentary {2}#/,
  ],
  [
    "<nd id='n1' src='plant'/><fromJid/>",
    /allow juliet@capulet.example to read boiler@montague.example node n1 source plant {2}#/,
  ],
  [
    "<fromJid/><until xmlns='urn:waxwing:rules:0' at='2011-03-02T12:00:00Z'/>",
    /allow juliet@capulet.example to read boiler@montague.example until 2011-03-02T12:00:00Z {2}#/,
  ],
]
for (const [content, rule] of origins)
  test(`an answer about reading with ${content} becomes a rule`, async () => {
    await using it = await house('')
    await it.owner.forgets()
    await isDenied(it.thing)
    const asked = await question(it.owner)
    assert.equal(asked.name, 'canRead')
    assert.equal(asked.attrs.get('m'), 'true')
    await asks(it.owner, 'set', answer('canReadRule', asked.attrs.get('key') ?? '', "result='true'", content))
    assert.match(await rulesOf(it.owner), rule)
  })

test('what is allowed in part is answered in part (§3.3.4)', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  const part = "<partial m='true'><f n='Energy'/></partial><fromJid/>"
  await asks(it.owner, 'set', answer('canReadRule', key, "result='true'", part))
  await forgets(it.thing)
  await asks(
    it.thing,
    'get',
    `<canRead xmlns='${ns}' jid='${juliet}' momentary='true' historical='true'><field name='Energy'/><field name='Power'/></canRead>`,
    `<canReadResponse xmlns='${ns}' jid='${juliet}' momentary='true' result='true'><field name='Energy'/></canReadResponse>`,
  )
})

test('an owner is asked about control, and may deny it', async () => {
  await using it = await house('')
  await it.owner.forgets()
  const wish = `<canControl xmlns='${ns}' jid='${juliet}'><parameter name='Output'/></canControl>`
  const no = `<canControlResponse xmlns='${ns}' jid='${juliet}' result='false'/>`
  await asks(it.thing, 'get', wish, no)
  const asked = await question(it.owner)
  assert.equal(asked.name, 'canControl')
  await asks(
    it.owner,
    'set',
    answer('canControlRule', asked.attrs.get('key') ?? '', "result='false'", '<fromJid/>'),
  )
  await forgets(it.thing)
  await asks(it.thing, 'get', wish, no)
  // Now there is a rule, and nobody is asked again.
  await it.owner.receivesNothing()
  assert.match(await rulesOf(it.owner), /deny juliet@capulet.example to control boiler@montague.example {2}#/)
})

test('who speaks a generation of the short family has its owner asked in it', async () => {
  await using it = await house('')
  await it.owner.forgets()
  const d = 'urn:nfi:iot:prov:d:1.0'
  await asks(
    it.thing,
    'get',
    `<isFriend xmlns='${d}' jid='${juliet}'/>`,
    `<isFriendResponse xmlns='${d}' jid='${juliet}' result='false'/>`,
  )
  assert.equal((await question(it.owner)).ns, 'urn:nfi:iot:prov:o:1.0')
})

test('questions wait for an owner who is away, as messages and in the inbox', async () => {
  await using it = await house('')
  await it.owner.closes()
  await isDenied(it.thing)
  await isDenied(it.thing, juliet, 'Power')
  const owner = await it.host.client('romeo@montague.example/orchard')
  await owner.sends('<presence/>')
  const heard = await owner.forgets()
  assert.ok(
    heard.some(({ children }) => children.some(child => typeof child === 'object' && child.ns === owners)),
  )
  await owner.sends(`<iq type='get' id='w' to='${server}'><questions xmlns='${rules}'/></iq>`)
  const waiting = elementsOf((await owner.receivesResult('w')) ?? assert.fail())
  assert.equal(waiting.length, 1)
  assert.equal(waiting[0]?.attrs.get('times'), '2')
  const fields = elementsOf(elementsOf(waiting[0] ?? assert.fail())[0] ?? assert.fail())
  assert.deepEqual(
    fields.map(({ attrs }) => attrs.get('n')),
    ['Energy', 'Power'],
  )
})

test('a forged answer changes nothing', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  const tybalt = await it.host.online('tybalt@montague.example/street')
  const yes = answer('canReadRule', key, "result='true'", '<all/>')
  // Somebody else, another key, another thing, another caller, another verb.
  await refused(tybalt, yes)
  await refused(it.owner, answer('canReadRule', `${key}x`, "result='true'", '<all/>'))
  await refused(it.owner, yes.replace(boiler, 'lamp@montague.example'))
  await refused(it.owner, yes.replace(juliet, 'paris@verona.example'))
  await refused(it.owner, answer('canControlRule', key, "result='true'", '<all/>'))
  await refused(it.owner, answer('canReadRule', key, "result='true'"), 'modify', 'bad-request')
  await isDenied(it.thing)
  await asks(it.owner, 'set', yes)
  await forgets(it.thing)
  // Once is enough.
  await refused(it.owner, yes)
  await isAllowed(it.thing)
})

test('a question is not waited for for ever', async () => {
  await using it = await house('', { settings: { provisioning: { questionLifetime: 60_000 } } })
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  await it.host.advance(61_000)
  await refused(it.owner, answer('canReadRule', key, "result='true'", '<all/>'))
  await isDenied(it.thing)
})

test('who has given a thing away has no say any more', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  await asks(it.thing, 'set', `<owner xmlns='${rules}'/>`)
  await refused(it.owner, answer('canReadRule', key, "result='true'", '<all/>'))
  assert.doesNotMatch(await rulesOf(it.owner), /learned/)
})

test('questions of one caller are few, and messages of one day', async () => {
  const settings = { provisioning: { questionsPerCaller: 2, maxQuestions: 3, inquiriesPerDay: 2 } }
  await using it = await house('', { settings })
  await it.owner.forgets()
  await isDenied(it.thing)
  await isFriend(it.thing, juliet, false)
  const control = (jid: string): Promise<void> =>
    asks(
      it.thing,
      'get',
      `<canControl xmlns='${ns}' jid='${jid}'/>`,
      `<canControlResponse xmlns='${ns}' jid='${jid}' result='false'/>`,
    )
  await control(juliet)
  await control('paris@verona.example')
  await isDenied(it.thing, 'tybalt@capulet.example')
  assert.equal((await it.owner.forgets()).length, 2)
  await it.owner.sends(`<iq type='get' id='w' to='${server}'><questions xmlns='${rules}'/></iq>`)
  assert.equal(elementsOf((await it.owner.receivesResult('w')) ?? assert.fail()).length, 3)
})

test('an answer that makes too many rules is refused, and can be given again', async () => {
  await using it = await house('', { settings: { provisioning: { maxRules: 1 } } })
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  const yes = answer('canReadRule', key, "result='true'", '<all/>')
  await refused(it.owner, yes, 'wait', 'resource-constraint')
  await refused(it.owner, yes, 'wait', 'resource-constraint')
})

test('a question that a rule answers waits no more', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isDenied(it.thing)
  await isDenied(it.thing, 'nurse@capulet.example')
  await isDenied(it.thing, 'paris@verona.example')
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  await it.owner.forgets()
  await asks(it.owner, 'set', answer('canReadRule', key, "result='false'", '<fromDomain/>'))
  await it.owner.sends(`<iq type='get' id='w' to='${server}'><questions xmlns='${rules}'/></iq>`)
  const waiting = elementsOf((await it.owner.receivesResult('w')) ?? assert.fail())
  assert.deepEqual(
    waiting.map(one => elementsOf(one)[0]?.attrs.get('remoteJid')),
    ['paris@verona.example'],
  )
})
