/** Owners of things: claim them, look for them, give them away. XEP-0347 §3.9–3.17. */
import { bareOf, type Jid, parseJid } from '@waxwing/jid'
import type { FoundThing as FoundOnWire, ListPage, NodeRef } from '@waxwing/protocol'
import { NotSupportedError } from '../errors.ts'
import type { AskOptions, ThingClient } from '../port.ts'
import { type Meta, metaOf, parseClaimLink, tagsOf } from './claim-link.ts'
import { type Conditions, conditionsOf } from './conditions.ts'
import { type RegistryOptions, registryOf } from './registries.ts'

export interface ClaimOptions extends RegistryOptions {
  /** Whether everybody may find the thing. Default: no. */
  readonly isPublic?: boolean
}

export interface ClaimedThing {
  readonly jid: Jid
  /** A node behind it; `undefined`: the thing itself. */
  readonly node: NodeRef | undefined
  readonly isPublic: boolean
}

/**
 * Makes a thing one's own: by the link on its label, or by everything it has registered, `KEY` among it.
 *
 * @throws LinkError, NotSupportedError, StanzaError (`item-not-found` when there is no such thing to be claimed)
 */
export async function claim(
  client: ThingClient,
  what: string | Meta,
  options: ClaimOptions = {},
): Promise<ClaimedThing> {
  const { isPublic = false } = options
  const link = typeof what === 'string' ? parseClaimLink(what) : { meta: what, registry: undefined }
  const { jid, format } = await registryOf(client, {
    ...options,
    registry: options.registry ?? link.registry,
  })
  const question = { isPublic, tags: tagsOf(link.meta) }
  const claimed = await client.iq.set(format.claim, jid, question, format.claimed, patienceOf(options))
  return { jid: claimed.jid, node: claimed.node, isPublic: claimed.isPublic ?? isPublic }
}

/** A thing of a registry. */
export interface FoundThing {
  readonly jid: Jid
  readonly node: NodeRef | undefined
  /** Told to its owner, and to those who run the registry. */
  readonly owner: Jid | undefined
  readonly meta: Meta
}

export interface SearchOptions extends RegistryOptions {
  /** Things to find at most. Default 1,000. */
  readonly max?: number
}

/**
 * Public things that fit all conditions: `for await (const thing of search(client, { MAN: 'example.org' }))`.
 * Rejects as `claim`.
 */
export async function* search(
  client: ThingClient,
  conditions: Conditions,
  options: SearchOptions = {},
): AsyncGenerator<FoundThing, void, undefined> {
  const { jid, format } = await registryOf(client, options)
  const all = conditionsOf(conditions)
  if (format.generation === 'xep' && all.some(({ kind }) => kind === 'strRegEx'))
    throw new NotSupportedError(`${jid} has no regular expressions`)
  yield* pages(options, page =>
    client.iq.get(format.search, jid, { ...page, conditions: all }, format.found, patienceOf(options)),
  )
}

/** All that one owns, private things among it. Rejects as `claim`. */
export async function* owned(
  client: ThingClient,
  options: SearchOptions = {},
): AsyncGenerator<FoundThing, void, undefined> {
  const { jid, format } = await registryOf(client, options)
  const question = format.owned
  if (!question) throw new NotSupportedError(`${jid} does not tell who owns what`)
  yield* pages(options, page => client.iq.get(question, jid, page, format.found, patienceOf(options)))
}

const pageSize = 50

async function* pages(
  { max = 1_000 }: SearchOptions,
  ask: (page: ListPage) => Promise<{ readonly things: readonly FoundOnWire[]; readonly more: boolean }>,
): AsyncGenerator<FoundThing, void, undefined> {
  for (let offset = 0; offset < max; ) {
    const { things, more } = await ask({ offset, maxCount: Math.min(pageSize, max - offset) })
    for (const { jid, node, owner, tags } of things.slice(0, max - offset))
      yield { jid, node, owner, meta: metaOf(tags) }
    offset += things.length
    if (!more || things.length === 0) return
  }
}

export interface OwnerOptions extends RegistryOptions {
  /** A node behind the thing, by id alone or with its source. Default: the thing itself. */
  readonly node?: NodeRef | string | undefined
}

/** Gives a thing away: it registers again, and whoever has its key may claim it. It must be online. Rejects as `claim`. */
export async function disown(client: ThingClient, thing: string, options: OwnerOptions = {}): Promise<void> {
  const { jid, format } = await registryOf(client, options)
  await client.iq.set(format.disown, jid, addressOf(thing, options), undefined, patienceOf(options))
}

/** Takes a thing out of the searches; it stays one's own. Rejects as `claim`. */
export async function remove(client: ThingClient, thing: string, options: OwnerOptions = {}): Promise<void> {
  const { jid, format } = await registryOf(client, options)
  await client.iq.set(format.remove, jid, addressOf(thing, options), undefined, patienceOf(options))
}

/** Says more of a thing, or something else; an empty text takes a tag away. Rejects as `claim`. */
export async function describeThing(
  client: ThingClient,
  thing: string,
  meta: Meta,
  options: OwnerOptions = {},
): Promise<void> {
  const { jid, format } = await registryOf(client, options)
  const update = { ...addressOf(thing, options), tags: tagsOf(meta) }
  await client.iq.set(format.update, jid, update, undefined, patienceOf(options))
}

function addressOf(thing: string, { node }: OwnerOptions): { jid: Jid; node: NodeRef | undefined } {
  return { jid: bareOf(parseJid(thing)), node: typeof node === 'string' ? { id: node } : node }
}

function patienceOf({ timeoutMs, signal }: RegistryOptions): AskOptions {
  return { timeoutMs, signal }
}
