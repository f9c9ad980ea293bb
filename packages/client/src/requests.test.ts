import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Version, VersionQuery } from '@waxwing/protocol'
import { xml } from '@waxwing/xml'
import { failure, online, settled } from './client-kit.test.ts'
import { DisconnectedError, isRetryable, type RequestOptions, StanzaError, webPlatform } from './index.ts'

const answer = (id: string | undefined, from: string): string =>
  `<iq type='result' id='${id}' ${from}><query xmlns='jabber:iq:version'><name>Cap</name><version>1</version></query></iq>`

const ask = (
  client: Awaited<ReturnType<typeof online>>['client'],
  to: string | undefined,
  options?: RequestOptions,
): Promise<Version> => client.iq.get(VersionQuery, to, {}, Version, options)

const rows: readonly (readonly [asked: string | undefined, from: string, isOurs: boolean])[] = [
  ['juliet@example.org/b', "from='juliet@example.org/b'", true],
  ['juliet@example.org/b', "from='JULIET@example.org/b'", true],
  ['juliet@example.org/b', "from='juliet@example.org'", false],
  ['juliet@example.org/b', "from='mallory@example.com/x'", false],
  ['juliet@example.org/b', "from='romeo@example.org'", false],
  ['juliet@example.org/b', '', false],
  ['example.org', "from='example.org'", true],
  ['example.org', '', true],
  ['example.org', "from='example.com'", false],
  ['example.com', '', false],
  ['romeo@example.org', '', true],
  ['romeo@example.org', "from='romeo@example.org'", true],
  ['romeo@example.org', "from='example.org'", false],
  [undefined, '', true],
  [undefined, "from='romeo@example.org'", true],
  [undefined, "from='romeo@example.org/r1'", true],
  [undefined, "from='example.org'", true],
  [undefined, "from='romeo@example.org/other'", false],
  [undefined, "from='juliet@example.org'", false],
  [undefined, "from='@'", false],
]

for (const [asked, from, isOurs] of rows) {
  const who = asked ?? 'nobody in particular'
  const verb = isOurs ? 'is taken' : 'is ignored'
  test(`asked ${who}, an answer ${from || 'without from'} ${verb} (RFC 6120 §8.1.2.1)`, async () => {
    const { client, peer, clock } = await online()
    const asking = ask(client, asked, { timeoutMs: 1000 })
    const { attrs } = await peer.hears('iq')
    assert.equal(attrs.get('to'), asked)
    await peer.says(answer(attrs.get('id'), from))
    if (isOurs) return assert.equal((await asking).name, 'Cap')
    const failing = failure(asking)
    await clock.advance(1000)
    assert.equal((await failing).code, 'timeout')
  })
}

test('an id has 128 bits at least, and no two are alike', async () => {
  const { client, peer } = await online()
  const ids = new Set<string | undefined>()
  for (let i = 0; i < 50; i++) {
    void ask(client, 'a@b').catch(() => {})
    ids.add((await peer.hears('iq')).attrs.get('id'))
  }
  assert.equal(ids.size, 50)
  for (const id of ids) assert.ok(id && id.length >= 22)
  await client.close()
})

test('an error is thrown as it came (RFC 6120 §8.3)', async () => {
  const { client, peer } = await online()
  const failing = failure(ask(client, 'juliet@example.org/b'))
  const { attrs } = await peer.hears('iq')
  await peer.says(
    `<iq type='error' id='${attrs.get('id')}' from='juliet@example.org/b'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Later</text></error></iq>`,
  )
  const error = await failing
  assert.ok(error instanceof StanzaError)
  assert.equal(error.condition, 'resource-constraint')
  assert.equal(error.text, 'Later')
  assert.ok(isRetryable(error))
})

test('a result that does not fit is an error of its own', async () => {
  const { client, peer } = await online()
  for (const content of ["<query xmlns='jabber:iq:version'/>", '', '<other xmlns="a:b"/>']) {
    const failing = failure(ask(client, 'a@b'))
    const { attrs } = await peer.hears('iq')
    await peer.says(`<iq type='result' id='${attrs.get('id')}' from='a@b'>${content}</iq>`)
    assert.equal((await failing).code, 'bad-answer')
  }
})

test('whatever waits for an answer learns that the connection is gone', async () => {
  const { client, peer } = await online()
  const failing = [failure(ask(client, 'a@b')), failure(ask(client, 'c@d')), failure(client.ping())]
  await settled()
  peer.breaks('cable pulled')
  for (const error of await Promise.all(failing)) {
    assert.ok(error instanceof DisconnectedError)
    assert.equal(error.willRetry, true)
    assert.match(error.message, /cable pulled/)
  }
})

test('a request made in between waits for the next session', async () => {
  const { client, peer, peers, clock } = await online()
  peer.breaks()
  const asking = ask(client, 'a@b')
  await clock.advance(1000)
  const next = peers.last
  await next.bind()
  await next.giveRoster()
  const { attrs } = await next.hears('iq')
  await next.says(answer(attrs.get('id'), "from='a@b'"))
  assert.equal((await asking).name, 'Cap')
})

test('what was cancelled or is too late is never sent', async () => {
  const { client, peer, peers, clock } = await online()
  peer.breaks()
  const controller = new AbortController()
  const cancelled = failure(ask(client, 'a@b', { signal: controller.signal }))
  const late = failure(ask(client, 'c@d', { timeoutMs: 100 }))
  controller.abort(new Error('changed my mind'))
  assert.equal((await cancelled).message, 'changed my mind')
  await clock.advance(100)
  assert.equal((await late).code, 'timeout')
  await clock.advance(1000)
  const next = peers.last
  await next.bind()
  await next.giveRoster()
  await next.hears('presence')
  await next.hearsNothing()
})

test('an aborted signal sends nothing at all', async () => {
  const { client, peer } = await online()
  const error = await failure(ask(client, 'a@b', { signal: AbortSignal.abort(new Error('no')) }))
  assert.equal(error.message, 'no')
  await peer.hearsNothing()
})

test('after closing every request fails at once', async () => {
  const { client } = await online()
  await client.close()
  const error = await failure(ask(client, 'a@b'))
  assert.ok(error instanceof DisconnectedError)
  assert.equal(error.willRetry, false)
})

test('a request left open is no obstacle to closing', async () => {
  const { client } = await online()
  const failing = failure(ask(client, 'a@b'))
  await client.close()
  assert.equal((await failing).code, 'disconnected')
})

test('draining waits for the answers', async () => {
  const { client, peer } = await online()
  const asking = ask(client, 'a@b')
  const draining = client.drain()
  const { attrs } = await peer.hears('iq')
  assert.equal(client.state, 'online')
  await peer.says(answer(attrs.get('id'), "from='a@b'"))
  await asking
  await draining
  assert.equal(client.state, 'closed')
})

test('raw questions are matched the same way', async () => {
  const { client, peer } = await online()
  const asking = client.raw.iq(xml`<iq type="get" to="a@b"><query xmlns="x:y" a="${'<&"'}"/></iq>`)
  const asked = await peer.hears('iq')
  await peer.says(`<iq type='result' id='${asked.attrs.get('id')}' from='mallory@b'><evil xmlns='x:y'/></iq>`)
  await peer.says(`<iq type='result' id='${asked.attrs.get('id')}' from='a@b'><good xmlns='x:y'/></iq>`)
  const result = await asking
  assert.ok(typeof result.children[0] === 'object' && result.children[0].name === 'good')
})

test('a timer of the platform may be longer than those of the runtime', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { clock } = webPlatform()
  let fired = 0
  const month = 31 * 24 * 3_600_000
  clock.after(month, () => fired++)
  const cancelled = clock.after(month, () => (fired += 10))
  t.mock.timers.tick(2 ** 31)
  cancelled.cancel()
  assert.equal(fired, 0)
  t.mock.timers.tick(month - 2 ** 31 + 10)
  assert.equal(fired, 1)
})
