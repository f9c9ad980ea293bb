/** Places in long lists, as texts that whoever asks for the next page sends back. XEP-0059 */
import type { NodeRef } from '@waxwing/protocol'
import { notFound } from './call.ts'

/** The end of a page: how many were told until then, and the last of them. */
export function placeOf(before: number, { id, partition }: NodeRef): string {
  const parts = partition === undefined ? [id] : [id, partition]
  return `${before}.${parts.map(encodeURIComponent).join(':')}`
}

/** Throws `item-not-found` for what is no place. */
export function placeIn(end: string | undefined): {
  readonly before: number
  readonly last: NodeRef | undefined
} {
  if (end === undefined) return { before: 0, last: undefined }
  const [, before, written = '', part] = /^(\d{1,9})\.([^:]+)(?::([^:]*))?$/s.exec(end) ?? []
  if (before === undefined) throw notFound()
  try {
    const partition = part === undefined ? undefined : decodeURIComponent(part)
    return { before: Number(before), last: { id: decodeURIComponent(written), partition } }
  } catch (error) {
    if (error instanceof URIError) throw notFound()
    throw error
  }
}
