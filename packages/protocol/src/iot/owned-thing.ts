// A thing with its place in a registry, as it goes with its owner's account from one server to another (XEP-0227).
import type { BareJid } from '@waxwing/jid'
import { attr, custom, dateTime, element, mapped, oneOf, type TextCodec, type Wire } from '@waxwing/xml'
import { bareJid } from '../jids.ts'
import type { NodeRef } from './readout.ts'
import { type RegistryGeneration, registryGenerations, type Tag } from './registry.ts'
import { nodeAttributesOf, readNode, tagsOf, writeNode } from './registry-formats.ts'

/** The namespace of what a registry of ours keeps. */
export const KEPT_THINGS_NS = 'urn:waxwing:registry:0'

export const thingVisibilities = ['public', 'private', 'removed'] as const

export interface OwnedThing {
  readonly jid: BareJid
  /** A node behind it; `undefined`: the thing itself. */
  readonly node: NodeRef | undefined
  /** How it speaks. */
  readonly generation: RegistryGeneration
  readonly visibility: (typeof thingVisibilities)[number]
  /** Digest of the tags it was registered with. */
  readonly claim: string
  readonly since: Date
  readonly tags: readonly Tag[]
}

const digest: TextCodec<string> = custom(
  text => text.slice(0, 64),
  text => text,
  'a digest',
)

const raw = element(KEPT_THINGS_NS, 'thing', {
  jid: attr('jid', bareJid),
  ...nodeAttributesOf('nf'),
  generation: attr('generation', oneOf(...registryGenerations)),
  visibility: attr('visibility', oneOf(...thingVisibilities)),
  claim: attr('claim', digest),
  since: attr('since', dateTime),
  tags: tagsOf(KEPT_THINGS_NS),
})

/** Written into the export of its owner. */
export const OwnedThing: Wire<OwnedThing> = mapped(
  raw,
  ({ id, source, partition, ...rest }): OwnedThing => ({
    ...rest,
    node: readNode({ id, source, partition }),
  }),
  ({ node, ...rest }) => ({ ...rest, ...writeNode(node) }),
)
