/** Asks a thing what is wrong with values before anything is set. XEP-0336 §3.2 */
import {
  conditionOf,
  DataForm,
  FormCancel,
  FormPostBack,
  fieldMarks,
  fieldOf,
  type ParameterFault,
  stanzaError,
} from '@waxwing/protocol'
import { NotSupportedError } from '../errors.ts'
import type { ThingClient } from '../port.ts'
import { SESSION_FIELD } from './control-form.ts'
import { asked, type ControlOptions, type PlainValue, refused, textOf } from './set.ts'

/**
 * What a thing would refuse of these values, by name; empty: nothing. Nothing is set.
 *
 * @throws NotSupportedError for things whose forms cannot be sent back before they are filled in; else as `parameters`
 */
export async function check(
  client: ThingClient,
  jid: string,
  values: Readonly<Record<string, PlainValue>>,
  options: ControlOptions = {},
): Promise<readonly ParameterFault[]> {
  const { peer, format, nodes, tokens } = await asked(client, jid, options)
  const { generation } = format
  const { lang } = options
  try {
    const request = { generation, nodes, tokens, lang }
    const { outcome, form } = await client.iq.get(format.getForm, peer, request, format.form, options)
    if (outcome !== 'OK') throw stanzaError(conditionOf(outcome))
    const session = form && fieldOf(form, SESSION_FIELD)
    if (!session) throw new NotSupportedError(`${peer} says what is wrong only when it is set`)
    const entries = Object.entries(values).map(([name, value]) => ({ var: name, values: [textOf(value)] }))
    const fields = [{ var: SESSION_FIELD, values: session.values }, ...entries]
    const filled = { form: { type: 'submit', fields }, lang } as const
    const judged = await client.iq.set(FormPostBack, peer, filled, DataForm, options)
    // Nobody waits for the thing to forget it. §3.6
    client.iq.set(FormCancel, peer, { form: filled.form }).catch(() => {})
    return Object.keys(values).flatMap(name => faultsOf(name, judged))
  } catch (error) {
    throw refused(error, peer, format)
  }
}

function faultsOf(name: string, form: DataForm): readonly ParameterFault[] {
  const field = fieldOf(form, name)
  const { error, readOnly } = field
    ? fieldMarks(field)
    : { error: 'There is no such parameter.', readOnly: false }
  const text = readOnly ? 'It cannot be set as things are.' : error
  return text === undefined ? [] : [{ name, text }]
}
