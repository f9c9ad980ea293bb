// What a field of a data form takes (XEP-0122).
import { attr, child, element, flag, mapped, string, text, uint, type Wire } from '@waxwing/xml'

const NS = 'http://jabber.org/protocol/xdata-validate'

/** Bounds, both inclusive, as the datatype writes them. XEP-0122 §3.2.3. */
export interface ValidRange {
  readonly min?: string | undefined
  readonly max?: string | undefined
}
const Range: Wire<ValidRange> = element(NS, 'range', {
  min: attr('min', string).maybe(),
  max: attr('max', string).maybe(),
})

const Regex: Wire<string> = mapped(
  element(NS, 'regex', { pattern: text(string) }),
  regex => regex.pattern,
  (pattern: string) => ({ pattern }),
)

/** How many of a list may be chosen. XEP-0122 §3.3. */
export interface ListRange {
  readonly min?: number | undefined
  readonly max?: number | undefined
}
const ListRange: Wire<ListRange> = element(NS, 'list-range', {
  min: attr('min', uint).maybe(),
  max: attr('max', uint).maybe(),
})

/** Goes into a field. XEP-0122 §3. */
export interface Validate {
  /** As in `xs:integer`; absent: `xs:string`. §3.1. */
  readonly datatype?: string | undefined
  /** Any value of the datatype; the method when none is named. §3.2.1. */
  readonly basic?: boolean | undefined
  /** Values beside the options of a list are welcome. §3.2.2. */
  readonly open?: boolean | undefined
  readonly range?: ValidRange | undefined
  /** POSIX extended. §3.2.4. */
  readonly regex?: string | undefined
  readonly listRange?: ListRange | undefined
}
export const Validate: Wire<Validate> = element(NS, 'validate', {
  datatype: attr('datatype', string).maybe(),
  basic: flag('basic'),
  open: flag('open'),
  range: child(Range).maybe(),
  regex: child(Regex).maybe(),
  listRange: child(ListRange).maybe(),
})
