/** A command as a thing carries it out: everything is checked before anything is done. XEP-0325 §3.4.3. */
import {
  type ControlKind,
  type ControlParameter,
  type ControlRequest,
  type DataForm,
  type ParameterFault,
  StanzaError,
  sameNode,
  stanzaError,
} from '@waxwing/protocol'
import type { Place } from '../readout/selection.ts'
import { SESSION_FIELD } from './control-form.ts'
import type { ControlPermission } from './control-options.ts'

/** What is wrong with a command; `faults` go along with the error, each for its parameter. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly error: StanzaError
  readonly faults: readonly ParameterFault[]

  constructor(error: StanzaError, faults: readonly ParameterFault[] = []) {
    super(error.message)
    this.error = error
    this.faults = faults
  }
}

/** What a person is told: a line for the whole, one for each parameter that is wrong. */
export function refusalText({ error, faults }: CommandError): string {
  const lines = faults.map(({ name, text }) => `${name}: ${text}`)
  return [error.text, ...lines].filter(line => line !== undefined).join('\n')
}

/** A parameter as it was given: with its type, or by a form whose texts may be any. */
export interface Given {
  readonly name: string
  readonly kind: ControlKind | undefined
  readonly text: string
}

/** Fields of the form's own making. XEP-0336 §3.1, XEP-0068 */
const notParameters: ReadonlySet<string> = new Set(['FORM_TYPE', SESSION_FIELD])

/**
 * Throws `CommandError` `bad-request` for a form that was not submitted, for values beside a form, and for neither: who
 * writes parameters in words of another generation is not told that they were set. XEP-0325 §5
 */
export function givenIn({ parameters, form }: ControlRequest): readonly Given[] {
  if (form && parameters.length > 0)
    throw new CommandError(stanzaError('bad-request', 'Values stand beside a form'))
  if (!form && parameters.length === 0)
    throw new CommandError(stanzaError('bad-request', 'There is nothing to set'))
  return form
    ? givenInForm(form)
    : parameters.map(({ name, kind, text }: ControlParameter) => ({ name, kind, text }))
}

function givenInForm({ type, fields = [] }: DataForm): readonly Given[] {
  if (type !== 'submit') throw new CommandError(stanzaError('bad-request', 'The form was not submitted'))
  return fields.flatMap(({ var: name, values }) => {
    const [text] = values
    if (name === undefined || notParameters.has(name) || text === undefined) return []
    return [{ name, kind: undefined, text }]
  })
}

/** What the permission leaves of the places and of what was given. Throws `CommandError` `forbidden` when nothing is. */
export function permitted(
  places: readonly Place[],
  given: readonly Given[],
  permission: ControlPermission,
): { readonly places: readonly Place[]; readonly given: readonly Given[] } {
  if (permission === 'none') throw forbidden()
  if (permission === 'all') return { places, given }
  const { nodes, parameters } = permission
  const left = {
    places: places.filter(({ node }) => nodes?.some(one => sameNode(one, node)) ?? true),
    given: given.filter(({ name }) => parameters?.includes(name) ?? true),
  }
  if (left.places.length === 0 || (left.given.length === 0 && given.length > 0)) throw forbidden()
  return left
}

function forbidden(): CommandError {
  return new CommandError(stanzaError('forbidden', 'Access denied.', { type: 'cancel' }))
}
