/** What is simulated where no file says it. */

/** A building: what `waxwing simulate --things 100` simulates. */
export const usualPlan = JSON.stringify({
  seed: 1,
  things: [
    {
      name: 'climate',
      count: 6,
      fields: {
        Temperature: {
          unit: '°C',
          signal: [
            { mean: 21, spread: 2 },
            { day: 2.5, peak: '15h' },
            { walk: 1, over: '3h' },
            { noise: 0.05 },
          ],
        },
        Humidity: {
          unit: '%',
          precision: 0,
          min: 0,
          max: 100,
          signal: [
            { mean: 100 },
            { follows: 'Temperature', factor: -2.4, lag: '20m' },
            { walk: 4, over: '6h' },
          ],
        },
      },
    },
    {
      name: 'meter',
      count: 3,
      fields: {
        Power: {
          unit: 'W',
          min: 0,
          signal: [
            { mean: 250, spread: 150 },
            { day: 120, peak: '19h' },
            { noise: 10 },
            { spikes: 2000, every: '2h', lasting: '6m' },
          ],
        },
        Energy: {
          unit: 'kWh',
          precision: 2,
          category: 'status',
          signal: [{ mean: 900, spread: 800 }, { grows: 0.25 }],
        },
      },
    },
    {
      name: 'lamp',
      count: 1,
      fields: {
        Output: { kind: 'boolean', settable: true, signal: [{ steps: [0, 0, 1], every: '45m' }] },
        Level: {
          kind: 'int',
          settable: true,
          min: 0,
          max: 100,
          signal: [{ steps: [20, 40, 60, 80, 100], every: '45m' }],
        },
      },
    },
  ],
})
