// Training a VAE in the worker: 784 → 128 → μ and log σ² of two numbers → 128 → 784, batches of 32, Adam.

const LATENT = 2;

class VAERun extends DigitRun {
  constructor({ beta, ...settings }, { grid, ...digits }) {
    super(settings, digits);
    const { random } = this;
    this.encoder = new Network(random, PIXELS, HIDDEN, "relu", 2 * LATENT); // one layer for both heads
    this.decoder = new Network(random, LATENT, HIDDEN, "relu", PIXELS); // logits
    this.adam = new Adam([...this.encoder.parameters, ...this.decoder.parameters]);
    this.still = this.noise(this.test.length / PIXELS); // the same at every report, or the curve would tremble
    this.touches = randomNumbers(settings.seed); // of their own: what is drawn must not change the training
    Object.assign(this, { beta, grid });
  }

  change({ beta, lr }) {
    Object.assign(this, { beta, lr });
  }

  noise(rows) {
    return Float32Array.from({ length: rows * LATENT }, this.random.normal);
  }

  // A row of the encoder's output is μ, then log σ²; z = μ + σ ε.
  encode(x, noise) {
    const rows = x.length / PIXELS;
    const both = this.encoder.forward(x, rows);
    const head = (from) => noise.map((_, n) => both[n + LATENT * Math.floor(n / LATENT) + from]);
    const [mu, logVar] = [head(0), head(LATENT)];
    return { rows, mu, logVar, z: mu.map((value, n) => value + Math.exp(logVar[n] / 2) * noise[n]) };
  }

  // Leaves the gradients with the parameters.
  loss(x, noise) {
    const { rows, mu, logVar, z } = this.encode(x, noise);
    const [reconstruction, slope] = binaryCrossEntropy(this.decoder.forward(z, rows), x, rows);
    const [kl, ofMu, ofLogVar] = klDivergence(mu, logVar, rows);
    const ofBoth = new Float32Array(2 * z.length);
    this.decoder.backward(slope, rows, true).forEach((ofZ, n) => {
      const at = n + LATENT * Math.floor(n / LATENT);
      ofBoth[at] = ofZ + this.beta * ofMu[n];
      ofBoth[at + LATENT] = (ofZ * (z[n] - mu[n])) / 2 + this.beta * ofLogVar[n]; // σ ε = z − μ
    });
    this.encoder.backward(ofBoth, rows);
    return reconstruction + this.beta * kl;
  }

  step() {
    const x = this.batch();
    const loss = this.loss(x, this.noise(x.length / PIXELS));
    this.adam.step(this.lr);
    return loss;
  }

  // Both parts of the loss on the held-out digits, their μ, and what the decoder draws on the grid.
  report() {
    const { rows, mu, logVar, z } = this.encode(this.test, this.still);
    const [reconstruction] = binaryCrossEntropy(this.decoder.forward(z, rows), this.test, rows);
    const [kl] = klDivergence(mu, logVar, rows);
    return { reconstruction, kl, mu, manifold: this.decode(this.grid).digits };
  }

  decode(codes) {
    return { digits: this.decoder.forward(codes, codes.length / LATENT).map(sigmoid) };
  }

  touch() {
    return { z: Array.from({ length: LATENT }, this.touches.normal) };
  }
}

serve(VAERun);
