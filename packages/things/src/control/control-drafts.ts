/** Forms of parameters while somebody fills them in: each says itself what it is about, and nothing is held. XEP-0336 */
import {
  type ControlFormRequest,
  type DataForm,
  type Generation,
  generations,
  type NodeRef,
  stanzaError,
} from '@waxwing/protocol'
import { SESSION_FIELD, type ShownParameter } from './control-form.ts'
import { ParameterError, withZone } from './parameters.ts'

/** Nodes that one form is about, as in a request. */
const mostNodes = 1_000

const noTokens = { service: [], device: [], user: [] }

/** What a form has to say when it comes back: its generation, and its nodes. */
export function sessionOf({ generation, nodes }: ControlFormRequest): string {
  return [generation, ...nodes.flatMap(nodeWords)].map(encodeURIComponent).join(' ')
}

function nodeWords({ id, source, partition }: NodeRef): readonly string[] {
  return [`.${id}`, word(source), word(partition)]
}

/** What is absent differs from what is empty. */
const word = (text: string | undefined): string => (text === undefined ? '-' : `.${text}`)
const unword = (text: string | undefined): string | undefined =>
  text?.startsWith('.') ? text.slice(1) : undefined

/** What a form is about that came back. Throws `item-not-found` when it is none of ours. XEP-0336 §3.7 */
export function formRequestIn({ fields = [] }: DataForm): ControlFormRequest {
  const [session = ''] = fields.find(field => field.var === SESSION_FIELD)?.values ?? []
  const [first, ...words] = session.split(' ').map(decoded)
  const generation = generations.find(known => known === first)
  if (generation === undefined || words.length % 3 !== 0 || words.length > 3 * mostNodes) throw notOurs()
  return { generation: generation satisfies Generation, nodes: nodesIn(words), tokens: noTokens }
}

function nodesIn(words: readonly string[]): readonly NodeRef[] {
  const nodes: NodeRef[] = []
  for (let at = 0; at < words.length; at += 3) {
    const id = unword(words[at])
    if (id === undefined) throw notOurs()
    nodes.push({ id, source: unword(words[at + 1]), partition: unword(words[at + 2]) })
  }
  return nodes
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw notOurs()
  }
}

function notOurs(): Error {
  return stanzaError('item-not-found', 'There is no such form')
}

/** Values by the names of fields; of several, the first. */
export function valuesIn({ fields = [] }: DataForm): readonly (readonly [name: string, text: string])[] {
  return fields.flatMap(({ var: name, values: [text] }) =>
    name === undefined || name === SESSION_FIELD || text === undefined ? [] : [[name, text] as const],
  )
}

/** A parameter as somebody filled it in, with what is wrong with that. @param zone minutes east of UTC */
export function filled(shown: ShownParameter, text: string | undefined, zone: number): ShownParameter {
  if (text === undefined) return shown
  const { kind } = shown.parameter
  try {
    shown.parameter.read(kind, withZone(kind, text, zone))
    return { ...shown, value: text, isFilledIn: true }
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    return { ...shown, value: text, isFilledIn: true, fault: error.message }
  }
}
