/** Provisioning of things through the door: XEP-0324, and the rules of owners. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { scene } from '@waxwing/testkit'
import { parseElement } from '@waxwing/xml'
import { asks, boiler, forgets, house, isFriend, ns, rules, server, sets } from './house-kit.test.ts'

test('the provisioning server is an item of the host and says what it is (XEP-0324 §3.1.2, §4)', async () => {
  await using host = await scene()
  const thing = await host.online(`${boiler}/cellar`)
  await thing.sends(
    "<iq type='get' id='i' to='montague.example'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
  )
  const items = await thing.receivesResult('i')
  assert.ok(items?.children.some(item => typeof item === 'object' && item.attrs.get('jid') === server))
  await thing.sends(
    `<iq type='get' id='d' to='${server}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  )
  const info = await thing.receivesResult('d')
  const features = info?.children.flatMap(child =>
    typeof child === 'object' ? (child.attrs.get('var') ?? []) : [],
  )
  for (const feature of [
    'urn:xmpp:sn:provisioning',
    ns,
    'urn:ieee:iot:prov:d:1.0',
    'urn:nfi:iot:prov:d:1.0',
    rules,
  ])
    assert.ok(features?.includes(feature), feature)
})

test('it can be elsewhere, and it can be off', async () => {
  await using host = await scene({ settings: { provisioning: { domain: 'rules.example' } } })
  const thing = await host.online(`${boiler}/cellar`)
  await thing.sends(`<iq type='get' id='q' to='rules.example'><isFriend xmlns='${ns}' jid='a@b'/></iq>`)
  await thing.receivesResult('q')
  await using other = await scene({ settings: { provisioning: { enabled: false } } })
  const alone = await other.online(`${boiler}/cellar`)
  await alone.sends(`<iq type='get' id='q' to='${server}'><isFriend xmlns='${ns}' jid='a@b'/></iq>`)
  await alone.receivesError('iq', 'q', 'cancel', 'remote-server-not-found')
})

test('without a rule nobody may do anything, but thing and owner may (XEP-0324 §3.2.2)', async () => {
  await using it = await house('')
  await isFriend(it.thing, 'juliet@capulet.example', false)
  await isFriend(it.thing, 'romeo@montague.example', true)
  await isFriend(it.thing, boiler, true)
  await isFriend(it.thing, server, true)
})

test('who is a friend is answered by rules (§3.2.1)', async () => {
  await using it = await house('allow domain capulet.example to befriend everything')
  await isFriend(it.thing, 'juliet@capulet.example/balcony', true)
  await isFriend(it.thing, 'paris@verona.example', false)
})

test('reading is refused (§3.3.2)', async () => {
  await using it = await house('deny everyone to read everything')
  await asks(
    it.thing,
    'get',
    `<canRead xmlns='${ns}' jid='juliet@capulet.example' momentary='true'/>`,
    `<canReadResponse xmlns='${ns}' jid='juliet@capulet.example' momentary='true' result='false'/>`,
  )
})

test('some nodes may be read (§3.3.3)', async () => {
  await using it = await house(`allow juliet@capulet.example to read ${boiler} node Device02`)
  await asks(
    it.thing,
    'get',
    `<canRead xmlns='${ns}' jid='juliet@capulet.example' momentary='true'><node nodeId='Device02'/><node nodeId='Device03'/></canRead>`,
    `<canReadResponse xmlns='${ns}' jid='juliet@capulet.example' momentary='true' result='true'><node nodeId='Device02'/></canReadResponse>`,
  )
})

test('some fields may be read (§3.3.4)', async () => {
  await using it = await house(`allow juliet@capulet.example to read ${boiler} only Energy, Power`)
  await asks(
    it.thing,
    'get',
    `<canRead xmlns='${ns}' jid='juliet@capulet.example' momentary='true'/>`,
    `<canReadResponse xmlns='${ns}' jid='juliet@capulet.example' momentary='true' result='true'><field name='Energy'/><field name='Power'/></canReadResponse>`,
  )
})

test('some parameters may be set (§3.4.3)', async () => {
  await using it = await house(`allow juliet@capulet.example to control ${boiler} only Output1`)
  await asks(
    it.thing,
    'get',
    `<canControl xmlns='${ns}' jid='juliet@capulet.example' userToken='U0 U1'><parameter name='Output1'/><parameter name='Output2'/></canControl>`,
    `<canControlResponse xmlns='${ns}' jid='juliet@capulet.example' result='true'><parameter name='Output1'/></canControlResponse>`,
  )
})

test('the answer comes in the namespace of the question', async () => {
  await using it = await house('allow everyone to read everything')
  for (const other of ['urn:ieee:iot:prov:d:1.0', 'urn:nf:iot:prov:d:1.0', 'urn:nfi:iot:prov:d:1.0'])
    await asks(
      it.thing,
      'get',
      `<canRead xmlns='${other}' jid='juliet@capulet.example' m='true'><f n='Power'/></canRead>`,
      `<canReadResponse xmlns='${other}' jid='juliet@capulet.example' m='true' result='true'><f n='Power'/></canReadResponse>`,
    )
})

test('a question that does not fit is bad-request', async () => {
  await using it = await house('')
  await it.thing.sends(`<iq type='get' id='q' to='${server}'><canRead xmlns='${ns}'/></iq>`)
  await it.thing.receivesError('iq', 'q', 'modify', 'bad-request')
})

test('an owner who does not name the thing has no say, and a thing cannot ask for rules of others', async () => {
  await using host = await scene()
  const owner = await host.online('romeo@montague.example/orchard')
  const thing = await host.online(`${boiler}/cellar`)
  await sets(owner, 'allow everyone to read everything')
  await asks(thing, 'set', `<owner xmlns='${rules}' jid='romeo@montague.example'/>`)
  await isFriend(thing, 'juliet@capulet.example', false)
  // And the other way round.
  const lamp = await host.online('lamp@montague.example/hall')
  await sets(owner, `own lamp@montague.example\nallow everyone to read everything`)
  await forgets(thing)
  await isFriend(lamp, 'juliet@capulet.example', false)
})

test('who has claimed a thing at the registry need not name it (XEP-0347 §3.3)', async () => {
  await using host = await scene()
  const owner = await host.online('romeo@montague.example/orchard')
  const thing = await host.online(`${boiler}/cellar`)
  await sets(owner, 'allow juliet@capulet.example to befriend everything')
  const tags = "<str name='SN' value='1'/><str name='KEY' value='0123456789abcdef'/>"
  const at = 'registry.montague.example'
  const disco = 'urn:xmpp:iot:discovery'
  await thing.sends(`<iq type='set' id='r' to='${at}'><register xmlns='${disco}'>${tags}</register></iq>`)
  await thing.receivesResult('r')
  await isFriend(thing, 'juliet@capulet.example', false)
  await owner.sends(`<iq type='set' id='m' to='${at}'><mine xmlns='${disco}'>${tags}</mine></iq>`)
  await owner.receivesResult('m')
  // What it knows was said by other rules.
  await forgets(thing)
  await thing.receives(`<iq type='set' from='${at}'>{any}</iq>`)
  await thing.receives(
    `<message from='${server}'><friend xmlns='${ns}' jid='juliet@capulet.example'/></message>`,
  )
  await isFriend(thing, 'juliet@capulet.example', true)
  await asks(
    thing,
    'get',
    `<owner xmlns='${rules}'/>`,
    `<owner xmlns='${rules}' jid='romeo@montague.example'/>`,
  )
})

test('a thing of its own goes by its own rules', async () => {
  await using host = await scene()
  const thing = await host.online(`${boiler}/cellar`)
  await sets(thing, 'allow everyone to read everything')
  await isFriend(thing, 'juliet@capulet.example', true)
})

test('when rules change, things that asked forget what they know (§3.5)', async () => {
  await using it = await house('allow everyone to befriend everything')
  await isFriend(it.thing, 'romeo@montague.example', true)
  await sets(it.owner, `own ${boiler}`)
  await forgets(it.thing)
  await it.thing.receivesNothing()
})

test('when rules end, things that asked forget what they know', async () => {
  await using it = await house('allow everyone to read everything until 2011-03-01T13:00:00Z')
  await isFriend(it.thing, 'romeo@montague.example', true)
  await it.host.advance(3_599_000)
  await it.thing.receivesNothing()
  await it.host.advance(2_000)
  await forgets(it.thing)
})

test('when rules change, things hear who is a friend now and who is not (§3.2.3, §3.2.4)', async () => {
  await using it = await house('allow juliet@capulet.example to befriend everything')
  await isFriend(it.thing, 'juliet@capulet.example', true)
  await isFriend(it.thing, 'paris@verona.example', false)
  await it.owner.forgets()
  await sets(it.owner, `own ${boiler}\nallow paris@verona.example to befriend everything`)
  await forgets(it.thing)
  await it.thing.receivesInAnyOrder(
    `<message from='${server}'><unfriend xmlns='${ns}' jid='juliet@capulet.example'/></message>`,
    `<message from='${server}'><friend xmlns='${ns}' jid='paris@verona.example'/></message>`,
  )
})

test('a thing that has another owner forgets what it knows', async () => {
  await using it = await house('allow everyone to befriend everything')
  await isFriend(it.thing, 'juliet@capulet.example', true)
  await asks(it.thing, 'set', `<owner xmlns='${rules}'/>`)
  await forgets(it.thing)
  await it.thing.receives(
    `<message from='${server}'><unfriend xmlns='${ns}' jid='juliet@capulet.example'/></message>`,
  )
  await isFriend(it.thing, 'juliet@capulet.example', false)
})

test('rules are told as they were written, and outlive the server', async () => {
  await using it = await house('# mine\nallow everyone to read everything')
  await it.host.restart()
  const owner = await it.host.online('romeo@montague.example/orchard')
  await asks(
    owner,
    'get',
    `<rules xmlns='${rules}'/>`,
    `<rules xmlns='${rules}'>own ${boiler}\n# mine\nallow everyone to read everything</rules>`,
  )
  await isFriend(await it.host.online(`${boiler}/cellar`), 'juliet@capulet.example', true)
})

test('a text that is wrong is refused with every place, and nothing changes', async () => {
  await using it = await house('allow everyone to befriend everything')
  await it.owner.sends(
    `<iq type='set' id='q' to='${server}'><rules xmlns='${rules}'>allow\ndeny you</rules></iq>`,
  )
  await it.owner.receives(
    `<iq type='error' id='q' from='${server}'><error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
      <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{any}</text>
      <faults xmlns='${rules}'><fault line='1' column='6'>{any}</fault><fault line='2' column='6'>{any}</fault></faults></error></iq>`,
  )
  await isFriend(it.thing, 'juliet@capulet.example', true)
})

test('a trial tells what another text would change, and changes nothing', async () => {
  await using it = await house('')
  await asks(
    it.owner,
    'get',
    `<trial xmlns='${rules}'>own ${boiler}\nallow juliet@capulet.example to control ${boiler} only Power</trial>`,
    `<changes xmlns='${rules}' complete='true'>
      <change who='juliet@capulet.example' verb='befriend' what='${boiler}' allowed='true' line='2'/>
      <change who='juliet@capulet.example' verb='control' what='${boiler} Power' allowed='true' line='2'/></changes>`,
  )
  await isFriend(it.thing, 'juliet@capulet.example', false)
})

test('an owner is told once what somebody would like to do that no rule is about, with the rule for it', async () => {
  await using it = await house('')
  const question = `<canRead xmlns='${ns}' jid='juliet@capulet.example/x'><field name='Flow "in"'/></canRead>`
  const denied = `<canReadResponse xmlns='${ns}' jid='juliet@capulet.example/x' result='false'/>`
  await it.owner.forgets()
  await asks(it.thing, 'get', question, denied)
  const message = await it.owner.receives(
    `<message type='chat' from='${server}'><body>{any}</body><canRead xmlns='urn:nf:iot:prov:o:1.0' jid='{any}' remoteJid='{any}' key='{any}'>{any}</canRead></message>`,
  )
  assert.match(
    JSON.stringify(message.children[0]),
    /allow juliet@capulet.example to read boiler@montague.example only \\"Flow \\\\\\"in\\\\\\"\\"/,
  )
  await asks(it.thing, 'get', question, denied)
  await it.owner.receivesNothing()
})

test('who is named as an owner by somebody else’s thing is not bothered', async () => {
  await using host = await scene()
  const owner = await host.online('romeo@montague.example/orchard')
  const thing = await host.online(`${boiler}/cellar`)
  await asks(thing, 'set', `<owner xmlns='${rules}' jid='romeo@montague.example'/>`)
  await isFriend(thing, 'juliet@capulet.example', false)
  await owner.receivesNothing()
})

test('rules and owners go along to another server (XEP-0227)', async () => {
  await using it = await house('allow juliet@capulet.example to befriend everything')
  await using other = await scene()
  for (const account of ['romeo@montague.example', boiler]) {
    await other.account(account)
    const from = it.host.server.router.host('montague.example') ?? assert.fail('no host')
    const to = other.server.router.host('montague.example') ?? assert.fail('no host')
    for (const { export: exported } of from.portables())
      for await (const text of exported(parseBareJid(account)))
        for (const { import: imported } of to.portables())
          if (await imported(parseBareJid(account), parseElement(text))) break
  }
  await isFriend(await other.online(`${boiler}/cellar`), 'juliet@capulet.example', true)
})

test('rules go with their account', async () => {
  await using it = await house('allow everyone to befriend everything')
  const host = it.host.server.router.host('montague.example') ?? assert.fail('no host')
  await isFriend(it.thing, 'juliet@capulet.example', true)
  await host.removeAccount(host.accounts.jidOf('romeo'))
  await forgets(it.thing)
  await it.thing.receives(
    `<message from='${server}'><unfriend xmlns='${ns}' jid='juliet@capulet.example'/></message>`,
  )
  await isFriend(it.thing, 'juliet@capulet.example', false)
})
