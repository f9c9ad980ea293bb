/** What can be set, read from a thing's form. XEP-0325 §3.3, XEP-0122, XEP-0331. */
import { type ControlKind, type DataForm, type FormField, fieldMarks, Validate } from '@waxwing/protocol'
import { type Element, readWire, WireError } from '@waxwing/xml'
import { SESSION_FIELD } from './control-form.ts'

/** A parameter as its thing shows it. */
export interface Parameter {
  readonly name: string
  readonly kind: ControlKind
  /** For people. */
  readonly label: string
  readonly description: string | undefined
  /** Bounds as the thing writes them. */
  readonly min: string | undefined
  readonly max: string | undefined
  /** The values there are, with labels; absent: any. */
  readonly options: ReadonlyMap<string, string> | undefined
  /** The value when the form was made; a readout tells better. */
  readonly value: string | undefined
  readonly group: string | undefined
  /** Of a colour: whether it has two more digits for the opacity. XEP-0331 §3 */
  readonly hasAlpha: boolean
  /** It is shown, and cannot be set as things are. XEP-0336 §3.3 */
  readonly readOnly: boolean
}

const kinds: Readonly<Record<string, ControlKind>> = {
  'xs:boolean': 'boolean',
  'xs:date': 'date',
  'xs:dateTime': 'dateTime',
  'xs:decimal': 'double',
  'xs:double': 'double',
  'xs:duration': 'duration',
  'xs:int': 'int',
  'xs:integer': 'int',
  'xs:long': 'long',
  'xs:time': 'time',
  'xdc:color': 'color',
  'xdc:colorAlpha': 'color',
  'xdc:Color': 'color',
  'xdc:ColorAlpha': 'color',
}

const notParameters: ReadonlySet<string> = new Set(['FORM_TYPE', SESSION_FIELD])

export function parametersIn({ fields = [] }: DataForm): readonly Parameter[] {
  return fields.flatMap(field => {
    const { var: name, type } = field
    if (name === undefined || type === 'fixed' || type === 'hidden' || notParameters.has(name)) return []
    return [parameterIn(name, field)]
  })
}

function parameterIn(name: string, field: FormField): Parameter {
  const { type, label = name, desc, values, options = [], extensions = [] } = field
  const { datatype = '', range } = validationIn(extensions)
  const known = Object.hasOwn(kinds, datatype) ? kinds[datatype] : undefined
  const chosen = options.length > 0 ? 'enum' : 'string'
  return {
    name,
    kind: known ?? (type === 'boolean' ? 'boolean' : chosen),
    label,
    description: desc,
    min: range?.min,
    max: range?.max,
    options:
      options.length === 0 ? undefined : new Map(options.map(({ value, label = value }) => [value, label])),
    value: values[0],
    group: groupIn(extensions),
    hasAlpha: /^xdc:coloralpha$/i.test(datatype),
    readOnly: fieldMarks(field).readOnly,
  }
}

/** COMPAT(texts of the short family): `name` for `n`. */
function groupIn(extensions: readonly Element[]): string | undefined {
  const mark = extensions.find(({ name }) => name === 'parameterGroup' || name === 'pGroup')
  return mark?.attrs.get('name') ?? mark?.attrs.get('n')
}

/** What cannot be understood limits nothing: the thing will say what it does not take. */
function validationIn(extensions: readonly Element[]): Validate {
  const found = extensions.find(({ ns, name }) => ns === Validate.ns && name === Validate.name)
  if (!found) return {}
  try {
    return readWire(Validate, found)
  } catch (error) {
    if (error instanceof WireError) return {}
    throw error
  }
}
