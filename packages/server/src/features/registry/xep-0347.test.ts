/**
 * Every question among the examples of XEP-0347 gets the answer of the text from a registry of ours, at the addresses of
 * the text. Where it differs, the row says why. WAXWING_SPECS names the folder with the text; without it this file skips.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RegistryGeneration, registry, registryGenerations } from '@waxwing/protocol'
import { type Change, Dialogue, type Peer, Specification, scene } from '@waxwing/testkit'

const text = new Specification('0347')

/** The newer generations have the same elements with shorter names for nodes. */
const worded =
  (generation: RegistryGeneration) =>
  (example: string): string =>
    generation === 'xep'
      ? example
      : example
          .replaceAll('urn:xmpp:iot:discovery', registry(generation).ns)
          .replaceAll(' nodeId=', ' id=')
          .replaceAll(' sourceId=', ' src=')
          .replaceAll(' cacheType=', ' pt=')

const everybody = [
  'thing@example.org/imc',
  'rack@example.org/plcs',
  'owner@example.org/phone',
  'owner@example.org/1234',
  'curious@example.org/client',
  'device@example.org/device',
]

interface Stage extends AsyncDisposable {
  readonly dialogue: Dialogue
  readonly peer: (jid: string) => Peer
}

async function stage(generation: RegistryGeneration): Promise<Stage> {
  const host = await scene({
    domains: ['example.org'],
    // The text has claims public unless they say otherwise.
    settings: { registry: { domain: 'discovery.example.org', publicUnlessSaid: true } },
  })
  const dialogue = new Dialogue(text, { worded: worded(generation) })
  const peers = new Map<string, Peer>()
  for (const jid of everybody) peers.set(jid, await host.online(jid))
  dialogue.joins(...peers.values())
  for (const one of peers.values()) await one.forgets()
  const peer = (jid: string): Peer => peers.get(jid) ?? assert.fail(`${jid} is not here`)
  return { dialogue, peer, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() }
}

const saysPublic = (jid: string, rest = ''): Change => [
  `jid='${jid}'${rest}/>`,
  `jid='${jid}'${rest} public='true'/>`,
  'the text and its schema disagree about what is meant when nothing is said, so it is always said',
]
const atRack: Change = [
  'thing@example.org/imc',
  'rack@example.org/plcs',
  'the same of the thing behind the rack',
]
const bare: Change = [
  "jid='rack@example.org/plcs'",
  "jid='rack@example.org'",
  'the text wants the address without a resource (§3.9), the example has one',
]
const byPhone: Change = ['owner@example.org/1234', 'owner@example.org/phone', 'the owner has one telephone']
const hidesOwner: Change = [
  "owner='owner@example.org'",
  "owner=''",
  'whose thing it is, is told to the owner and to administrators; the schema wants the attribute',
]
const withNode = " nodeId='imc1' sourceId='MeteringTopology'"

/** A thing with an owner, who both know. */
async function claimed({ dialogue }: Stage): Promise<void> {
  await dialogue.plays('Register Thing')
  await dialogue.asks('Claim Ownership of public Thing')
  await dialogue.hears('Ownership claim successful', saysPublic('thing@example.org'))
  await dialogue.hears('Ownership claimed', saysPublic('owner@example.org'))
  await dialogue.asks('Ownership claimed acknowledged')
}

/** The same of one behind a rack. */
async function claimedBehind({ dialogue }: Stage): Promise<void> {
  await dialogue.plays('Register Thing behind Concentrator')
  await dialogue.asks('Claim Ownership of public Thing')
  await dialogue.hears(
    'Ownership claim of a Thing behind a concentrator successful',
    bare,
    saysPublic('rack@example.org', withNode),
  )
  await dialogue.hears(
    'Ownership of Thing behind concentrator claimed',
    saysPublic('owner@example.org', withNode),
  )
  await dialogue.asks('Ownership claimed acknowledged', atRack)
}

type Scenario = readonly [what: string, play: (it: Stage) => Promise<void>]

/** In all four namespaces. */
const scenarios: readonly Scenario[] = [
  [
    'a thing is registered and claimed, and hears so again when it registers again (§3.6, §3.9)',
    async it => {
      await claimed(it)
      await it.dialogue.asks('Register Thing')
      await it.dialogue.hears('Registration response when alrady claimed', saysPublic('owner@example.org'))
    },
  ],
  [
    'a private claim (§3.9)',
    async ({ dialogue, peer }) => {
      await dialogue.plays('Register Thing')
      await dialogue.asks('Claim Ownership of private Thing')
      await dialogue.hears('Ownership claim successful', [
        "jid='thing@example.org'/>",
        "jid='thing@example.org' public='false'/>",
        'what the claim has made of it is said to who claims, too',
      ])
      await dialogue.hears('Ownership claim of private Thing successful')
      await dialogue.asks('Ownership claimed acknowledged')
      await dialogue.asks('Searching for Things')
      const found = await peer('curious@example.org/client').receivesResult('9')
      assert.deepEqual(found?.children, [])
    },
  ],
  [
    'a thing of its own (§3.7)',
    async ({ dialogue }) => {
      await dialogue.plays('Register self-owned Thing')
      await dialogue.asks('Claim Ownership of public Thing')
      await dialogue.hears('Ownership claim failure')
    },
  ],
  [
    'news of a thing, from itself and from its owner, and who finds it (§3.13, §3.14, §3.15)',
    async it => {
      await claimed(it)
      const { dialogue } = it
      await dialogue.asks('Update Meta Data request')
      await dialogue.hears('Update Meta Data request acknowledgement')
      await dialogue.asks('Searching for Things')
      await dialogue.hears('Search result', hidesOwner)
      await dialogue.asks('Owner requests an update of Meta Data of Thing')
      await dialogue.hears('Owner updating thing Meta Data request acknowledgement')
    },
  ],
  [
    'a thing behind a rack, from its registration to its end (§3.8 – §3.17)',
    async it => {
      await claimedBehind(it)
      const { dialogue } = it
      await dialogue.asks('Update Meta Data of Thing behind concentrator')
      await dialogue.hears('Update Meta Data request acknowledgement', atRack)
      await dialogue.asks('Searching for Things')
      await dialogue.hears('Search result containing Thing behind a concentrator', hidesOwner)
      await dialogue.asks('Owner requests an update of Meta Data of Thing behind concentrator')
      await dialogue.hears('Owner updating thing Meta Data request acknowledgement')
      await dialogue.asks('Remove Thing behind concentrator')
      await dialogue.hears('Thing removed')
      await dialogue.hears('Thing behind concentrator removed from registry by owner')
      await dialogue.asks('Removal acknowledgement', atRack)
      await dialogue.asks('Disowning Thing behind concentrator')
      await dialogue.hears('Thing behind concentrator disowned in registry by owner')
      await dialogue.asks('Acknowledging disownment', atRack)
      await dialogue.hears('Thing disowned')
      await dialogue.asks('Unregistring Thing behind concentrator')
      await dialogue.hears('Unregister Thing acknowledgement', atRack)
    },
  ],
  [
    'a thing is taken out of the searches, given away, and unregisters (§3.10, §3.16, §3.17)',
    async it => {
      await claimed(it)
      const { dialogue } = it
      await dialogue.asks('Remove Thing')
      await dialogue.hears('Thing removed')
      await dialogue.plays('Thing removed from registry by owner')
      await dialogue.asks('Disowning Thing')
      await dialogue.hears('Thing disowned in registry by owner')
      await dialogue.asks('Acknowledging disownment')
      await dialogue.hears('Thing disowned')
      await dialogue.asks('Update Meta Data request')
      await dialogue.hears('Update Meta Data response to request from disowned Thing')
      await dialogue.asks('Unregister Thing')
      await dialogue.hears('Unregister Thing acknowledgement')
    },
  ],
  [
    'what is not there, or of somebody else (§3.9, §3.10, §3.13, §3.14, §3.17)',
    async ({ dialogue }) => {
      await dialogue.asks('Claim Ownership of public Thing')
      await dialogue.hears('Ownership claim failure')
      await dialogue.asks('Remove Thing')
      await dialogue.hears('Removal failure')
      await dialogue.asks('Update Meta Data request')
      await dialogue.hears('Update Meta Data request failure')
      await dialogue.asks('Owner requests an update of Meta Data of Thing', byPhone)
      await dialogue.hears('Owner updating thing Meta Data request failure', byPhone)
      await dialogue.asks('Disowning Thing')
      await dialogue.hears('Failure to disown Thing - Not Found')
    },
  ],
  [
    'a thing that is away is not given away (§3.17)',
    async it => {
      await claimed(it)
      await it.peer('thing@example.org/imc').closes()
      await it.peer('thing@example.org/imc').forgets()
      await it.dialogue.asks('Disowning Thing')
      await it.dialogue.hears('Failure to disown Thing - Offline')
    },
  ],
]

const ofRegistry: Change = [
  'provisioning@example.org',
  'discovery.example.org',
  'the registry is a part of the server and has no account (§5.1)',
]

const discovery: Scenario = [
  'things find it among the parts of the server (§4)',
  async ({ dialogue }) => {
    await dialogue.asks('Service discovery information request', ofRegistry)
    await dialogue.hears('Service discovery information response', ofRegistry)
    await dialogue.asks('Checking if server supports components')
    await dialogue.hears('Response confirming support for components')
    await dialogue.asks('Requesting list of server components')
    await dialogue.hears(
      'Response containing list of server components',
      [
        '995fab3dd759452ca9c370647323af0c@example.org/ebe2348e',
        'device@example.org/device',
        'who asks has the answer',
      ],
      ['Registro de cosas', 'Registry of things', 'the name is ours'],
    )
    await dialogue.asks('Service discovery information request made to each component')
    await dialogue.hears('Service discovery information response from each component')
  },
]

const played = new Set<string>()

for (const generation of registryGenerations)
  for (const [what, play] of [...scenarios, discovery])
    test(`${generation}: ${what}`, { skip: text.skip }, async () => {
      await using it = await stage(generation)
      await play(it)
      for (const jid of everybody) if (!it.peer(jid).isGone) await it.peer(jid).receivesNothing()
      for (const title of it.dialogue.played) played.add(title)
    })

/** Ways to find a server, which are none of a registry's, and the text of a label, which is tested with claim links. */
const elsewhere = [
  'IoT Discovery DHCP Option',
  'IoT Discovery DHCP Option Example',
  'IoT Discovery DHCP and BOOTP Parameters Registry',
  'PTR record',
  'A record',
  'SRV record',
  'TXT record',
  'IoT Discovery DNS Records Example',
  'IoT Discovery TXT Record Parameters Registry',
  'String to encode as a QR-code',
]

test('no example is left out', { skip: text.skip }, () => {
  const left = [...text.examples.keys()].filter(title => !played.has(title))
  assert.deepEqual(left, elsewhere)
})
