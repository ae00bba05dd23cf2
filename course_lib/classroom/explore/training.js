// Training in the browser: layers with their gradients, losses, Adam. Matrices are Float32Arrays, row after row.

// Random numbers that one seed fixes: uniform() from 0 to 1 (mulberry32), normal() by Box and Muller.
function randomNumbers(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  // The whole numbers from 0 to count − 1 in a random order.
  const order = (count) => {
    const numbers = Int32Array.from({ length: count }, (_, n) => n);
    for (let n = count - 1; n > 0; n--) {
      const other = Math.floor(uniform() * (n + 1));
      [numbers[n], numbers[other]] = [numbers[other], numbers[n]];
    }
    return numbers;
  };
  return { uniform, normal, order };
}

// out[at … at + width) += Σ scales[k] · table[starts[k] … starts[k] + width), four rows of the table at a time.
function addRows(out, at, width, table, starts, scales, count) {
  let k = 0;
  for (; k + 3 < count; k += 4) {
    const [a, b, c, d] = [starts[k], starts[k + 1], starts[k + 2], starts[k + 3]];
    const [p, q, r, s] = [scales[k], scales[k + 1], scales[k + 2], scales[k + 3]];
    for (let n = 0; n < width; n++)
      out[at + n] += p * table[a + n] + q * table[b + n] + r * table[c + n] + s * table[d + n];
  }
  for (; k < count; k++) {
    const [a, p] = [starts[k], scales[k]];
    for (let n = 0; n < width; n++) out[at + n] += p * table[a + n];
  }
}

// The sum of table[at … at + width) · values[from … from + width).
function dot(table, at, values, from, width) {
  let [even, odd] = [0, 0]; // two sums, so that one addition need not wait for the other
  let n = 0;
  for (; n + 1 < width; n += 2) {
    even += table[at + n] * values[from + n];
    odd += table[at + n + 1] * values[from + n + 1];
  }
  return n < width ? even + odd + table[at + n] * values[from + n] : even + odd;
}

// y = x W + b, as nn.Linear; weights[input][output], PyTorch's the other way round. What is 0 costs nothing: most of a
// digit's pixels are, and half of what a ReLU lets through.
class Linear {
  constructor(inputs, outputs, random) {
    Object.assign(this, { inputs, outputs });
    const bound = 1 / Math.sqrt(inputs); // where PyTorch's own weights begin
    const drawn = (count) => Float32Array.from({ length: count }, () => bound * (2 * random.uniform() - 1));
    const [weights, biases] = [drawn(inputs * outputs), drawn(outputs)];
    this.parameters = [weights, biases].map((values) => ({ values, gradient: new Float32Array(values.length) }));
  }

  forward(x, rows) {
    const { inputs, outputs } = this;
    const [{ values: weights }, { values: biases }] = this.parameters;
    const y = new Float32Array(rows * outputs);
    const [starts, scales] = [new Int32Array(inputs), new Float32Array(inputs)];
    for (let row = 0; row < rows; row++) {
      y.set(biases, row * outputs);
      let count = 0;
      for (let input = 0; input < inputs; input++) {
        const value = x[row * inputs + input];
        if (value === 0) continue;
        starts[count] = input * outputs;
        scales[count++] = value;
      }
      addRows(y, row * outputs, outputs, weights, starts, scales, count);
    }
    this.x = x;
    return y;
  }

  // dy: the loss's derivative by y. Adds to the gradients and returns the derivative by x; where `gate` is 0 nothing
  // passes further on, so nothing is computed there. Without a gate nobody asks for it.
  backward(dy, rows, gate) {
    const { inputs, outputs, x } = this;
    const [{ values: weights, gradient }, { gradient: ofBiases }] = this.parameters;
    const [starts, scales] = [new Int32Array(rows), new Float32Array(rows)];
    for (let input = 0; input < inputs; input++) {
      let count = 0;
      for (let row = 0; row < rows; row++) {
        const value = x[row * inputs + input];
        if (value === 0) continue;
        starts[count] = row * outputs;
        scales[count++] = value;
      }
      addRows(gradient, input * outputs, outputs, dy, starts, scales, count);
    }
    for (let row = 0; row < rows; row++)
      for (let output = 0; output < outputs; output++) ofBiases[output] += dy[row * outputs + output];
    if (!gate) return null;
    const dx = new Float32Array(rows * inputs);
    for (let n = 0, row = 0; row < rows; row++)
      for (let input = 0; input < inputs; input++, n++)
        if (gate[n] !== 0) dx[n] = dot(weights, input * outputs, dy, row * outputs, outputs);
    return dx;
  }
}

// Each activation, and its derivative by what it gave.
const CURVES = {
  relu: [(v) => (v > 0 ? v : 0), (y) => (y > 0 ? 1 : 0)],
  leaky_relu: [(v) => (v > 0 ? v : 0.2 * v), (y) => (y > 0 ? 1 : 0.2)],
  sigmoid: [(v) => 1 / (1 + Math.exp(-v)), (y) => y * (1 - y)],
};

class Activation {
  constructor(name) {
    [this.curve, this.slope] = CURVES[name];
    this.parameters = [];
  }

  forward(x) {
    this.gate = x.map(this.curve); // a ReLU's zeros let no derivative back
    return this.gate;
  }

  backward(dy) {
    return dy.map((slope, n) => slope * this.slope(this.gate[n]));
  }
}

// nn.Sequential: new Network(random, 784, 128, "relu", 32) has a Linear from each width to the next.
class Network {
  constructor(random, ...plan) {
    this.layers = [];
    let width = plan[0];
    for (const next of plan.slice(1)) {
      const wide = typeof next === "number";
      this.layers.push(wide ? new Linear(width, next, random) : new Activation(next));
      if (wide) width = next;
    }
    this.parameters = this.layers.flatMap((layer) => layer.parameters);
  }

  forward(x, rows) {
    return this.layers.reduce((values, layer) => layer.forward(values, rows), x);
  }

  // Returns the derivative by the input, if that is asked for.
  backward(dy, rows, asked = false) {
    return this.layers.reduceRight((slope, layer, n) => {
      const gate = n ? (this.layers[n - 1].gate ?? layer.x) : asked && layer.x.map(() => 1);
      return layer.backward(slope, rows, gate);
    }, dy);
  }
}

// Losses as in the lessons, summed over an image's pixels and averaged over the images: [loss, derivative].

function squaredError(guess, x, rows) {
  const slope = guess.map((value, n) => (2 * (value - x[n])) / rows);
  return [slope.reduce((sum, value) => sum + value * value, 0) * (rows / 4), slope];
}

const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
const sigmoid = CURVES.sigmoid[0];

// Of logits: what a sigmoid rounds to 0 or 1 has no logarithm.
function binaryCrossEntropy(logits, x, rows) {
  let sum = 0;
  const slope = logits.map((value, n) => {
    sum += softplus(value) - x[n] * value;
    return (sigmoid(value) - x[n]) / rows;
  });
  return [sum / rows, slope];
}

// KL(N(μ, σ²) ‖ N(0, 1)); returns the loss, its derivative by μ, and by log σ².
function klDivergence(mu, logVar, rows) {
  let sum = 0;
  for (let n = 0; n < mu.length; n++) sum -= 0.5 * (1 + logVar[n] - mu[n] * mu[n] - Math.exp(logVar[n]));
  return [sum / rows, mu.map((value) => value / rows), logVar.map((value) => (0.5 * (Math.exp(value) - 1)) / rows)];
}

// Kingma and Ba (2015), with PyTorch's defaults; step(lr) uses the gradients up.
class Adam {
  constructor(parameters, [mean, spread] = [0.9, 0.999]) {
    Object.assign(this, { parameters, mean, spread, steps: 0 });
    const zeros = () => parameters.map(({ values }) => new Float32Array(values.length));
    [this.means, this.spreads] = [zeros(), zeros()];
  }

  step(lr) {
    this.steps++;
    const { mean, spread } = this;
    const size = lr / (1 - mean ** this.steps);
    const correction = 1 / (1 - spread ** this.steps);
    this.parameters.forEach(({ values, gradient }, number) => {
      const [means, spreads] = [this.means[number], this.spreads[number]];
      for (let n = 0; n < values.length; n++) {
        const slope = gradient[n];
        const average = mean * means[n] + (1 - mean) * slope;
        // A dead unit's average sinks below what a processor counts with at full speed; there it is 0.
        means[n] = Math.abs(average) < 1e-30 ? 0 : average;
        spreads[n] = spread * spreads[n] + (1 - spread) * slope * slope;
        values[n] -= (size * means[n]) / (Math.sqrt(correction * spreads[n]) + 1e-8);
      }
      gradient.fill(0);
    });
  }
}
