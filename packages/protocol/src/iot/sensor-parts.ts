// Parts of a readout: collected while a stanza is read, grouped when one is written.
import { type NodeRef, type ReadoutPart, type SensorField, sameNode } from './readout.ts'
import { maxItems } from './sensor-limits.ts'
import type { Timestamp } from './timestamp.ts'

/** Collects fields and errors in their order; what nobody understands, and what is too much, is counted. */
export class PartCollector {
  readonly parts: ReadoutPart[] = []
  skipped = 0
  #items = 0
  #open: SensorField[] | undefined

  /** Another node or time begins. */
  begin(): void {
    this.#open = undefined
  }

  field(node: NodeRef | undefined, time: Timestamp, field: SensorField | undefined): void {
    if (field === undefined || time.text === '' || !this.#hasRoom()) {
      this.skipped++
      return
    }
    if (this.#open) {
      this.#open.push(field)
      return
    }
    this.#open = [field]
    this.parts.push({ kind: 'fields', node, time, fields: this.#open })
  }

  error(node: NodeRef | undefined, time: Timestamp, text: string): void {
    this.#open = undefined
    if (this.#hasRoom()) this.parts.push({ kind: 'error', node, time, text: text.trim() })
    else this.skipped++
  }

  #hasRoom(): boolean {
    return this.#items++ < maxItems
  }
}

/** What one node says of one time. */
export interface TimeGroup {
  readonly time: Timestamp
  readonly parts: ReadoutPart[]
}

/** What one node says. */
export interface NodeGroup {
  readonly node: NodeRef | undefined
  readonly times: TimeGroup[]
}

/** Neighbouring parts of one node, and within it of one time, together; the order stays. */
export function groupParts(parts: readonly ReadoutPart[]): NodeGroup[] {
  const groups: NodeGroup[] = []
  for (const part of parts) {
    let group = groups.at(-1)
    if (!group || !sameNode(group.node, part.node)) groups.push((group = { node: part.node, times: [] }))
    const time = group.times.at(-1)
    if (time && time.time.text === part.time.text) time.parts.push(part)
    else group.times.push({ time: part.time, parts: [part] })
  }
  return groups
}
