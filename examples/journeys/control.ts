// What can be set, setting it, and what happens when it cannot be: node examples/journeys/control.ts [<lamp> <password> <ann> <password>]
import {
  bool,
  ControlError,
  enumeration,
  int,
  openForm,
  parameters,
  set,
  snapshot,
  thing,
  WriteError,
} from '@waxwing/things'
import { stage } from './stage.ts'

await using here = await stage('lamp', 'ann')
const { lamp, ann } = here.clients

let isOn = false
let level = 40
let mode = 'White'
const served = thing(lamp, {
  fields: {
    Output: bool({
      read: () => isOn,
      write: value => {
        if (value && level === 0) throw new WriteError('At level 0 there is nothing to see')
        isOn = value
      },
    }),
    Level: int({ min: 0, max: 100, read: () => level, write: value => void (level = value) }),
    Mode: enumeration('Mode', { options: ['White', 'Warm'], read: () => mode, write: w => void (mode = w) }),
  },
  // Reading is for those who may see the lamp, setting for Ann alone, and she may not change the mode.
  mayControl: ({ from }) =>
    from.startsWith(`${ann.account}/`) ? { parameters: ['Output', 'Level'] } : 'none',
  onControl: ({ from, name, value, error }) =>
    console.log(`lamp: ${from.split('/')[0]} set ${name} to ${value}${error ? ', in vain' : ''}`),
})
lamp.roster.onRequest(request => request.accept())
await ann.roster.request(lamp.account)

// The form has types and bounds, so that a program can draw knobs without knowing lamps.
for (const { name, kind, value, min, max } of await parameters(ann, lamp.account))
  console.log(`${name}: ${kind}, now ${value}${max === undefined ? '' : `, from ${min} to ${max}`}`)

// It settles when the lamp has done it. What is out of bounds is found before anything is set.
await set(ann, lamp.account, { Level: 75, Output: true })
await set(ann, lamp.account, { Output: false, Level: 400 }).catch(explain)
await set(ann, lamp.account, { Mode: 'Warm' }).catch(explain)

// The lamp itself is asked what became of it: others may have been at the switch, too.
const { Output, Level } = await snapshot(ann, lamp.account, { Output: bool(), Level: int() })
console.log(`The lamp is ${Output.value ? `on at ${Level.value} %` : 'off'}`)

// A form that is open follows the lamp.
await using form = await openForm(ann, lamp.account)
const followed = new Promise<void>(resolve => void form.onChange(resolve))
level = 20
served.changed('Level')
await followed
console.log(`In the form Level is ${form.parameter('Level')?.value}`)

await set(ann, lamp.account, { Level: 0, Output: false })
await set(ann, lamp.account, { Output: true }).catch(explain)

function explain(error: unknown): void {
  if (!(error instanceof Error)) throw error
  const faults = error instanceof ControlError ? error.faults.map(({ name, text }) => `${name}: ${text}`) : []
  console.log(faults.length > 0 ? faults.join('; ') : error.message)
}
