// Sensor data in every generation (XEP-0323 and its successors).
import type { Wire } from '@waxwing/xml'
import { type Generation, generations } from './generations.ts'
import type { ReadoutReport } from './readout.ts'
import { reportWire, type SensorDataFormat } from './sensor-format.ts'
import { longSensorData } from './sensor-long.ts'
import { shortSensorData } from './sensor-short.ts'

const formats: Readonly<Record<Generation, SensorDataFormat>> = {
  sn: longSensorData('sn'),
  xep: longSensorData('xep'),
  ieee: shortSensorData('ieee'),
  nf: shortSensorData('nf'),
  nfi: shortSensorData('nfi'),
}

/** The format of a generation. */
export function sensorData(generation: Generation): SensorDataFormat {
  return formats[generation]
}

/**
 * Reports of every generation at once: some things answer in another generation than they were asked in. Written
 * in the report's own.
 */
export const SensorReport: Wire<ReadoutReport> = allReports()

function allReports(): Wire<ReadoutReport> {
  const wires = generations.map(generation => formats[generation].report)
  const all = reportWire(wires, report => formats[report.generation].report)
  return { ...all, planFor: (ns, name) => wires.find(wire => wire.ns === ns)?.planFor(ns, name) }
}
