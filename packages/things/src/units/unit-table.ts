/**
 * Units of measurement: what they are made of, and how they are spelled. Factors are exact by definition (SI brochure,
 * international yard and pound of 1959, IEC 80000) but for those with π.
 */

/**
 * `symbol`, how many of what it is, other spellings, and whether prefixes go with it. No expression: a base unit.
 * A factor is a decimal or a fraction; behind `+` stands what is zero on the scale, in the units of the expression.
 */
export type UnitRow = readonly [
  symbol: string,
  factor: string,
  of: string,
  spellings?: string,
  prefixes?: 'si' | 'data',
]

/** 40 digits of 1/(2π): turns in a radian. */
const turnsInRadian = '0.1591549430918953357688837633725143620345'

export const unitRows: readonly UnitRow[] = [
  // Base units; the angle is a dimension of its own, and so is what only looks like a number.
  ['m', '1', '', 'metre metres meter meters', 'si'],
  ['g', '1', '', 'gram grams gramme', 'si'],
  ['s', '1', '', 'sec secs second seconds', 'si'],
  ['A', '1', '', 'amp amps ampere amperes', 'si'],
  ['K', '1', '', 'kelvin kelvins degK', 'si'],
  ['mol', '1', '', 'mole moles', 'si'],
  ['cd', '1', '', 'candela', 'si'],
  ['tr', '1', '', 'turn turns rev revolution revolutions'],
  ['bit', '1', '', 'bits', 'data'],
  ['pH', '1', '', 'ph'],
  ['dB', '1', '', 'decibel'],
  ['dBm', '1', ''],
  ['NTU', '1', ''],
  ['Bspl', '1', ''],
  // Plain numbers.
  ['1', '1', '1', 'count counts number ratio'],
  ['%', '1/100', '1', '/100 percent pct %RH %rH %EL'],
  ['‰', '1/1000', '1', '/1000 permille'],
  ['ppm', '1/1000000', '1'],
  ['ppb', '1/1000000000', '1'],
  // Temperature, by its scales.
  ['°C', '1+273.15', 'K', 'C Cel celsius degC deg_C centigrade'],
  ['°F', '5/9+459.67', 'K', 'F fahrenheit degF deg_F'],
  ['°R', '5/9', 'K', 'rankine degR'],
  // Time.
  ['min', '60', 's', 'mins minute minutes'],
  ['h', '3600', 's', 'hr hrs hour hours'],
  ['d', '86400', 's', 'day days'],
  ['wk', '604800', 's', 'week weeks'],
  ['a', '31557600', 's', 'yr year years'],
  ['EL', '1', 's'],
  ['Hz', '1', '1/s', 'hertz cps', 'si'],
  // Length, area, volume.
  ['in', '0.0254', 'm', 'inch inches'],
  ['ft', '0.3048', 'm', 'foot feet'],
  ['yd', '0.9144', 'm', 'yard yards'],
  ['mi', '1609.344', 'm', 'mile miles'],
  ['nmi', '1852', 'm', 'NM nauticalmile'],
  ['Å', '0.0000000001', 'm', 'angstrom'],
  ['ha', '10000', 'm2', 'hectare hectares'],
  ['ac', '4046.8564224', 'm2', 'acre acres'],
  ['l', '0.001', 'm3', 'L litre litres liter liters', 'si'],
  ['gal', '0.003785411784', 'm3', 'gallon gallons usgal'],
  ['galUK', '0.00454609', 'm3', 'ukgal impgal'],
  ['floz', '0.0000295735295625', 'm3', 'fl_oz'],
  ['bbl', '0.158987294928', 'm3', 'barrel barrels'],
  ['CCF', '100', 'ft3'],
  // Mass.
  ['t', '1000', 'kg', 'tonne tonnes', 'si'],
  ['lb', '0.45359237', 'kg', 'lbs pound pounds lbm'],
  ['oz', '0.028349523125', 'kg', 'ounce ounces'],
  ['st', '6.35029318', 'kg', 'stone'],
  // Speed and acceleration.
  ['kph', '1/3.6', 'm/s', 'kmh kmph'],
  ['mph', '0.44704', 'm/s'],
  ['kn', '1852/3600', 'm/s', 'kt kts knot knots'],
  ['gn', '9.80665', 'm/s2', 'gee'],
  // Angle.
  ['°', '1/360', 'tr', 'deg degree degrees lat lon'],
  ['rad', turnsInRadian, 'tr', 'radian radians', 'si'],
  ['gon', '1/400', 'tr', 'grad gradian'],
  ['arcmin', '1/21600', 'tr'],
  ['arcsec', '1/1296000', 'tr'],
  ['rpm', '1', 'tr/min', 'RPM'],
  ['sr', '1', 'rad2', 'steradian', 'si'],
  // Force, pressure, energy, power.
  ['N', '1', 'kg*m/s2', 'newton newtons', 'si'],
  ['lbf', '4.4482216152605', 'N'],
  ['Pa', '1', 'N/m2', 'pascal pascals', 'si'],
  ['bar', '100000', 'Pa', 'bars', 'si'],
  ['atm', '101325', 'Pa', 'atmosphere'],
  ['psi', '4.4482216152605/0.00064516', 'Pa', 'PSI lbf/in2'],
  ['Torr', '101325/760', 'Pa', 'torr'],
  ['mmHg', '133.322387415', 'Pa'],
  ['inHg', '3386.388640341', 'Pa'],
  ['mH2O', '9806.65', 'Pa', 'mWS'],
  ['J', '1', 'N*m', 'joule joules Ws', 'si'],
  ['Wh', '3600', 'J', 'watthour watthours', 'si'],
  ['cal', '4.184', 'J', 'calorie calories', 'si'],
  ['BTU', '1055.05585262', 'J', 'Btu btu'],
  ['therm', '105505585.262', 'J', 'therms'],
  ['eV', '0.0000000000000000001602176634', 'J', 'electronvolt', 'si'],
  ['W', '1', 'J/s', 'watt watts', 'si'],
  ['hp', '745.69987158227022', 'W', 'horsepower'],
  ['PS', '735.49875', 'W'],
  ['VA', '1', '', 'voltampere', 'si'],
  ['VAh', '3600', 'VA*s', '', 'si'],
  ['var', '1', '', 'VAr VAR', 'si'],
  ['varh', '3600', 'var*s', 'VArh VARh', 'si'],
  // Electricity and magnetism.
  ['V', '1', 'W/A', 'volt volts', 'si'],
  ['Ω', '1', 'V/A', 'ohm ohms Ohm', 'si'],
  ['S', '1', 'A/V', 'siemens mho', 'si'],
  ['coulomb', '1', 'A*s', 'coulombs', 'si'],
  ['Ah', '3600', 'A*s', 'amperehour', 'si'],
  ['farad', '1', 'A*s/V', 'farads', 'si'],
  ['Wb', '1', 'V*s', 'weber', 'si'],
  ['T', '1', 'Wb/m2', 'tesla', 'si'],
  ['gauss', '0.0001', 'T'],
  ['H', '1', 'Wb/A', 'henry', 'si'],
  ['dBW', '1+30', 'dBm'],
  // Light, radiation, chemistry.
  ['lm', '1', 'cd*sr', 'lumen lumens', 'si'],
  ['lx', '1', 'lm/m2', 'lux', 'si'],
  ['fc', '1', 'lm/ft2', 'footcandle'],
  ['Bq', '1', '', 'becquerel', 'si'],
  ['Ci', '37000000000', 'Bq', 'curie', 'si'],
  ['Sv', '1', '', 'sievert', 'si'],
  ['rem', '0.01', 'Sv'],
  ['Gy', '1', 'J/kg', 'gray', 'si'],
  ['kat', '1', 'mol/s', 'katal', 'si'],
  // Hearts and other things that are counted as they happen.
  ['beat', '1', '', 'beats'],
  ['bpm', '1', 'beat/min'],
  // Data.
  ['B', '8', 'bit', 'byte bytes octet octets', 'data'],
  ['bps', '1', 'bit/s', '', 'data'],
  ['Bps', '8', 'bit/s', '', 'data'],
]

/** With a prefix these letters mean something else than alone: `C` is a temperature, `mC` a charge. */
export const prefixedOnly: ReadonlyMap<string, string> = new Map([
  ['C', 'coulomb'],
  ['F', 'farad'],
])

/** Powers of ten. */
export const siPrefixes: ReadonlyMap<string, number> = new Map([
  ['Q', 30],
  ['R', 27],
  ['Y', 24],
  ['Z', 21],
  ['E', 18],
  ['P', 15],
  ['T', 12],
  ['G', 9],
  ['M', 6],
  ['k', 3],
  ['h', 2],
  ['da', 1],
  ['d', -1],
  ['c', -2],
  ['m', -3],
  ['μ', -6],
  ['u', -6],
  ['n', -9],
  ['p', -12],
  ['f', -15],
  ['a', -18],
  ['z', -21],
  ['y', -24],
  ['r', -27],
  ['q', -30],
])

/** Powers of two. */
export const dataPrefixes: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
])

/** Prefixes as words, before units as words. */
export const prefixWords: ReadonlyMap<string, string> = new Map([
  ['kilo', 'k'],
  ['mega', 'M'],
  ['giga', 'G'],
  ['tera', 'T'],
  ['hecto', 'h'],
  ['deci', 'd'],
  ['centi', 'c'],
  ['milli', 'm'],
  ['micro', 'u'],
  ['nano', 'n'],
  ['pico', 'p'],
  ['kibi', 'Ki'],
  ['mebi', 'Mi'],
  ['gibi', 'Gi'],
])

/** Capitals go wrong in these so often that they are read as meant. */
export const misspelt: ReadonlyMap<string, string> = new Map([
  ['kw', 'kW'],
  ['KW', 'kW'],
  ['Kw', 'kW'],
  ['kwh', 'kWh'],
  ['KWH', 'kWh'],
  ['KWh', 'kWh'],
  ['Kwh', 'kWh'],
  ['kWH', 'kWh'],
  ['wh', 'Wh'],
  ['WH', 'Wh'],
  ['mwh', 'mWh'],
  ['khz', 'kHz'],
  ['KHz', 'kHz'],
  ['mhz', 'MHz'],
  ['MHZ', 'MHz'],
  ['hz', 'Hz'],
  ['HZ', 'Hz'],
  ['KG', 'kg'],
  ['Kg', 'kg'],
  ['KM', 'km'],
  ['Km', 'km'],
  ['hpa', 'hPa'],
  ['HPA', 'hPa'],
  ['kpa', 'kPa'],
  ['KPA', 'kPa'],
  ['KPa', 'kPa'],
  ['pa', 'Pa'],
  ['mbps', 'Mbps'],
  ['LUX', 'lx'],
  ['KB', 'kB'],
  ['KBit', 'kbit'],
  ['cfm', 'ft3/min'],
  ['CFM', 'ft3/min'],
  ['gpm', 'gal/min'],
  ['GPM', 'gal/min'],
  ['lpm', 'l/min'],
  ['LPM', 'l/min'],
  ['cmh', 'm3/h'],
])

/** Units that can stand for each other, for the compiler; every one of a line measures the same. */
export const kin = {
  temperature: ['°C', 'K', '°F'],
  energy: ['J', 'kJ', 'MJ', 'GJ', 'Wh', 'kWh', 'MWh', 'GWh', 'cal', 'kcal', 'BTU'],
  power: ['W', 'mW', 'kW', 'MW', 'GW', 'hp', 'PS'],
  voltage: ['V', 'mV', 'kV'],
  current: ['A', 'mA', 'µA', 'kA'],
  charge: ['Ah', 'mAh', 'coulomb'],
  resistance: ['Ω', 'kΩ', 'MΩ'],
  frequency: ['Hz', 'kHz', 'MHz', 'GHz'],
  pressure: ['Pa', 'hPa', 'kPa', 'MPa', 'bar', 'mbar', 'psi', 'atm', 'mmHg', 'inHg'],
  length: ['m', 'mm', 'cm', 'km', 'in', 'ft', 'yd', 'mi', 'nmi'],
  area: ['m²', 'cm²', 'km²', 'ha', 'ft²'],
  volume: ['m³', 'l', 'ml', 'ft³', 'gal'],
  flow: ['m³/h', 'm³/s', 'l/s', 'l/min', 'l/h'],
  mass: ['kg', 'g', 'mg', 'µg', 't', 'lb', 'oz'],
  time: ['s', 'ms', 'µs', 'min', 'h', 'd'],
  speed: ['m/s', 'km/h', 'mph', 'kn', 'ft/s'],
  angle: ['°', 'rad'],
  rotation: ['rpm', 'rad/s', '°/s'],
  light: ['lx', 'klx'],
  ratio: ['%', '‰', 'ppm', 'ppb'],
  data: ['bit', 'B', 'kB', 'MB', 'GB', 'TB', 'KiB', 'MiB', 'GiB', 'TiB'],
  rate: ['bit/s', 'kbit/s', 'Mbit/s', 'B/s', 'kB/s', 'MB/s'],
} as const satisfies Readonly<Record<string, readonly string[]>>

type Kin = typeof kin

/** Units a value in `U` can be told in; any text where the compiler does not know the unit. */
export type InsteadOf<U extends string> = string extends U
  ? string
  : { [D in keyof Kin]: U extends Kin[D][number] ? Kin[D][number] : never }[keyof Kin] extends infer Known
    ? [Known] extends [never]
      ? string
      : Known & string
    : never
