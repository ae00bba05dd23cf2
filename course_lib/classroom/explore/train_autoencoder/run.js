// Training an autoencoder in the worker: 784 → 128 → code and back, squared error, Adam, batches of 32.

// Codes of any length on a plane: their two principal directions, found by multiplying with the covariance; each
// report goes on from the directions before, so that the map turns slowly instead of jumping.
class Plane {
  constructor(width, random) {
    this.axes = [0, 1].map(() => Float32Array.from({ length: width }, random.normal));
    this.width = width;
  }

  of(codes) {
    const { width } = this;
    const rows = codes.length / width;
    const middle = new Float32Array(width);
    codes.forEach((value, n) => (middle[n % width] += value / rows));
    const centred = codes.map((value, n) => value - middle[n % width]);
    if (width > 2) for (let round = 0; round < 3; round++) this.turn(centred, rows);
    else this.axes = [0, 1].map((axis) => Float32Array.from({ length: width }, (_, n) => Number(n === axis)));
    return Array.from({ length: rows }, (_, row) => this.axes.map((axis) => dot(centred, row * width, axis, 0, width)));
  }

  turn(centred, rows) {
    const { width } = this;
    const turned = this.axes.map((axis) => {
      const sum = new Float32Array(width);
      for (let row = 0; row < rows; row++) {
        const along = dot(centred, row * width, axis, 0, width);
        for (let n = 0; n < width; n++) sum[n] += along * centred[row * width + n];
      }
      return sum;
    });
    const unit = (axis) => {
      const length = Math.sqrt(dot(axis, 0, axis, 0, width)) || 1;
      return axis.map((value) => value / length);
    };
    const first = unit(turned[0]);
    const shared = dot(turned[1], 0, first, 0, width);
    this.axes = [first, unit(turned[1].map((value, n) => value - shared * first[n]))];
  }
}

class AutoencoderRun extends DigitRun {
  constructor({ latent_dim, ...settings }, { shown, ...digits }) {
    super(settings, digits);
    const { random } = this;
    this.encoder = new Network(random, PIXELS, HIDDEN, "relu", latent_dim);
    this.decoder = new Network(random, latent_dim, HIDDEN, "relu", PIXELS, "sigmoid");
    this.adam = new Adam([...this.encoder.parameters, ...this.decoder.parameters]);
    this.plane = new Plane(latent_dim, random);
    this.shown = shown;
  }

  change({ lr }) {
    this.lr = lr;
  }

  step() {
    const x = this.batch();
    const rows = x.length / PIXELS;
    const [loss, slope] = squaredError(this.decoder.forward(this.encoder.forward(x, rows), rows), x, rows);
    this.encoder.backward(this.decoder.backward(slope, rows, true), rows);
    this.adam.step(this.lr);
    return loss;
  }

  // The first `shown` held-out digits rebuilt, the error on all of them, and where their codes lie on a plane.
  report() {
    const rows = this.test.length / PIXELS;
    const codes = this.encoder.forward(this.test, rows);
    const rebuilt = this.decoder.forward(codes, rows);
    const [error] = squaredError(rebuilt, this.test, rows);
    return { error, rebuilt: rebuilt.slice(0, this.shown * PIXELS), places: this.plane.of(codes) };
  }

  rebuild(digit) {
    return { rebuilt: this.decoder.forward(this.encoder.forward(digit, 1), 1) };
  }
}

serve(AutoencoderRun);
