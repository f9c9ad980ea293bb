// Reads an element by its schema, straight from parse events: no tree in between.
import type { TextCodec } from './codec.ts'
import { TreeBuilder } from './element.ts'
import type { XmlHandler } from './handler.ts'
import { WireError } from './wire-error.ts'
import type { AttributeEntry, ChildEntry, Plan, ReadTable, Values } from './wire-plan.ts'
import type { Wire } from './wire-types.ts'

/** An element being read. `entry`: what its parent wanted it for. */
interface Frame {
  readonly plan: Plan
  readonly table: ReadTable
  readonly values: Values
  readonly entry: ChildEntry | undefined
  text: string
  seen: number
}

/** Which element a schema is meant for: the one whose events come, or the first of its children that fits. */
export type ReadTarget = 'self' | 'child'

/** Feed it one element's events; then ask for the `result`. Throws `WireError` from within the events. */
export class SchemaReader implements XmlHandler {
  /** The value; `undefined` while nothing that fits has been read. */
  result: unknown = undefined
  private readonly wire: Wire<unknown, never>
  private readonly target: ReadTarget
  private readonly frames: Frame[] = []
  private top: Frame | undefined = undefined
  /** Whether the element around the children to look at has begun. */
  private entered = false
  private finished = false
  /** Depth inside an element that nobody wants. */
  private skipped = 0
  /** The child that holds only text and is being read. */
  private textEntry: ChildEntry | undefined = undefined
  private childText = ''
  /** A child kept as it is, and the key it goes to. */
  private tree: TreeBuilder | undefined = undefined
  private treeKey = ''

  constructor(wire: Wire<unknown, never>, target: ReadTarget) {
    this.wire = wire
    this.target = target
    this.entered = target === 'self'
  }

  start(ns: string, name: string, attrs: readonly string[]): void {
    if (this.skipped > 0) this.skipped++
    else if (this.tree !== undefined) this.tree.start(ns, name, attrs)
    else if (this.textEntry !== undefined) this.skipped = 1
    else if (this.top !== undefined) this.startChild(this.top, ns, name, attrs)
    else this.startRoot(ns, name, attrs)
  }

  text(text: string): void {
    if (this.skipped > 0) return
    if (this.tree !== undefined) this.tree.text(text)
    else if (this.textEntry !== undefined) this.childText += text
    else if (this.top !== undefined && this.top.table.text !== undefined) this.top.text += text
  }

  end(): void {
    if (this.skipped > 0) this.skipped--
    else if (this.tree !== undefined) this.endTree(this.tree)
    else if (this.textEntry !== undefined) this.endTextChild(this.textEntry)
    else if (this.top !== undefined) this.endFrame(this.top)
  }

  private startRoot(ns: string, name: string, attrs: readonly string[]): void {
    if (!this.entered) {
      this.entered = true
      return
    }
    const plan = this.finished ? undefined : this.wire.planFor(ns, name)
    if (plan !== undefined) this.push(plan, undefined, attrs)
    else if (this.target === 'child' || this.finished) this.skipped = 1
    else throw new WireError(this.wire.ns, this.wire.name, 'another element stands in its place')
  }

  private startChild(frame: Frame, ns: string, name: string, attrs: readonly string[]): void {
    const entry = frame.table.childFor(ns, name)
    if (entry === undefined) {
      this.startUnclaimed(frame, ns, name, attrs)
      return
    }
    if ((frame.seen & entry.bit) !== 0) {
      this.skipped = 1
      return
    }
    frame.seen |= entry.bit
    if (entry.plan !== undefined) this.push(entry.plan, entry, attrs)
    else if (entry.codec !== undefined) {
      this.textEntry = entry
      this.childText = ''
    } else {
      this.store(frame, entry, entry.slot.at === 'flag' ? true : name)
      this.skipped = 1
    }
  }

  private startUnclaimed(frame: Frame, ns: string, name: string, attrs: readonly string[]): void {
    const { any, rest } = frame.table
    const key = any !== undefined && frame.values[any] === undefined ? any : rest
    if (key === undefined) {
      this.skipped = 1
      return
    }
    this.treeKey = key
    this.tree = new TreeBuilder()
    this.tree.start(ns, name, attrs)
  }

  private push(plan: Plan, entry: ChildEntry | undefined, attrs: readonly string[]): void {
    const { table } = plan
    const frame: Frame = { plan, table, values: { ...table.blank }, entry, text: '', seen: 0 }
    this.frames.push(frame)
    this.top = frame
    if (table.attributes.size > 0) this.readAttributes(frame, attrs)
  }

  private readAttributes(frame: Frame, attrs: readonly string[]): void {
    for (let i = 0; i + 2 < attrs.length; i += 3) {
      const entry: AttributeEntry | undefined = frame.table.attributeFor(attrs[i] ?? '', attrs[i + 1] ?? '')
      if (entry !== undefined) {
        frame.values[entry.key] = this.parse(entry.codec, attrs[i + 2] ?? '', entry.name)
      }
    }
  }

  private endTextChild(entry: ChildEntry): void {
    this.textEntry = undefined
    const value = entry.codec && this.parse(entry.codec, this.childText, entry.name)
    if (this.top !== undefined) this.store(this.top, entry, value)
  }

  private endTree(tree: TreeBuilder): void {
    tree.end()
    if (!tree.isComplete || this.top === undefined) return
    this.tree = undefined
    const { values, table } = this.top
    if (this.treeKey === table.any) values[this.treeKey] = tree.root
    else append(values, this.treeKey, tree.root, table)
  }

  private endFrame(frame: Frame): void {
    const value = this.completed(frame)
    this.frames.pop()
    this.top = this.frames[this.frames.length - 1]
    if (this.top !== undefined && frame.entry !== undefined) this.store(this.top, frame.entry, value)
    else {
      this.result = value
      this.finished = true
    }
  }

  private completed(frame: Frame): unknown {
    const { table, values, plan } = frame
    if (table.text !== undefined && (frame.text !== '' || table.text.required)) {
      values[table.text.key] = this.parse(table.text.codec, frame.text, 'the text')
    }
    for (const { key, label } of table.required) {
      if (values[key] === undefined) throw this.error(`${label} is missing`)
    }
    if (plan.conversion === undefined) return values
    try {
      return plan.conversion.read(values)
    } catch (cause) {
      throw this.error('the content does not fit together', cause)
    }
  }

  private store(frame: Frame, entry: ChildEntry, value: unknown): void {
    if (entry.bit === 0) append(frame.values, entry.key, value, frame.table)
    else frame.values[entry.key] = value
  }

  private parse(codec: TextCodec<unknown>, text: string, label: string): unknown {
    try {
      return codec.parse(text)
    } catch (cause) {
      throw this.error(`${label} is not ${codec.name}`, cause)
    }
  }

  private error(reason: string, cause?: unknown): WireError {
    const path = this.frames.map(frame => frame.plan.name).join('/')
    return new WireError(this.frames[0]?.plan.ns ?? this.wire.ns, path, reason, { cause })
  }
}

/** Adds to a list; the empty list of the blank is shared and therefore replaced by the first item. */
function append(values: Values, key: string, item: unknown, table: ReadTable): void {
  const list = values[key]
  if (list === table.blank[key] || !Array.isArray(list)) values[key] = [item]
  else list.push(item)
}
