// A network in the browser: reads what course_lib.classroom.explore.pack wrote, and runs it.

const ACTIVATIONS = {
  none: (v) => v,
  relu: (v) => Math.max(v, 0),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  tanh: Math.tanh,
};

// The bytes of all networks one after the other: scales, biases and whole numbers of each layer.
function unpack(networks, view) {
  const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  let at = 0;
  const floats = (count) => {
    at += 4 * count;
    return new Float32Array(buffer, at - 4 * count, count);
  };
  const read = (layer) => {
    const { inputs, outputs, kernel, bits } = layer;
    const scales = floats(outputs);
    const biases = floats(outputs);
    const row = inputs * kernel * kernel; // weights of one output
    const weights = wholeNumbers(new Uint8Array(buffer, at), bits, outputs * row);
    at += 4 * Math.ceil((outputs * row * bits) / 32);
    for (let n = 0; n < weights.length; n++) weights[n] *= scales[Math.floor(n / row)];
    return { ...layer, biases, weights };
  };
  return networks.map((layers) => layers.map(read));
}

// Signed whole numbers of `bits` bits each, the lowest bit first.
function wholeNumbers(bytes, bits, count) {
  const numbers = new Float32Array(count);
  let held = 0;
  let length = 0; // how many bits are held
  for (let n = 0, at = 0; n < count; n++) {
    for (; length < bits; length += 8) held |= bytes[at++] << length;
    numbers[n] = (held << (32 - bits)) >> (32 - bits); // there and back: the sign fills the upper bits
    held >>>= bits;
    length -= bits;
  }
  return numbers;
}

// values: the numbers of one input; shape: its [channels, height, width], which only convolutions need.
function forward(layers, values, shape) {
  const came = []; // into each layer
  for (const layer of layers) {
    came.push(values);
    const step = layer.kind === "linear" ? dense(layer, values) : convolve(layer, values, shape);
    const each = step.sums.length / layer.outputs; // pixels of one output channel
    const activation = ACTIVATIONS[layer.activation];
    values = step.sums.map((sum, n) => activation(sum + layer.biases[Math.floor(n / each)]));
    if (layer.add !== undefined) values = values.map((value, n) => value + came[layer.add][n]);
    shape = layer.shape ?? step.shape;
  }
  return values;
}

function dense({ inputs, outputs, weights }, values) {
  if (values.length !== inputs) throw new Error(`Linear: ${values.length} numbers came, not ${inputs}`);
  const sums = new Float32Array(outputs);
  for (let row = 0; row < outputs; row++) {
    let sum = 0;
    for (let column = 0; column < inputs; column++) sum += weights[row * inputs + column] * values[column];
    sums[row] = sum;
  }
  return { sums };
}

// Conv2d and ConvTranspose2d visit the same pairs of pixels: the kernel lies on the large grid, `stride` pixels further
// for each pixel of the small grid. One gathers from the large grid into the small one, the other scatters back.
function convolve({ kind, inputs, outputs, kernel, stride, padding, weights }, values, [channels, height, width]) {
  if (channels !== inputs) throw new Error(`${kind}: ${channels} channels came, not ${inputs}`);
  const gathers = kind === "conv";
  const length = gathers
    ? (size) => Math.floor((size + 2 * padding - kernel) / stride) + 1
    : (size) => (size - 1) * stride - 2 * padding + kernel;
  const shape = [outputs, length(height), length(width)];
  const small = gathers ? shape.slice(1) : [height, width];
  const large = gathers ? [height, width] : shape.slice(1);
  const sums = new Float32Array(outputs * shape[1] * shape[2]);
  let next = 0;
  for (let output = 0; output < outputs; output++) {
    const to = output * shape[1] * shape[2];
    for (let input = 0; input < inputs; input++) {
      const from = input * height * width;
      for (let down = 0; down < kernel; down++) {
        for (let right = 0; right < kernel; right++) {
          const weight = weights[next++];
          for (let row = 0; row < small[0]; row++) {
            const y = row * stride - padding + down;
            if (y < 0 || y >= large[0]) continue;
            for (let column = 0; column < small[1]; column++) {
              const x = column * stride - padding + right;
              if (x < 0 || x >= large[1]) continue;
              const here = row * small[1] + column;
              const there = y * large[1] + x;
              if (gathers) sums[to + here] += weight * values[from + there];
              else sums[to + there] += weight * values[from + here];
            }
          }
        }
      }
    }
  }
  return { sums, shape };
}
