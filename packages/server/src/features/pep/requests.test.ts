/** Requests to a service and their answers, section by section of XEP-0060. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StoreDriver, StoreError } from '@waxwing/server/store'
import { scene } from '@waxwing/testkit'
import { writeElement } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { a, asks, configure, event, item, options, owner, publishes, pubsub, stage } from './pep-kit.test.ts'

const jid = `jid='${romeoJid}'`

test('a whole life of a node: made, configured, filled, read in pages, emptied, deleted (XEP-0060 §8)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await asks(
    juliet,
    'set',
    `<create node='n'/>${options({ max_items: 'max', notify_config: 'true' }, 'configure')}`,
  )
  await juliet.receivesResult('q')
  await asks(juliet, 'set', '<create/>')
  assert.match(writeElement(await juliet.takes()), /<create node="[\w-]{22}"/)
  await asks(juliet, 'get', "<configure node='n'/>", '', owner)
  const form = writeElement(await juliet.takes())
  assert.match(form, /var="pubsub#max_items"[^>]*><value>max</)
  assert.match(form, /var="pubsub#access_model"[^>]*><value>presence</)
  await asks(juliet, 'get', '<default/>', '', owner)
  assert.match(writeElement(await juliet.takes()), /var="pubsub#max_items"[^>]*><value>1</)
  for (const id of ['1', '2', '3', '4', '5'])
    await publishes(juliet, 'n', item(`<a xmlns='urn:a'>${id}</a>`, id))
  await publishes(juliet, 'n', item(`<a xmlns='urn:a'>again</a>`, '2'))

  const ids = async (inside: string): Promise<string> => {
    await asks(juliet, 'get', inside)
    const answer = await juliet.takes()
    const all = writeElement(answer)
    return (
      [...all.matchAll(/<item id="(\d)"/g)].map(([, id]) => id).join('') +
      (all.includes('<set') ? ' paged' : '')
    )
  }
  const set = (inside: string): string => `<set xmlns='http://jabber.org/protocol/rsm'>${inside}</set>`
  // What was published again is the newest. §12.1
  assert.equal(await ids("<items node='n'/>"), '25431')
  assert.equal(await ids("<items node='n' max_items='2'/>"), '25')
  assert.equal(await ids("<items node='n'><item id='1'/><item id='9'/><item id='4'/></items>"), '14')
  assert.equal(await ids(`<items node='n'/>${set('<max>2</max>')}`), '25 paged')
  assert.equal(await ids(`<items node='n'/>${set('<max>2</max><after>5</after>')}`), '43 paged')
  assert.equal(await ids(`<items node='n'/>${set('<max>2</max><before>3</before>')}`), '54 paged')
  assert.equal(await ids(`<items node='n'/>${set('<max>2</max><before/>')}`), '31 paged')
  assert.equal(await ids(`<items node='n'/>${set('<max>0</max>')}`), ' paged')
  await asks(juliet, 'get', `<items node='n'/>${set('<max>2</max><after>9</after>')}`)
  await juliet.receivesError('iq', 'q', 'cancel', 'item-not-found')

  // Fewer from now on: the oldest go.
  await asks(juliet, 'set', configure('n', { max_items: '2' }), '', owner)
  await juliet.receivesResult('q')
  assert.equal(await ids("<items node='n'/>"), '25')
  await publishes(juliet, 'n', item(a, '6'))
  assert.equal(await ids("<items node='n'/>"), '62')
  await asks(juliet, 'set', "<retract node='n' notify='1'><item id='6'/></retract>")
  await juliet.receivesResult('q')
  assert.equal(await ids("<items node='n'/>"), '2')
  await asks(juliet, 'set', "<purge node='n'/>", '', owner)
  await juliet.receivesResult('q')
  assert.equal(await ids("<items node='n'/>"), '')
  await asks(juliet, 'set', "<delete node='n'/>", '', owner)
  await juliet.receivesResult('q')
  await asks(juliet, 'get', "<items node='n'/>")
  await juliet.receivesError('iq', 'q', 'cancel', 'item-not-found')
})

test('subscribers hear of what is taken back, emptied, configured and deleted (XEP-0060 §7.2.2.1, §8.2.5.3, §8.4.2, §8.5.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await stage(host)
  await asks(romeo, 'set', `<subscribe node='open' jid='${romeoJid}/orchard'/>`, julietJid)
  await romeo.receivesResult('q')
  await romeo.takes('the last item')
  const hears = async (inside: string): Promise<void> => {
    await romeo.receives(
      `<message type='headline'><event xmlns='${pubsub}#event'>${inside}</event></message>`,
    )
    await romeo.receivesNothing()
  }
  await asks(juliet, 'set', "<retract node='open'><item id='1'/></retract>")
  await hears("<items node='open'><retract id='1'/></items>")
  await publishes(juliet, 'open', item(a, '2'))
  await romeo.receives(`<message type='headline'>${event('open', item(a, '2'))}</message>`)
  await asks(juliet, 'set', "<purge node='open'/>", '', owner)
  await hears("<purge node='open'/>")
  await asks(
    juliet,
    'set',
    configure('open', { notify_config: 'true', deliver_payloads: 'false' }),
    '',
    owner,
  )
  await hears("<configuration node='open'/>")
  await publishes(juliet, 'open', item(a, '3'))
  await hears("<items node='open'><item id='3'/></items>")
  await asks(
    juliet,
    'set',
    "<delete node='open'><redirect uri='xmpp:juliet@montague.example?;node=x'/></delete>",
    '',
    owner,
  )
  await hears("<delete node='open'><redirect uri='xmpp:juliet@montague.example?;node=x'/></delete>")
})

test('those on the list read and, as publishers, publish; outcasts do neither (XEP-0060 §4.1, §8.9)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await stage(host)
  const affiliate = async (node: string, affiliation: string): Promise<void> => {
    const inside = `<affiliations node='${node}'><affiliation ${jid} affiliation='${affiliation}'/></affiliations>`
    await asks(juliet, 'set', inside, '', owner)
    await juliet.receivesResult('q')
  }
  await affiliate('whitelist', 'member')
  await asks(romeo, 'get', "<items node='whitelist'/>", julietJid)
  await romeo.receivesResult('q')
  await affiliate('whitelist', 'publisher')
  await asks(romeo, 'set', `<publish node='whitelist'>${item(a, '2')}</publish>`, julietJid)
  await romeo.receivesResult('q')
  await asks(romeo, 'set', "<retract node='whitelist'><item id='2'/></retract>", julietJid)
  await romeo.receivesResult('q')
  await asks(romeo, 'get', '<affiliations/>', julietJid)
  await romeo.receives(
    `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><affiliations><affiliation node='whitelist' affiliation='publisher'/></affiliations></pubsub></iq>`,
  )
  await affiliate('open', 'outcast')
  await asks(romeo, 'get', "<items node='open'/>", julietJid)
  await romeo.receivesError('iq', 'q', 'auth', 'forbidden')
  await asks(juliet, 'get', "<affiliations node='open'/>", '', owner)
  await juliet.receives(
    `<iq type='result' id='q'><pubsub xmlns='${owner}'><affiliations node='open'><affiliation jid='${julietJid}' affiliation='owner'/><affiliation ${jid} affiliation='outcast'/></affiliations></pubsub></iq>`,
  )
  await affiliate('open', 'none')
  await asks(romeo, 'get', "<items node='open'/>", julietJid)
  await romeo.receivesResult('q')
})

test('items end when their time is over (XEP-0060 §16.4.4)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await publishes(juliet, 'n', item(a, '1'), options({ item_expire: '60', max_items: '10' }))
  await host.advance(61_000)
  await asks(juliet, 'get', "<items node='n'/>")
  await juliet.receives(`<iq type='result' id='q'><pubsub xmlns='${pubsub}'><items node='n'/></pubsub></iq>`)
  await publishes(juliet, 'n', item(a, '2'))
  await asks(juliet, 'get', "<items node='n'/><set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set>")
  assert.match(writeElement(await juliet.takes()), /<count>1</)
})

test('names like __proto__ are names like any other', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  for (const name of ['__proto__', 'constructor', 'a b', '&lt;&apos;&#10;', '../..', '%00']) {
    await publishes(juliet, name, item(a, name), options({ max_items: 'max' }))
    await asks(juliet, 'get', `<items node='${name}'/>`)
    await juliet.receives(
      `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><items node='${name}'>${item(a, name)}</items></pubsub></iq>`,
    )
  }
  await host.restart()
  const again = await host.online(`${julietJid}/balcony`)
  await asks(again, 'get', "<items node='__proto__'/>")
  await again.receivesResult('q')
})

test('an account has so many nodes, bytes and subscribers, and a node so many items, however many come', async () => {
  const settings = { pep: { maxNodes: 3, maxItems: 100, maxAccountBytes: 20_000, maxSubscribers: 1 } }
  await using host = await scene({ settings })
  const { romeo, juliet } = await pair(host)
  const open = options({ max_items: 'max', access_model: 'open' })
  for (let n = 0; n < 400; n++) {
    const publish = `<publish node='many'>${item(a, String(n))}</publish>${open}`
    juliet.wire.near.sendText(`<iq type='set' id='q'><pubsub xmlns='${pubsub}'>${publish}</pubsub></iq>`)
  }
  await juliet.forgets()
  await asks(
    juliet,
    'get',
    "<items node='many'/><set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set>",
  )
  assert.match(writeElement(await juliet.takes()), /<count>100</)
  const large = `<a xmlns='urn:a'>${'x'.repeat(15_000)}</a>`
  await publishes(juliet, 'large', item(large))
  assert.match(writeElement(await publishes(juliet, 'larger', item(large))), /resource-constraint/)
  // The same again takes its own place.
  assert.match(writeElement(await publishes(juliet, 'large', item(large))), /type="result"/)
  await publishes(juliet, 'third', item(a))
  assert.match(writeElement(await publishes(juliet, 'fourth', item(a))), /not-allowed.*max-nodes-exceeded/)
  for (const [resource, wanted] of [
    ['a', 'result'],
    ['b', 'error'],
  ] as const) {
    await asks(romeo, 'set', `<subscribe node='many' jid='${romeoJid}/${resource}'/>`, julietJid)
    assert.equal((await romeo.takes()).attrs.get('type'), wanted)
  }
})

test('what a publisher says of itself, or hides in the text, is not believed (XEP-0060 §7.1.2.3)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  const tricks = [
    "<a xmlns='urn:a'><![CDATA[</a></item><item id='forged'>]]></a>",
    "<a xmlns='urn:a' b='&lt;/item>'/>",
    "<item xmlns='urn:a'><item id='forged'/></item>",
    `<item xmlns='${pubsub}' id='forged'/>`,
    "<item id='forged'/>",
  ]
  for (const payload of tricks) {
    await asks(
      juliet,
      'set',
      `<publish node='n'><item id='i' publisher='${romeoJid}'>${payload}</item></publish>`,
    )
    await juliet.receivesResult('q')
    await asks(juliet, 'get', "<items node='n'/>")
    await juliet.receives(
      `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><items node='n'>${item(payload, 'i')}</items></pubsub></iq>`,
    )
  }
})

test('the answer comes, and others hear of it, when the item is on disk; what could not be written was never there', async () => {
  const gates: PromiseWithResolvers<void>[] = []
  const around = (store: StoreDriver): StoreDriver => ({
    flushed: () => store.flushed(),
    close: () => store.close(),
    get faults() {
      return store.faults
    },
    async open(host, feature, declared, migrations) {
      const opened = await store.open(host, feature, declared, migrations)
      const nodes: unknown = Reflect.get(opened, 'nodes')
      if (feature !== 'pep' || typeof nodes !== 'object' || nodes === null) return opened
      const put = async (...given: readonly unknown[]): Promise<void> => {
        const gate = Promise.withResolvers<void>()
        gates.push(gate)
        await gate.promise
        await Reflect.apply(Reflect.get(nodes, 'put') as () => Promise<void>, nodes, given)
      }
      return { ...opened, nodes: { ...nodes, put } }
    },
  })
  await using host = await scene({ around, mayFail: true })
  const { juliet } = await pair(host)
  await asks(juliet, 'set', `<publish node='n'>${item(a, '1')}</publish>`)
  await juliet.receivesNothing()
  gates.shift()?.resolve()
  await juliet.receivesResult('q')
  await asks(juliet, 'set', `<publish node='other'>${item(a, '2')}</publish>`)
  gates.shift()?.reject(new StoreError('failed', 'The disk is full'))
  await juliet.receivesError('iq', 'q', 'cancel', 'internal-server-error')
  await asks(juliet, 'get', "<items node='other'/>")
  await juliet.receivesError('iq', 'q', 'cancel', 'item-not-found')
  await asks(juliet, 'get', "<items node='n'/>")
  await juliet.receivesResult('q')
})
