// What both families have in common once their names are the model's: raw attributes to fields and back.
import { CodecError, custom, type Element, type TextCodec, writeElement } from '@waxwing/xml'
import {
  type FieldCategory,
  type FieldQuality,
  fieldCategories,
  fieldQualities,
  type HistoryPeriod,
} from './field-flags.ts'
import type { Generation } from './generations.ts'
import { localizationOf } from './localization.ts'
import type { NodeRef, ReadoutRequest, SensorField } from './readout.ts'
import {
  maxAnnotationLength,
  maxIdLength,
  maxNameLength,
  maxSelectors,
  maxTokensLength,
} from './sensor-limits.ts'
import { marked } from './sensor-marks.ts'
import { parseSensorValue, type SensorValue, type ValueKind } from './sensor-value.ts'
import type { Timestamp } from './timestamp.ts'

/** The element of a value with its attributes under the model's words. */
export interface RawField extends Readonly<Record<FieldCategory | FieldQuality, boolean>> {
  readonly name?: string | undefined
  readonly value?: string | undefined
  readonly unit?: string | undefined
  readonly dataType?: string | undefined
  readonly namespace?: string | undefined
  readonly steps?: string | undefined
  readonly writable?: boolean | undefined
}

/** What stands beside the flags when a field is written. */
export function plainAttributes({ name, value, localization, writable }: SensorField): {
  readonly name: string
  readonly value: string
  readonly dataType: string | undefined
  readonly namespace: string | undefined
  readonly steps: string | undefined
  readonly writable: boolean | undefined
} {
  return {
    name,
    value: value.text,
    dataType: value.kind === 'enum' ? value.dataType : undefined,
    namespace: localization?.namespace,
    steps: localization?.steps,
    writable,
  }
}

/** The field, or `undefined` if it has no name, or no value of its type. */
export function readField(
  kind: ValueKind,
  raw: RawField,
  periods: readonly HistoryPeriod[],
  annotation?: Element,
): SensorField | undefined {
  const { name, writable } = raw
  const value = readValue(kind, raw)
  if (name === undefined || name.length > maxNameLength || value === undefined) return undefined
  const categories = marked(fieldCategories, raw)
  return {
    name,
    value,
    categories: periods.length > 0 && !raw.historical ? [...categories, 'historical'] : categories,
    periods,
    quality: marked(fieldQualities, raw),
    localization: localizationOf(raw.namespace, raw.steps),
    writable,
    annotation,
  }
}

function readValue(kind: ValueKind, raw: RawField): SensorValue | undefined {
  const { value, unit = '', dataType = '' } = raw
  if (value === undefined || unit.length > maxNameLength || dataType.length > maxNameLength) return undefined
  try {
    return parseSensorValue(kind, value, { unit, dataType })
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}

/** An annotation that keeps its limit. */
export function annotationWithin(annotation: Element): Element | undefined {
  return writeElement(annotation).length <= maxAnnotationLength ? annotation : undefined
}

/** Writes fail for values whose text was made by hand and is none of its type. Throws `CodecError`. */
export function checkField({ name, value }: SensorField): void {
  if (name.length > maxNameLength) throw new CodecError('the name is too long')
  parseSensorValue(value.kind, value.text, value.kind === 'enum' ? value : {})
}

/** The id of a readout. */
export const readoutId: TextCodec<string> = custom(
  text => within(text, maxIdLength),
  text => text,
  `an id of at most ${maxIdLength} characters`,
)

function within(text: string, max: number): string {
  if (text.length > max) throw new CodecError('too long')
  return text
}

/** Tokens, separated by white space. */
export const tokenList: TextCodec<readonly string[]> = custom(
  text =>
    within(text, maxTokensLength)
      .split(/[\t\n\r ]+/)
      .filter(token => token !== ''),
  tokens => tokens.join(' '),
  'a list of tokens',
)

/** One token of such a list. */
export const oneToken: TextCodec<string> = custom(
  token => {
    if (token === '' || token.length > maxTokensLength || /\s/.test(token)) throw new CodecError('no token')
    return token
  },
  token => token,
  'a token without white space',
)

/** A node's address; `undefined` for the empty one, which means the thing itself. Throws `CodecError`. */
export function nodeOf(
  id: string,
  source: string | undefined,
  partition: string | undefined,
): NodeRef | undefined {
  if (id === '' && source === undefined && partition === undefined) return undefined
  for (const part of [id, source, partition]) within(part ?? '', maxNameLength)
  return { id, source, partition }
}

/** A request with its attributes under the model's words. */
export interface RawRequest extends Readonly<Record<FieldCategory, boolean>> {
  readonly id: string
  readonly all: boolean
  readonly from?: Timestamp | undefined
  readonly to?: Timestamp | undefined
  readonly when?: Timestamp | undefined
  readonly service: readonly string[]
  readonly device: readonly string[]
  readonly user: readonly string[]
}

/** Throws `CodecError` when there is too much of anything, or a node without id. */
export function readRequest(
  generation: Generation,
  raw: RawRequest,
  nodes: readonly (NodeRef | undefined)[],
  names: readonly string[],
  periods: readonly HistoryPeriod[],
): ReadoutRequest {
  const tokens = { service: raw.service, device: raw.device, user: raw.user }
  const tokensLength = [...raw.service, ...raw.device, ...raw.user].join(' ').length
  if (nodes.length + names.length > maxSelectors || tokensLength > maxTokensLength) {
    throw new CodecError('too much is asked at once')
  }
  const categories = marked(fieldCategories, raw)
  return {
    generation,
    id: raw.id,
    nodes: nodes.map(named),
    fields: names.map(name => within(name, maxNameLength)),
    categories: periods.length > 0 && !raw.historical ? [...categories, 'historical'] : categories,
    periods: raw.historical ? [] : periods,
    all: raw.all,
    from: raw.from,
    to: raw.to,
    when: raw.when,
    tokens,
  }
}

function named(node: NodeRef | undefined): NodeRef {
  if (node === undefined || node.id === '') throw new CodecError('a node has no id')
  return node
}

/** An empty list is left out. */
export function listOrNone<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
