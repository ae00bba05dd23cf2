// Training a GAN on points of the plane in the worker: the lesson's networks `points`, 64 wide, and its losses.

const HIDDEN = 64;
const BATCH = 64;
const BETAS = [0.5, 0.99];
const SHOWN = 400; // generated points, always of the same noise, and real ones that the numbers count
const DRAWN = 150; // generated points that are drawn
const COPIES = 16; // of each place of a drawing, …
const SPREAD = 0.03; // … each moved by normal numbers with this standard deviation: a line as thick as a finger's

// Real points and fakes in turn with their labels: the mean of each half's loss, added up.
const LABELS = Float32Array.from({ length: 2 * BATCH }, (_, row) => Number(row < BATCH));

class GanRun {
  // places: those of the student's drawing, where `shape` is no shape that course_lib sent.
  constructor({ d_lr, g_lr, seed, shape, places }, { shapes, ...plane }) {
    const random = randomNumbers(seed);
    this.generator = new Network(random, 2, HIDDEN, "leaky_relu", HIDDEN, "leaky_relu", 2);
    this.discriminator = new Network(random, 2, HIDDEN, "leaky_relu", HIDDEN, "leaky_relu", 1);
    this.generatorAdam = new Adam(this.generator.parameters, BETAS);
    this.discriminatorAdam = new Adam(this.discriminator.parameters, BETAS);
    this.noise = (count) => Float32Array.from({ length: 2 * count }, random.normal);
    this.z = this.noise(SHOWN);
    this.real = shapes[shape] ?? this.noise((COPIES * places.length) / 2).map(
      (value, n) => places[n % places.length] + SPREAD * value,
    );
    Object.assign(this, { random, plane });
    this.change({ d_lr, g_lr });
  }

  change({ d_lr, g_lr }) {
    Object.assign(this, { d_lr, g_lr });
  }

  step() {
    const rows = this.real.length / 2;
    const real = new Float32Array(2 * BATCH);
    for (let row = 0; row < BATCH; row++) {
      const at = 2 * Math.floor(rows * this.random.uniform());
      real.set(this.real.subarray(at, at + 2), 2 * row);
    }
    return this.learn(real, this.noise(BATCH))[0];
  }

  // One step on this batch of real points and this noise, as fit_gan takes it; returns D's loss and G's.
  learn(real, z) {
    const { generator, discriminator } = this;
    const fake = generator.forward(z, BATCH);
    const both = new Float32Array(4 * BATCH);
    both.set(real);
    both.set(fake, real.length);
    const [dLoss, dSlope] = binaryCrossEntropy(discriminator.forward(both, 2 * BATCH), LABELS, BATCH);
    discriminator.backward(dSlope, 2 * BATCH);
    this.discriminatorAdam.step(this.d_lr);
    const [gLoss, gSlope] = binaryCrossEntropy(discriminator.forward(fake, BATCH), LABELS, BATCH);
    generator.backward(this.through(gSlope, BATCH), BATCH);
    this.generatorAdam.step(this.g_lr);
    return [dLoss, gLoss];
  }

  // The derivative by the points that the discriminator has just seen; it learns nothing of them.
  through(slope, rows) {
    const back = this.discriminator.backward(slope, rows, true);
    for (const { gradient } of this.discriminator.parameters) gradient.fill(0);
    return back;
  }

  // A moment of the game, as course_lib's ring_game.frame records it, and the numbers for a shape of any kind.
  report() {
    const { generator, discriminator, plane } = this;
    const made = generator.forward(this.z, SHOWN);
    const real = this.real.subarray(0, 2 * SHOWN);
    const right = (points, says) => share(discriminator.forward(points, points.length / 2), says);
    const [real_right, fake_right] = [right(real, (logit) => logit > 0), right(made, (logit) => logit < 0)];
    const opinion = discriminator.forward(grid(plane), plane.side ** 2);
    const drawn = made.slice(0, 2 * DRAWN);
    const pull = discriminator.forward(drawn, DRAWN).map((logit) => sigmoid(-logit)); // −dL/dlogit, each point alone
    return {
      real,
      made: drawn,
      surface: Uint8Array.from(opinion, (logit) => Math.round(255 * sigmoid(logit))),
      arrows: pulls(this.through(pull, DRAWN), plane),
      real_right,
      fake_right,
      covered: nearShare(real, made, plane.near),
      good: nearShare(made, real, plane.near),
    };
  }
}

const share = (values, says) => values.reduce((sum, value) => sum + says(value), 0) / values.length;

// Which share of the points has at least one of the others within `near`.
function nearShare(points, others, near) {
  let count = 0;
  for (let n = 0; n < points.length; n += 2)
    for (let m = 0; m < others.length; m += 2)
      if (Math.hypot(points[n] - others[m], points[n + 1] - others[m + 1]) <= near) {
        count++;
        break;
      }
  return (2 * count) / points.length;
}

// The middles of side × side cells of the picture, the top row first.
function grid({ side, reach }) {
  const line = (n) => reach * ((2 * n + 1) / side - 1);
  return Float32Array.from({ length: 2 * side * side }, (_, n) =>
    n % 2 ? -line(Math.floor(n / 2 / side)) : line((n >> 1) % side),
  );
}

// Arrows as in a recorded game, where drawn_pull tells why: 0.15 · ∛|pull| long, but at most `longest`.
function pulls(pull, { longest }) {
  return pull.map((part, n) => {
    const size = Math.hypot(pull[n], pull[n ^ 1]) || 1;
    return (part / size) * Math.min(0.15 * Math.cbrt(size), longest);
  });
}

serve(GanRun);
