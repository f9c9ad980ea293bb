// What questions to owners and their answers are made of.
import { attr, CodecError, children, custom, element, mapped, string, type TextCodec } from '@waxwing/xml'
import { anyJid } from '../jids.ts'
import type { NodeRef, ReadoutTokens } from './readout.ts'
import { maxNameLength, maxSelectors, maxTokensLength } from './sensor-limits.ts'
import { mark, marks } from './sensor-marks.ts'
import { shortCategories } from './sensor-names.ts'
import { listOrNone, nodeOf, tokenList } from './sensor-raw.ts'

const maxKeyLength = 256

const limited = (what: string, max: number): TextCodec<string> =>
  custom(
    text => {
      if (text === '' || text.length > max) throw new CodecError(`not ${what}`)
      return text
    },
    text => text,
    what,
  )

const key = limited(`a key of at most ${maxKeyLength} characters`, maxKeyLength)
const name = limited(`a name of at most ${maxNameLength} characters`, maxNameLength)
export const about = { thing: attr('jid', anyJid), caller: attr('remoteJid', anyJid), key: attr('key', key) }
export const nodeAttributes = {
  id: attr('id', string).maybe(),
  src: attr('src', string).maybe(),
  pt: attr('pt', string).maybe(),
}

export function nodesOf(ns: string) {
  return children(
    mapped(
      element(ns, 'nd', nodeAttributes),
      ({ id = '', src, pt }): NodeRef => {
        const node = nodeOf(id, src, pt)
        if (node === undefined || node.id === '') throw new CodecError('a node has no id')
        return node
      },
      ({ id, source, partition }) => ({ id, src: source, pt: partition }),
    ),
  )
}

export function namesOf(ns: string, tag: string) {
  return children(
    mapped(
      element(ns, tag, { name: attr('n', name) }),
      ({ name: one }) => one,
      one => ({ name: one }),
    ),
  )
}

export function fewOf<T>(list: readonly T[]): readonly T[] {
  if (list.length > maxSelectors) throw new CodecError('too much at once')
  return list
}

export const tokenAttributes = {
  service: attr('st', tokenList).or([]),
  device: attr('dt', tokenList).or([]),
  user: attr('ut', tokenList).or([]),
}

export function readTokens({ service, device, user }: ReadoutTokens): ReadoutTokens {
  if ([...service, ...device, ...user].join(' ').length > maxTokensLength)
    throw new CodecError('too many tokens')
  return { service, device, user }
}

export function writeTokens({ service, device, user }: ReadoutTokens) {
  return { service: listOrNone(service), device: listOrNone(device), user: listOrNone(user) }
}

const noTokens: ReadoutTokens = { service: [], device: [], user: [] }
export const nothingMore = { nodes: [], names: [], categories: [], all: false, tokens: noTokens } as const

export const categoryAttributes = { ...marks(shortCategories), all: attr('all', mark).or(false) }
