// The formats of concentrators in every generation.
import type { ConcentratorFormat } from './concentrator.ts'
import { longAnswers, shortAnswers } from './concentrator-answers.ts'
import { spellingOf } from './concentrator-fields.ts'
import { eventWire, progressWire } from './concentrator-messages.ts'
import { operationsOf } from './concentrator-operations.ts'
import { questionsOf } from './concentrator-questions.ts'
import { sniffWire } from './concentrator-sniffing.ts'
import type { Generation } from './generations.ts'

function formatOf(generation: Generation): ConcentratorFormat {
  const spelling = spellingOf(generation)
  const { ns, family } = spelling
  return {
    generation,
    family,
    ns,
    operations: operationsOf(generation),
    questions: questionsOf(spelling),
    answers: family === 'long' ? longAnswers(spelling) : shortAnswers(spelling),
    event: eventWire(spelling),
    progress: progressWire(spelling),
    sniff: sniffWire(spelling),
    hasQuantities: generation === 'nf' || generation === 'nfi',
  }
}

const formats: Readonly<Record<Generation, ConcentratorFormat>> = {
  sn: formatOf('sn'),
  xep: formatOf('xep'),
  ieee: formatOf('ieee'),
  nf: formatOf('nf'),
  nfi: formatOf('nfi'),
}

/** How a generation speaks with concentrators. */
export function concentratorFormat(generation: Generation): ConcentratorFormat {
  return formats[generation]
}
